package setup

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPins(t *testing.T) {
	assert.Equal(t, []string{"Linux-x86_64", "Linux-aarch64", "Darwin-arm64", "Darwin-x86_64"}, Machines())
	for _, machine := range Machines() {
		for _, name := range Names() {
			w, ok := For(machine, name)
			if !ok {
				assert.Equal(t, "Darwin-x86_64 onnxruntime", machine+" "+name, "the only one that nobody makes")
				continue
			}
			assert.Len(t, w.SHA256, 64)
			assert.Equal(t, name+"-"+w.Version+"-"+w.SHA256[:12], w.Folder())
		}
	}
	_, ok := For("Linux-x86_64", "name")
	assert.False(t, ok, "the table's head is no wheel")
	assert.Equal(t, "plan9/mips", Machine("plan9", "mips"))
	assert.Equal(t, "Linux-aarch64", Machine("linux", "arm64"))
	assert.Equal(t, "Darwin-arm64", Machine("darwin", "arm64"))
}

func TestFolder(t *testing.T) {
	t.Setenv(FolderVariable, "here")
	dir, err := Folder()
	require.NoError(t, err)
	assert.True(t, filepath.IsAbs(dir) && strings.HasSuffix(dir, "here"))
	if runtime.GOOS != "linux" {
		t.Skip("the cache folder's variables are Linux's")
	}
	t.Setenv(FolderVariable, "")
	t.Setenv("XDG_CACHE_HOME", "/cache")
	dir, err = Folder()
	require.NoError(t, err)
	assert.Equal(t, "/cache/fastclip/tools", dir)
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	_, err = Folder()
	assert.ErrorContains(t, err, FolderVariable)
}
