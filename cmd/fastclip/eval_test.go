package main

import (
	"testing"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/stretchr/testify/assert"
)

// TestEvalUsage: a wrong call exits with 2 and writes nothing. Scripts only see that it failed.
func TestEvalUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"gone"}, {"--only", "nobody"}, {"--datasets", "nowhere"}, {"one", "two"}, {"--nope"}, {"."},
	} {
		code, stdout, stderr := fastclipRun(append([]string{"eval"}, args...)...)
		assert.Equal(t, cli.ExitUsage, code, "%v: %s", args, stderr)
		assert.Empty(t, stdout)
	}
	assert.NoDirExists(t, "results")
}
