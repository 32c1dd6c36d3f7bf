package archtest_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// source is a Go file of the module that is not a test.
type source struct {
	name  string // path from the module's root, with slashes
	lines int
	ast   *ast.File
}

// sources returns all of them, with any build tags.
func sources(t *testing.T) []source {
	t.Helper()
	root := testenv.Root(t)
	var out []source
	err := filepath.WalkDir(root, func(name string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := entry.Name(); entry.IsDir() {
			if base == "testdata" || strings.HasPrefix(base, ".") && base != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		out = append(out, source{filepath.ToSlash(rel), bytes.Count(data, []byte("\n")), parsed})
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, out)
	return out
}

// walls forbid imports, whatever rules allow.
var walls = []struct {
	from, never []string
	why         string
}{
	{[]string{"judge/...", "reports/..."}, []string{"eval/...", "bench/...", "encoders/...", "datasets/..."}, "what judges a run reads its tables"},
	{[]string{"eval/...", "bench/...", "encoders/...", "datasets/...", "indexes/..."}, []string{"judge/...", "reports/..."}, "what runs writes tables"},
	{[]string{"bench/..."}, []string{"eval"}, "a bench builds no run"},
}

func TestWalls(t *testing.T) {
	for _, f := range sources(t) {
		pkg := path.Dir(f.name)
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			target, own := strings.CutPrefix(imported, module+"/")
			if !own {
				continue
			}
			for _, w := range walls {
				assert.False(t, matchAny(pkg, w.from) && matchAny(target, w.never), "%s imports %s: %s", f.name, target, w.why)
			}
			if strings.HasPrefix(pkg, "eval/") {
				assert.NotEqual(t, "eval", target, "%s imports eval: a room does not know the run that it is in", f.name)
			}
			if matchAny(pkg, []string{"metrics/..."}) {
				assert.True(t, matchAny(target, []string{"metrics/...", "internal/isa"}), "%s imports %s: metrics are numbers", f.name, target)
			}
		}
	}
}

// Words of the status, stage, direction and phase columns, and the names of their constants.
var (
	columnWords = []string{
		"t2i", "i2t", "i2i", "ok", "failed", "timeout", "unavailable", "decode", "resize", "normalise", "embedding", "unit", "similarity", "rank", "model", "tokenizer",
		"load", "preprocess", "tokenize", "encode", "to_output", "transform", "first", "index", "swap:", "keep:", "floor:", "swap:all",
	}
	columnNames = regexp.MustCompile(`(?i)^(status|stage|direction|phase|swap|keep|floor)|ToText$|ToImage$`)
)

// wordsElsewhere lists other files that declare such words, with the reason.
var wordsElsewhere = map[string]string{
	"encoders/preprocess/pipeline.go": "the stages of a pipeline, which are in its key; encoders know no tables",
}

// TestWords: only the store's file of words declares the words of the columns.
func TestWords(t *testing.T) {
	found := map[string]bool{}
	for _, f := range sources(t) {
		if f.name == "internal/store/words.go" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, v := range spec.Values {
				lit, ok := v.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING || i >= len(spec.Names) {
					continue
				}
				word, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				if !slices.Contains(columnWords, word) || !columnNames.MatchString(spec.Names[i].Name) {
					continue
				}
				found[f.name] = true
				assert.Contains(t, wordsElsewhere, f.name, "%s declares %s: internal/store/words.go has the words of the columns", f.name, spec.Names[i].Name)
			}
			return true
		})
	}
	for name := range wordsElsewhere {
		assert.Contains(t, found, name, "is no exception any more: take it from the list")
	}
}

// Limits for the size of a package, and of a command's file.
const (
	mostFiles   = 25
	mostLines   = 2500
	mostCommand = 120
)

func TestRoomSizes(t *testing.T) {
	files, lines := map[string]int{}, map[string]int{}
	for _, f := range sources(t) {
		files[path.Dir(f.name)]++
		lines[path.Dir(f.name)] += f.lines
	}
	for _, pkg := range slices.Sorted(maps.Keys(files)) {
		assert.LessOrEqual(t, files[pkg], mostFiles, "files of %s", pkg)
		assert.LessOrEqual(t, lines[pkg], mostLines, "lines of %s", pkg)
	}
}

func TestCommandFiles(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasPrefix(f.name, "cmd/") {
			assert.LessOrEqual(t, f.lines, mostCommand, "lines of %s", f.name)
		}
	}
}

// TestOneErrUnavailable: only one error marks what cannot run on this machine.
func TestOneErrUnavailable(t *testing.T) {
	var in []string
	for _, f := range sources(t) {
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && slices.ContainsFunc(v.Names, func(n *ast.Ident) bool { return n.Name == "ErrUnavailable" }) {
					in = append(in, f.name)
				}
			}
		}
	}
	assert.Equal(t, []string{"internal/machine/unavailable.go"}, in)
}
