package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadStringsOfStrangers: tables of clip-retrieval or pyarrow are read with every compression. A damaged page that would unpack to more than its header
// says is an error.
func TestReadStringsOfStrangers(t *testing.T) {
	type row struct {
		Path    string  `parquet:"image_path"`
		Caption *string `parquet:"caption"`
	}
	text := strings.Repeat("a caption ", 500)
	path := filepath.Join(t.TempDir(), "m.parquet")
	for name, packed := range map[string]parquet.WriterOption{"LZ4": parquet.Compression(&parquet.Lz4Raw), "Zstandard": parquet.Compression(&parquet.Zstd), "nothing": parquet.Compression(&parquet.Uncompressed)} {
		var out bytes.Buffer
		w := parquet.NewGenericWriter[row](&out, packed)
		_, err := w.Write([]row{{"a.jpg", &text}, {"b.jpg", nil}})
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
		got, err := ReadStrings(path, "caption", "image_path")
		require.NoError(t, err, name)
		assert.Equal(t, [][]string{{text, ""}, {"a.jpg", "b.jpg"}}, got, name)
		for at := 4; at < 60; at++ {
			hurt := bytes.Clone(out.Bytes())
			hurt[at] ^= 0x7f
			require.NoError(t, os.WriteFile(path, hurt, 0o600))
			_, _ = ReadStrings(path, "caption") // may fail, but must not panic
		}
	}
	_, err := ReadStrings(path, "gone")
	assert.Error(t, err)
}
