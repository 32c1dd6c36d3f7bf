package native

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/setup"
)

// tree makes an empty file .tools/<folder>/<file> in a new folder, and returns both paths.
func tree(t *testing.T, name string) (root, path string) {
	t.Helper()
	it, ok := lookup(name)
	require.True(t, ok)
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	path = filepath.Join(root, ".tools", it.folder, it.file)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, nil, 0o755))
	return root, path
}

func clear(t *testing.T) {
	t.Helper()
	for _, name := range Names() {
		t.Setenv(Env(name), "")
	}
	t.Setenv(setup.FolderVariable, t.TempDir())
}

func TestFindWalksUp(t *testing.T) {
	clear(t)
	for _, name := range Names() {
		root, want := tree(t, name)
		deep := filepath.Join(root, "a", "b")
		require.NoError(t, os.MkdirAll(deep, 0o755))
		t.Chdir(deep)
		got, err := Find(name)
		require.NoError(t, err, name)
		assert.Equal(t, want, got)
	}
}

func TestFindOverride(t *testing.T) {
	clear(t)
	root, _ := tree(t, "jpeg")
	t.Chdir(root)
	other := filepath.Join(root, "other.so")
	require.NoError(t, os.WriteFile(other, nil, 0o644))

	t.Setenv("FASTCLIP_JPEG_LIB", "other.so")
	got, err := Find("jpeg")
	require.NoError(t, err)
	assert.Equal(t, other, got)

	for value, want := range map[string]string{"gone.so": "no such file", root: "not a regular file"} {
		t.Setenv("FASTCLIP_JPEG_LIB", value)
		_, err = Find("jpeg")
		require.ErrorIs(t, err, ErrNotFound, "an override that is wrong must not fall back silently")
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, "FASTCLIP_JPEG_LIB")
	}
}

func TestFindNamesTheMend(t *testing.T) {
	clear(t)
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	for _, name := range Names() {
		if it, _ := lookup(name); it.system != "" {
			continue // the system itself may have it
		}
		_, err := Find(name)
		require.ErrorIs(t, err, ErrNotFound)
		assert.ErrorContains(t, err, "run fastclip setup (in fastclip's source tree: ./task setup)")
	}
	_, err := Find("nonsense")
	assert.ErrorIs(t, err, ErrNotFound)
}

// TestFindInToolsFolder: what `fastclip setup` installs is found from everywhere, after the files of a source tree.
func TestFindInToolsFolder(t *testing.T) {
	clear(t)
	t.Setenv("PATH", t.TempDir())
	tools, err := setup.Folder()
	require.NoError(t, err)
	for _, name := range append(Of("onnxruntime"), append(Of("pillow"), Of("uv")...)...) {
		it, _ := lookup(name)
		w, ok := setup.For(setup.Machine(runtime.GOOS, runtime.GOARCH), it.wheel)
		if !ok {
			t.Skip("no wheels for this machine")
		}
		root, near := tree(t, name)
		want := filepath.Join(tools, w.Folder(), it.folder, it.file)
		t.Chdir(t.TempDir())
		_, err := Find(name)
		require.ErrorIs(t, err, ErrNotFound, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(want), 0o755))
		require.NoError(t, os.WriteFile(want, nil, 0o755))
		got, err := Find(name)
		require.NoError(t, err)
		assert.Equal(t, want, got)

		t.Chdir(root)
		got, err = Find(name)
		require.NoError(t, err)
		assert.Equal(t, near, got)
		got, err = Stays(name)
		require.NoError(t, err)
		assert.Equal(t, want, got, "what a working directory has is not everywhere")
	}
}
