// Package archtest checks which package may import which.
package archtest_test

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/fastclip/fastclip"

func TestImportDirection(t *testing.T) {
	// The parser, not the go command: files behind any build tag are looked at.
	for _, f := range sources(t) {
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if broken := check(f.name, imported); broken != "" {
				t.Error(broken)
			}
		}
	}
}

// check returns why a file (path in the repository, with slashes) may not import a package, or "".
func check(file, imported string) string {
	pkg := strings.TrimPrefix(path.Dir(file), ".")
	for owned, by := range owners {
		if under(imported, owned) && !matchAny(pkg, by) && !matchAny(file, by) {
			return fmt.Sprintf("%s imports %s, which is for %s", file, imported, strings.Join(by, ", "))
		}
	}
	if !under(imported, module) {
		return ""
	}
	target := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
	allowed, ok := rule(pkg)
	if !ok {
		return fmt.Sprintf("package %q has no rule in internal/archtest/rules_test.go", pkg)
	}
	if !matchAny(target, allowed) {
		return fmt.Sprintf("%s imports %q; %q may import only %q", file, target, pkg, allowed)
	}
	return ""
}

// rule returns the package's own rule, or that of the nearest package above it whose rule ends in /...
func rule(pkg string) ([]string, bool) {
	if allowed, ok := house[pkg]; ok {
		return allowed, true
	}
	for above := pkg; above != "."; above = path.Dir(above) {
		if allowed, ok := house[above+"/..."]; ok {
			return allowed, true
		}
	}
	return nil, false
}

func matchAny(name string, patterns []string) bool {
	for _, pattern := range patterns {
		if root, ok := strings.CutSuffix(pattern, "/..."); ok && under(name, root) || name == pattern {
			return true
		}
	}
	return false
}

// under reports whether an import path is root or below it.
func under(name, root string) bool {
	return name == root || strings.HasPrefix(name, root+"/")
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ file, imported, broken string }{
		{"eval/run.go", module + "/datasets", ""},
		{"eval/run.go", module + "/encoders/ort", ""},
		{"cmd/fastclip/runcmd/eval.go", module + "/reports", ""},
		{"cmd/fastclip/runcmd/eval.go", module, ""},
		{"datasets/layouts/hfparquet_shard.go", "github.com/parquet-go/parquet-go", ""},
		{"reports/report.go", "strings", ""},

		{"datasets/coco.go", module + "/eval", `"datasets" may import only`},
		{"encoders/spec.go", module + "/datasets", `"encoders" may import only`},
		{"internal/store/rows.go", module + "/metrics/rank", `"internal/store" may import only`},
		{"reports/report.go", module + "/eval", `"reports" may import only`},
		{"eval/run.go", module, `"eval" may import only`},
		{"novel/x.go", module + "/eval", "no rule"},
		{"datasets/coco.go", "github.com/parquet-go/parquet-go", "is for internal/store"},
		{"eval/run.go", "github.com/yalue/onnxruntime_go", "is for encoders/ort"},
		{"encoders/preprocess/table.go", "gocv.io/x/gocv", "is for encoders/cv"},
		{"eval/run.go", "C", "is for encoders/preprocess"},
		{"eval/run.go", "testing", "is for datasets/datasetstest"},
	} {
		got := check(c.file, c.imported)
		if c.broken == "" {
			assert.Empty(t, got)
		} else {
			assert.Contains(t, got, c.broken, "%s importing %s", c.file, c.imported)
		}
	}
}
