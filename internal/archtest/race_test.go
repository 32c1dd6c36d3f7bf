package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// racedBy names packages with goroutines that are raced by the tests of another package.
var racedBy = map[string]string{
	"cmd/fastclip/cli":                   "cmd/fastclip",
	"cmd/fastclip/datasetscmd":           "cmd/fastclip",
	"cmd/fastclip/scale":                 "cmd/fastclip",
	"datasets":                           "datasets/layouts",
	"datasets/datasetstest":              "datasets/export",
	"internal/parquetpages":              "datasets/export",
	"datasets/scenes":                    "datasets/export",
	"encoders/cv":                        "encoders/pipelines",
	"encoders/oip/oiptest":               "encoders/oip",
	"encoders/encoderstest":              "encoders/runtimes",
	"encoders/onnx":                      "encoders/runtimes",
	"encoders/remote":                    "encoders/runtimes",
	"encoders/preprocess/decode":         "encoders/pipelines",
	"encoders/preprocess/decode/inflate": "encoders/pipelines",
	"encoders/preprocess/picture":        "encoders/preprocess",
	"encoders/preprocess/resample":       "encoders/preprocess",
	"eval/drift":                         "eval",
	"indexes/marqo/marqotest":            "cmd/fastclip", // a net/http server with one lock
	"internal/blobstore/blobstoretest":   "internal/blobstore",
	"internal/isa":                       "metrics/rank",
	"internal/progress":                  "eval",
}

// TestGoroutinesAreRaced: a package that starts goroutines or uses locks has tests that ./task test runs with the race detector: all tests of the package if
// internal/setup/test.sh says so, otherwise those with names that end in Concurrently.
func TestGoroutinesAreRaced(t *testing.T) {
	root := testenv.Root(t)
	script, err := os.ReadFile(filepath.Join(root, "internal", "setup", "test.sh"))
	require.NoError(t, err)
	_, list, ok := strings.Cut(string(script), "whole='")
	require.True(t, ok)
	list, _, _ = strings.Cut(list, "'")
	raced := map[string]bool{}
	for _, name := range strings.Fields(list) {
		assert.DirExists(t, filepath.Join(root, name))
		raced[strings.TrimPrefix(name, "./")] = true
	}
	meet := map[string]string{} // for each package, one of its files
	for _, s := range sources(t) {
		if meetsGoroutines(s.ast) {
			meet[path.Dir(s.name)] = s.name
		}
	}
	require.Greater(t, len(meet), 25)
	has := func(pkg string) bool { return raced[pkg] || testsConcurrently(t, filepath.Join(root, pkg)) }
	for _, pkg := range slices.Sorted(maps.Keys(meet)) {
		if by, ok := racedBy[pkg]; ok {
			assert.True(t, has(by), "%s: %s is to race it, and has no test ...Concurrently", pkg, by)
			continue
		}
		assert.True(t, has(pkg), "%s: goroutines meet here: write a test whose name ends in Concurrently", meet[pkg])
	}
	for pkg := range racedBy {
		assert.Contains(t, meet, pkg, "no goroutines meet there any more")
	}
}

// meetsGoroutines: a file has a go statement, or imports a package for waiting or locking.
func meetsGoroutines(f *ast.File) (found bool) {
	for _, im := range f.Imports {
		switch name, _ := strconv.Unquote(im.Path.Value); name {
		case "sync", "sync/atomic", "golang.org/x/sync/errgroup", "golang.org/x/sync/singleflight", "golang.org/x/sync/semaphore":
			return true
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if _, ok := n.(*ast.GoStmt); ok {
			found = true
		}
		return !found
	})
	return found
}

func testsConcurrently(t *testing.T, dir string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && strings.HasPrefix(f.Name.Name, "Test") && strings.HasSuffix(f.Name.Name, "Concurrently") {
				return true
			}
		}
	}
	return false
}
