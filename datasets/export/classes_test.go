package export_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/export"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// TestClassesSurvive: where a format can hold it, the list of classes is read back. This includes classes without pictures, and two classes with the same
// name.
func TestClassesSurvive(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, entry := range [][2]string{{"0.png", "A"}, {"0.cls", "3"}, {"1.png", "B"}, {"1.cls", "1"}} {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: entry[0], Size: 1, Mode: 0o600}))
		_, err := w.Write([]byte(entry[1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "0.tar"), out.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "classnames.txt"), []byte("owl\ndog\ncat\ndog\n"), 0o600))
	ds, err := layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: filepath.Join(dir, "0.tar")})
	require.NoError(t, err)
	defer ds.Close()
	for format, want := range map[string][]string{"webdataset": {"owl", "dog", "cat", "dog"}, "hfparquet": {"owl", "dog", "cat"}} {
		to := filepath.Join(t.TempDir(), "out")
		_, err := export.Write(t.Context(), ds, export.Options{Format: format, Dir: to})
		require.NoError(t, err)
		back, err := exportReaders[format](t, to)
		require.NoError(t, err)
		assert.Equal(t, want, back.Info().Classes, format)
		if format == "webdataset" {
			all := datasetstest.Images(t, back)
			assert.Equal(t, []int{4, 2}, []int{all[0].Class, all[1].Class})
		}
		require.NoError(t, back.Close())
	}
}
