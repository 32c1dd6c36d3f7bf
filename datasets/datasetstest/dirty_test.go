package datasetstest_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/layouts"
)

const png = "\x89PNG\r\n\x1a\nX"

// dirty is a set that every reader gets in its own format: two good pictures, and one with each kind of fault.
var dirty = []struct{ name, content, caption string }{
	{"dog/1.png", png + "1", "one"},
	{"dog/1.png", png + "1", "one again"}, // is listed twice
	{"cat/2", png + "2", "two"},           // has no extension
	{"cat/3.png", png + "3", ""},          // has no caption
	{"cat/caf\xe9.png", png + "4", "four"},
	{"cat/5.png", png + "5", "caf\xe9"}, // is in cp1252
	{"cat/6.pdf", "%PDF", ""},
	{"cat/.hidden.png", png, "six"},
	{"../7.png", png, "seven"},
	{"empty/8.txt", "eight", ""}, // a label without pictures
}

// forms write the dirty set for each reader and open it.
var forms = map[string]func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error){
	"folder": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		return layouts.OpenFolder(ctx, pictures(t, dir, false), datasets.Options{})
	},
	"captions": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		return layouts.OpenCaptions(ctx, pictures(t, dir, true), datasets.Options{})
	},
	"csv": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		require.NoError(t, w.Write([]string{"path", "caption"}))
		for _, d := range dirty {
			require.NoError(t, w.Write([]string{d.name, d.caption}))
		}
		w.Flush()
		return layouts.OpenTable(ctx, write(t, dir, "t.csv", out.String()+"short\n"), layouts.TableOptions{Images: pictures(t, dir, false)})
	},
	"tsv": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		lines := "filepath\ttitle\n"
		for _, d := range dirty {
			lines += d.name + "\t" + d.caption + "\n"
		}
		return layouts.OpenTable(ctx, write(t, dir, "t.tsv", lines+"cat/2\t\"nothing closes this\n"), layouts.TableOptions{Images: pictures(t, dir, false)})
	},
	"ndjson of one split": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		lines := `{"path": "cat/2", "caption": NaN, "split": "test"}` + "\n"
		for i, d := range dirty {
			lines += string(object(t, map[string]any{"path": d.name, "caption": d.caption, "split": []string{"test", "train"}[i/8]})) + "\n"
		}
		return layouts.OpenTable(ctx, write(t, dir, "t.ndjson", lines), layouts.TableOptions{Images: pictures(t, dir, false), Where: datasets.Where{"split": {"test"}}})
	},
	"jsonl": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		lines := "no json\n"
		for _, d := range dirty {
			lines += string(object(t, map[string]any{"path": d.name, "caption": d.caption})) + "\n"
		}
		return layouts.OpenTable(ctx, write(t, dir, "t.jsonl", lines), layouts.TableOptions{Images: pictures(t, dir, false)})
	},
	"coco": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		var images, notes []any
		for i, d := range dirty {
			images = append(images, map[string]any{"id": i, "file_name": d.name})
			notes = append(notes, map[string]any{"image_id": i, "caption": d.caption})
		}
		notes = append(notes, map[string]any{"image_id": 99, "caption": "of no picture"}, map[string]any{"image_id": 99, "caption": "again"})
		file := write(t, dir, "c.json", string(object(t, map[string]any{"images": images, "annotations": notes})))
		return layouts.OpenCoco(ctx, layouts.CocoOptions{Captions: file, Images: pictures(t, dir, false)})
	},
	"lvis": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		var images, notes []any
		for i, d := range dirty {
			images = append(images, map[string]any{"id": i, "coco_url": "http://images.example.org/" + strings.ReplaceAll(d.name, "\xe9", "%E9")})
			notes = append(notes, map[string]any{"image_id": i, "category_id": i % 3})
		}
		file := write(t, dir, "l.json", string(object(t, map[string]any{"images": images, "annotations": notes, "categories": []any{map[string]any{"id": 0, "name": "dog"}, map[string]any{"id": 1, "name": ""}}})))
		return layouts.OpenCoco(ctx, layouts.CocoOptions{Instances: file, Images: pictures(t, dir, false)})
	},
	"flickr as Kaggle has it": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		lines := "image_name| comment_number| comment\n"
		for i, d := range dirty {
			lines += fmt.Sprintf("%s| %d| %s\n", d.name, i, d.caption)
		}
		return layouts.OpenFlickr(ctx, layouts.FlickrOptions{Tokens: write(t, dir, "results.csv", lines), Images: pictures(t, dir, false)})
	},
	"flickr as CLIP_benchmark has it": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		lines := "image,caption\n"
		for _, d := range dirty {
			lines += d.name + "," + d.caption + ", and commas\n"
		}
		return layouts.OpenFlickr(ctx, layouts.FlickrOptions{Tokens: write(t, dir, "flickr30k_test_karpathy.txt", lines), Images: pictures(t, dir, false)})
	},
	"karpathy": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		var images []any
		for i, d := range dirty {
			images = append(images, map[string]any{"filename": d.name, "split": []string{"test", "val"}[i/8], "sentences": []any{map[string]any{"raw": d.caption}}})
		}
		file := write(t, dir, "k.json", string(object(t, map[string]any{"images": images})))
		return layouts.OpenKarpathy(ctx, layouts.KarpathyOptions{Path: file, Images: pictures(t, dir, false)})
	},
	"flickr": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		lines := ""
		for _, d := range dirty {
			lines += d.name + "#0\t" + d.caption + "\n"
		}
		list := write(t, dir, "list.txt", "dog/1.png\ncat/2\ncat/3.png\nnowhere.png\n")
		return layouts.OpenFlickr(ctx, layouts.FlickrOptions{Tokens: write(t, dir, "t.token", lines), Images: pictures(t, dir, false), List: list})
	},
	"webdataset": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		add := func(name, content string) {
			require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o600}))
			_, err := w.Write([]byte(content))
			require.NoError(t, err)
		}
		for _, d := range dirty {
			add(d.name, d.content)
			if d.caption != "" {
				add(strings.TrimSuffix(d.name, path.Ext(d.name))+".txt", d.caption)
			}
		}
		add("9.jpg", png)
		add("9.txt", "nine")
		add("9.txt", "nine again")
		add("9.url.txt", "https://example.org")
		add("9.json", "[")
		require.NoError(t, w.Close())
		return layouts.OpenWebdataset(ctx, layouts.WebdatasetOptions{Shards: write(t, dir, "0.tar", out.String())})
	},
	"webdataset with classes": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for i, d := range dirty {
			for name, content := range map[string]string{d.name: d.content, strings.TrimSuffix(d.name, path.Ext(d.name)) + ".cls": fmt.Sprint(i)} {
				require.NoError(t, w.WriteHeader(&tar.Header{Name: fmt.Sprintf("%d/%s", i, name), Size: int64(len(content)), Mode: 0o600}))
				_, err := w.Write([]byte(content))
				require.NoError(t, err)
			}
		}
		require.NoError(t, w.WriteHeader(&tar.Header{Name: "link.png", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}))
		require.NoError(t, w.Close())
		write(t, dir, "classnames.txt", "zero\none\ntwo\nthree\nfour\n")
		return layouts.OpenWebdataset(ctx, layouts.WebdatasetOptions{Shards: write(t, dir, "0.tar", out.String())})
	},
	"hfparquet": func(ctx context.Context, t *testing.T, dir string) (datasets.Dataset, error) {
		type image struct {
			Bytes []byte `parquet:"bytes"`
			Path  string `parquet:"path"`
		}
		type line struct {
			Image   image  `parquet:"image"`
			Caption string `parquet:"caption"`
		}
		var out bytes.Buffer
		w := parquet.NewGenericWriter[line](&out)
		for _, d := range dirty {
			_, err := w.Write([]line{{image{[]byte(d.content), d.name}, d.caption}})
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return layouts.OpenHFParquet(ctx, layouts.HFParquetOptions{Files: write(t, dir, "0.parquet", out.String())})
	},
}

