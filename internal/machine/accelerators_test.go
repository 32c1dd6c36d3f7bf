package machine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAccelerators: versions come from the names of loaded files, and from the wheels that contain them. Libraries of child processes count too.
func TestAccelerators(t *testing.T) {
	dir := t.TempDir()
	site := filepath.Join(dir, "lib", "python3.12", "site-packages")
	for _, name := range []string{"nvidia_cudnn_cu12-9.10.2.21.dist-info", "openvino-2025.3.0.dist-info"} {
		require.NoError(t, os.MkdirAll(filepath.Join(site, name), 0o755))
	}
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	write("7/maps", "55d0-55d1 r--p 0000 08:01 1 /usr/bin/python3\n7f00-7f01 r-xp 0000 08:01 2 /usr/local/cuda/lib64/libcudart.so.12.8.90\n7f02-7f03 rw-p 0000 00:00 0 [heap]\n")
	write("7/task/7/children", "8 9 ")
	write("8/maps", "7f00-7f01 r-xp 0000 08:01 3 "+site+"/nvidia/cudnn/lib/libcudnn.so.9\n7f05-7f06 r-xp 0000 08:01 4 "+site+"/openvino/libs/libopenvino.so.2530\n7f05-7f06 r-xp 0000 08:01 4 /usr/lib/libcudnn_graph.so.9\n")
	assert.Equal(t, "cudart 12.8.90, cudnn 9.10.2.21, openvino 2025.3.0", accelerators(dir, family(dir, 7), nil))
	assert.Equal(t, "cudart 12.8.90", accelerators(dir, []string{"7"}, nil))
	assert.Equal(t, "cudart 12.8.90, cudnn 9.10.2.21", accelerators(dir, family(dir, 7), ofProvider["tensorrt"]), "what another variant has loaded beside it is not its own")
	assert.Empty(t, accelerators(dir, family(dir, 100), nil))
}
