package export_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/export"
	"github.com/fastclip/fastclip/datasets/layouts"
	"github.com/fastclip/fastclip/datasets/scenes"
)

// exportReaders open what each format has written. The lines for suites do the same.
var exportReaders = map[string]func(t *testing.T, dir string) (datasets.Dataset, error){
	"webdataset": func(t *testing.T, dir string) (datasets.Dataset, error) {
		return layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: filepath.Join(dir, "test", "*.tar")})
	},
	"hfparquet": func(t *testing.T, dir string) (datasets.Dataset, error) {
		return layouts.OpenHFParquet(t.Context(), layouts.HFParquetOptions{Files: filepath.Join(dir, "data", "test-*.parquet")})
	},
	"coco": func(t *testing.T, dir string) (datasets.Dataset, error) {
		return layouts.OpenCoco(t.Context(), layouts.CocoOptions{
			Captions: ifThere(filepath.Join(dir, "annotations", "captions_test.json")), Instances: ifThere(filepath.Join(dir, "annotations", "instances_test.json")), Images: filepath.Join(dir, "test"),
		})
	},
	"folder": func(t *testing.T, dir string) (datasets.Dataset, error) {
		if texts, err := filepath.Glob(filepath.Join(dir, "*.txt")); err != nil || len(texts) > 0 {
			return layouts.OpenCaptions(t.Context(), dir, datasets.Options{})
		}
		return layouts.OpenFolder(t.Context(), dir, datasets.Options{})
	},
	"jsonl": func(t *testing.T, dir string) (datasets.Dataset, error) {
		return layouts.OpenTable(t.Context(), filepath.Join(dir, "test.jsonl"), layouts.TableOptions{})
	},
	"csv": func(t *testing.T, dir string) (datasets.Dataset, error) {
		return layouts.OpenTable(t.Context(), filepath.Join(dir, "test.csv"), layouts.TableOptions{})
	},
}

func ifThere(file string) string {
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

// captionsOf returns the texts of each picture, by its ID.
func captionsOf(t *testing.T, ds datasets.Dataset) map[string][]string {
	out := map[string][]string{}
	for _, text := range datasetstest.Texts(t, ds) {
		for _, id := range text.Images {
			out[id] = append(out[id], text.Text)
		}
	}
	return out
}

// survives lists what must be read back: the pictures' bytes, captions and labels, in order.
func survives(t *testing.T, ds datasets.Dataset) (out []string) {
	captions := captionsOf(t, ds)
	for _, im := range datasetstest.Images(t, ds) {
		data, err := im.Read(t.Context())
		require.NoError(t, err)
		out = append(out, fmt.Sprintf("%x %q %q", data[:64], im.Labels, captions[im.ID]))
	}
	return out
}

func TestWrite(t *testing.T) {
	for _, format := range export.Formats() {
		for name, spec := range map[string]scenes.Spec{
			"labels":   {Objects: 1, Count: 7, Seed: 3, Width: 128, Height: 96},
			"pairs":    {Objects: 2, Count: 4, Seed: 3, Width: 128, Height: 96},
			"captions": {Objects: 2, Count: 7, PerSet: 1, Seed: 3, Width: 128, Height: 96, Captions: 5},
		} {
			t.Run(format+" "+name, func(t *testing.T) {
				ds := datasetstest.Scenes(t, spec)
				out := filepath.Join(t.TempDir(), "out")
				done, err := export.Write(t.Context(), ds, export.Options{Format: format, Dir: out, Shard: 3})
				require.NoError(t, err)
				assert.Equal(t, spec.Count, done.Images)
				assert.Equal(t, spec.Count*spec.Captions, done.Texts)
				require.Contains(t, exportReaders, format, "how is it read?")
				datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
					again, err := exportReaders[format](t, out)
					require.NoError(t, err)
					return again
				})
				again, err := exportReaders[format](t, out)
				require.NoError(t, err)
				defer again.Close()
				want, got := survives(t, ds), survives(t, again)
				if format == "folder" { // a folder is sorted by label, and has no captions
					want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
					if spec.Captions > 0 {
						labels := regexp.MustCompile(`\[.*\] \[`)
						for i := range want {
							want[i] = labels.ReplaceAllString(want[i], "[] [")
						}
					}
				}
				assert.Equal(t, want, got)
				left, err := os.ReadDir(filepath.Dir(out))
				require.NoError(t, err)
				assert.Len(t, left, 1, "nothing but the set is left")
			})
		}
	}
}

