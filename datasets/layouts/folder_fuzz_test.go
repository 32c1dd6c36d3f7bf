package layouts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// FuzzFolder: whatever the names of folders, files and captions, a set opens or gives an error. Its items have different IDs and can be read.
func FuzzFolder(f *testing.F) {
	picture := datasetstest.TinyPNG(f)
	f.Add("hot_dog+cat", "1.jpg", "a dog\n\na cat")
	f.Add("+", ".x.png", "\ufeff")
	f.Add("caf\xe9", "1.png", "a dog")
	f.Add("dog", "in\xff/\xfe.png", "caf\xe9")
	f.Add("..", "a\x00.png", strings.Repeat("x", 2<<20))
	f.Fuzz(func(t *testing.T, label, name, captions string) {
		if len(captions) > 2<<20 {
			return
		}
		dir := t.TempDir()
		for _, file := range []string{filepath.Join("dog", "1.png"), filepath.Join(label, name)} {
			if !filepath.IsLocal(file) {
				continue
			}
			at := filepath.Join(dir, file)
			if os.MkdirAll(filepath.Dir(at), 0o755) != nil || os.WriteFile(at, picture, 0o644) != nil {
				continue // not a valid file name
			}
			_ = os.WriteFile(strings.TrimSuffix(at, filepath.Ext(at))+".txt", []byte(captions), 0o644)
		}
		plain, err := layouts.OpenFolder(t.Context(), dir, datasets.Options{})
		listed(t, plain, err, dir)
		captioned, err := layouts.OpenCaptions(t.Context(), dir, datasets.Options{})
		listed(t, captioned, err, dir)
	})
}

func listed(t *testing.T, ds datasets.Dataset, err error, dir string) {
	if err != nil {
		assert.ErrorContains(t, err, dir)
		return
	}
	seen := map[string]bool{}
	for im, err := range ds.Images(t.Context()) {
		assert.True(t, utf8.ValidString(im.Name), "%q", im.Name)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			continue
		}
		assert.False(t, seen[im.ID], "%q twice", im.ID)
		seen[im.ID] = true
		_, err := im.Read(t.Context())
		assert.NoError(t, err)
	}
	for text, err := range ds.Texts(t.Context()) {
		require.NoError(t, err)
		assert.NotEmpty(t, strings.TrimSpace(text.Text))
	}
	require.NoError(t, ds.Close())
}
