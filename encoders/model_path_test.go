package encoders_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
)

// TestModelsAreBesideTheSuite: a relative path is relative to the suite's folder alone, and who meant the
// current folder is told how to write it. A built-in name wins.
func TestModelsAreBesideTheSuite(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"suites/mine", "mine", "here", "builtin/mini", "suites/mini"} {
		require.NoError(t, os.MkdirAll(dir, 0o755))
	}
	require.NoError(t, os.WriteFile("suites/mine/card.json", nil, 0o644))
	env := encoders.Env{Dir: "suites", Models: os.DirFS("builtin")}
	m, err := env.Model("mine")
	require.NoError(t, err)
	files, err := m.Files()
	require.NoError(t, err)
	assert.Equal(t, []string{"card.json"}, files)
	_, err = env.Model("here")
	assert.ErrorContains(t, err, `paths in a suite are relative to the suite's folder, and there the one in the current folder is `+filepath.Join("..", "here"))
	_, err = env.Model("../here")
	require.NoError(t, err)
	m, err = env.Model("mini")
	require.NoError(t, err)
	assert.Equal(t, "mini", m.Name)
	_, err = env.Model("mimi")
	assert.ErrorContains(t, err, `did you mean "mini"?`)
	_, err = encoders.Env{}.Model("here")
	require.NoError(t, err)
}