func TestEveryReaderAccountsForTheSameDirtySet(t *testing.T) {
	for name, open := range forms {
		t.Run(name, func(t *testing.T) {
			ds, err := open(t.Context(), t, t.TempDir())
			require.NoError(t, err)
			defer ds.Close()
			datasetstest.Account(t, ds)
			a := ds.Info().Account
			t.Log(a)
			assert.False(t, a.Even())
			assert.Positive(t, a.Refused)
			assert.GreaterOrEqual(t, a.Used, 2)
		})
	}
}

// pictures writes the files of the set, as far as a folder can hold them.
func pictures(t *testing.T, dir string, captions bool) string {
	root := filepath.Join(dir, "pictures")
	for _, d := range dirty {
		if !filepath.IsLocal(d.name) {
			continue
		}
		write(t, root, d.name, d.content)
		if captions && d.caption != "" {
			write(t, root, strings.TrimSuffix(d.name, path.Ext(d.name))+".txt", d.caption)
		}
	}
	return root
}

func write(t *testing.T, dir, name, content string) string {
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

// object is JSON that keeps the bytes of texts, even if they are not UTF-8.
func object(t *testing.T, v any) []byte {
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return bytes.ReplaceAll(data, []byte(fmt.Sprintf(`\u%s`, "fffd")), []byte("\xe9"))
}