// TestReadersConcurrently: pictures of scenes and of every format can be read in parallel.
func TestReadersConcurrently(t *testing.T) {
	t.Run("scenes", func(t *testing.T) {
		spec := scenes.Spec{Objects: 2, Count: 8, Seed: 3, Width: 64, Height: 64}
		datasetstest.Concurrently(t, datasetstest.Scenes(t, spec), datasetstest.Scenes(t, spec))
	})
	for _, format := range export.Formats() {
		t.Run(format, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			_, err := export.Write(t.Context(), generatedSet{8, datasetstest.TinyPNG(t)}, export.Options{Format: format, Dir: out, Shard: 3})
			require.NoError(t, err)
			first, err := exportReaders[format](t, out)
			require.NoError(t, err)
			defer first.Close()
			again, err := exportReaders[format](t, out)
			require.NoError(t, err)
			defer again.Close()
			datasetstest.Concurrently(t, first, again)
		})
	}
}

func TestWriteNames(t *testing.T) {
	out := t.TempDir()
	done, err := export.Write(t.Context(), datasetstest.Scenes(t, scenes.Spec{Objects: 1, Count: 3, Width: 64, Height: 64}), export.Options{Format: "webdataset", Dir: out, Split: "val", Shard: 2})
	require.NoError(t, err, "an empty folder is taken")
	assert.Equal(t, `webdataset: {shards: "%s/val/{0..1}.tar"}`, done.Source)
	for name, want := range map[string]string{
		"val/nshards.txt": "2\n", "dataset_type.txt": "classification\n", "zeroshot_classification_templates.txt": "a photo of a {c}.\n",
	} {
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		assert.Equal(t, want, string(data), name)
	}
	for name, e := range map[string]export.Options{
		"not empty":                    {Format: "webdataset", Dir: out},
		`format "x": want one of webd`: {Format: "x", Dir: out + "/new"},
		"a name without slashes":       {Format: "webdataset", Dir: out + "/new", Split: "../x"},
	} {
		_, err := export.Write(t.Context(), datasetstest.Scenes(t, scenes.Spec{Objects: 1, Count: 1}), e)
		assert.ErrorContains(t, err, name)
	}
}

// TestWriteSkips: a picture that cannot be read is reported and left out. The folder appears only when everything is written.
func TestWriteSkips(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.png"), datasetstest.TinyPNG(t), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "t.jsonl"), []byte(`{"path": "gone.png", "caption": "gone"}
{"path": "a.png", "captions": ["a\u2028b", "c"]}
{"path": "../out.png", "caption": "out"}`), 0o644))
	ds, err := layouts.OpenTable(t.Context(), filepath.Join(dir, "t.jsonl"), layouts.TableOptions{})
	require.NoError(t, err)
	defer ds.Close()
	var skipped []string
	done, err := export.Write(t.Context(), ds, export.Options{Format: "webdataset", Dir: filepath.Join(dir, "out"), Skipped: func(name string, err error) {
		skipped = append(skipped, name)
	}})
	require.NoError(t, err)
	assert.Equal(t, []string{"gone.png", "../out.png"}, skipped)
	assert.Equal(t, []int{1, 2, 2}, []int{done.Images, done.Texts, done.Skipped})
	require.NoError(t, os.Remove(filepath.Join(dir, "a.png")))
	_, err = export.Write(t.Context(), ds, export.Options{Format: "webdataset", Dir: filepath.Join(dir, "none")})
	assert.ErrorContains(t, err, "no picture of the set can be read")
	left, err := filepath.Glob(filepath.Join(dir, "none*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestWriteLargePictures: in parquet, page headers do not repeat whole pictures as statistics.
func TestWriteLargePictures(t *testing.T) {
	data := append(datasetstest.TinyPNG(t), make([]byte, 600_000)...)
	for i := range data[100:] {
		data[100+i] = byte(i * i >> 7) // values that cannot be compressed away
	}
	dir := t.TempDir()
	for _, name := range []string{"dog/1.png", "dog/2.png"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "in", "dog"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "in", name), data, 0o644))
	}
	ds, err := layouts.OpenFolder(t.Context(), filepath.Join(dir, "in"), datasets.Options{})
	require.NoError(t, err)
	defer ds.Close()
	out := filepath.Join(dir, "out")
	_, err = export.Write(t.Context(), ds, export.Options{Format: "hfparquet", Dir: out})
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(out, "data", "test-00000-of-00001.parquet"))
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(2*len(data)+20_000))
	again, err := exportReaders["hfparquet"](t, out)
	require.NoError(t, err)
	defer again.Close()
	got, err := datasetstest.Images(t, again)[1].Read(t.Context())
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, got))
}
