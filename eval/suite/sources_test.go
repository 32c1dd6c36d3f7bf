package suite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A dataset of a suite by each source, relative to the suite's folder.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"p/a.jpg": "A", "p/a.txt": "x", "p/l/b.jpg": "B", "t.csv": "image,tag,label\np/a.jpg,dog,cat\n",
		"c.json":  `{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "x"}]}`,
		"k.json":  `{"images": [{"filename": "a.jpg", "split": "val", "sentences": [{"raw": "x"}]}]}`,
		"f.token": "a.jpg#0\tx\n", "list": "a.jpg\n", "names": "n", "s-00.tar": "", "h.parquet": "",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	for source, want := range map[string]string{ // the first text, or what is wrong
		"folder: {path: p}": "a photo of a l", "captions: {path: p}": "x",
		"table: {path: t.csv}": "a photo of a cat", "template: 'see {}', table: {path: t.csv, images: ., columns: {labels: tag}}": "see dog",
		"coco: {captions: c.json, images: p}": "x", "karpathy: {path: k.json, images: p, split: val}": "x",
		"flickr: {tokens: f.token, images: p, list: list}":       "x",
		"webdataset: {shards: 's-{00..00}.tar', classes: names}": "it has no pictures", "hfparquet: {files: '*.parquet'}": "not a whole Parquet file: 0 bytes",
		"table: {path: t.csv, where: {tag: dog}, links: follow}": "a photo of a cat", "table: {path: t.csv, where: {tag: [cow, fly]}}": "tag is dog 1",
		"table: {path: t.csv, where: {part: 1}}": `no column "part"`, "folder: {path: p, links: yes}": `links: "yes": want follow`,
		"captions: {path: p, links: follow}": "x", "templates_file: names, folder: {path: p}": "names: \"n\" has no {}", "templates_file: gone, folder: {path: p}": "gone",
		"coco: {images: p}": "captions, instances, or both", "karpathy: {path: k.json}": "needs a folder of images",
		"flickr: {images: p}": "needs a file of tokens", "webdataset: {}": "needs a pattern of shards", "hfparquet: {}": "needs a pattern of files",
	} {
		t.Run(source, func(t *testing.T) {
			s, err := Parse([]byte(strings.Replace(whole, "scenes: {objects: 1, count: 4}", source, 1)))
			if err != nil {
				assert.ErrorContains(t, err, "[6:5] dataset \"d\": ")
				assert.ErrorContains(t, err, want)
				return
			}
			ds, err := s.Datasets[0].Open(t.Context(), dir, nil, t.TempDir())
			if err != nil {
				assert.ErrorContains(t, err, want)
				return
			}
			defer ds.Close()
			assert.Equal(t, "d", ds.Info().Name)
			for text, err := range ds.Texts(t.Context()) {
				require.NoError(t, err)
				assert.Equal(t, want, text.Text)
				break
			}
		})
	}
}
