package layouts_test

import (
	"context"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/export"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// TestNamesThatAreNoUTF8: in every reader and writer, a name that is not UTF-8 costs only its own picture, which is reported.
func TestNamesThatAreNoUTF8(t *testing.T) {
	dir := tree(t, map[string]string{
		"f/dog/1.png": "a", "f/caf\xe9/1.png": "b", "f/dog/\xff.png": "c", "f/dog/in\xe9/2.png": "d",
		"c/1.png": "a", "c/1.txt": "one", "c/caf\xe9.png": "b", "c/caf\xe9.txt": "two", "c/in\xe9/1.png": "b", "c/in\xe9/1.txt": "two",
		"t.csv":      "path,label\nf/dog/1.png,dog\nf/caf\xe9/1.png,x\n",
		"t.token":    "1.png#0\tone\ncaf\xe9.png#0\ttwo\n",
		"w\xe9.tar":  tarOf(t, "1.png", "a", "1.txt", "one", "caf\xe9.png", "b", "caf\xe9.txt", "two"),
		"empty\xe9/": "",
	})
	for name, c := range map[string]struct {
		open     func(ctx context.Context) (datasets.Dataset, error)
		problems int
	}{
		"folder": {func(ctx context.Context) (datasets.Dataset, error) {
			return layouts.OpenFolder(ctx, filepath.Join(dir, "f"), datasets.Options{})
		}, 3},
		"captions": {func(ctx context.Context) (datasets.Dataset, error) {
			return layouts.OpenCaptions(ctx, filepath.Join(dir, "c"), datasets.Options{})
		}, 2},
		"table": {func(ctx context.Context) (datasets.Dataset, error) {
			return layouts.OpenTable(ctx, filepath.Join(dir, "t.csv"), layouts.TableOptions{})
		}, 1},
		"flickr": {func(ctx context.Context) (datasets.Dataset, error) {
			return layouts.OpenFlickr(ctx, layouts.FlickrOptions{Tokens: filepath.Join(dir, "t.token"), Images: filepath.Join(dir, "c")})
		}, 1},
		"webdataset": {func(ctx context.Context) (datasets.Dataset, error) {
			return layouts.OpenWebdataset(ctx, layouts.WebdatasetOptions{Shards: filepath.Join(dir, "w*.tar")})
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			ds, err := c.open(t.Context())
			require.NoError(t, err)
			defer ds.Close()
			problems := 0
			for im, err := range ds.Images(t.Context()) {
				assert.True(t, utf8.ValidString(im.Name), "%q", im.Name)
				if err != nil {
					problems++
					assert.True(t, utf8.ValidString(err.Error()), "%q", err)
					assert.Regexp(t, `\\x(e9|ff)`, im.Name)
					assert.Regexp(t, "not UTF-8", err.Error())
				}
			}
			assert.Equal(t, c.problems, problems)
			assert.Equal(t, 1, ds.Info().Images)
			done, err := export.Write(t.Context(), ds, export.Options{Format: "jsonl", Dir: filepath.Join(t.TempDir(), "out")})
			require.NoError(t, err)
			assert.Equal(t, c.problems, done.Skipped)
		})
	}
	_, err := layouts.OpenFolder(t.Context(), filepath.Join(dir, "empty\xe9"), datasets.Options{})
	assert.ErrorContains(t, err, "it contains no folders")
}
