package layouts_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/layouts"
)

const cocoCaptions = `{"info": {"year": 2017, "deep": [[1, {"a": "]"}]]}, "licenses": [],
"annotations": [
 {"image_id": 9, "id": 1, "caption": "of b, first"}, {"image_id": 4, "id": 2, "caption": " of a "},
 {"image_id": 9, "id": 3, "caption": "of b, second\n"}, {"image_id": 77, "id": 4, "caption": "of none"},
 {"image_id": 4, "caption": ["x"]}, {"image_id": 4, "caption": " "}],
"images": [{"id": 9, "file_name": "sub/b.png", "width": 3}, {"id": 4, "file_name": "a.jpg"}, {"id": 4, "file_name": "c.webp"}, {"id": 5, "file_name": "../c.webp"}]}`

const cocoInstances = `{"images": [{"id": 9, "file_name": "sub/b.png"}, {"id": 4, "file_name": "a.jpg"}, {"id": 6, "file_name": "c.webp"}],
"annotations": [{"image_id": 9, "category_id": 1, "segmentation": [[1.5, 2]], "iscrowd": 0}, {"image_id": 4, "category_id": 2},
 {"image_id": 9, "category_id": 2}, {"image_id": 9, "category_id": 1}, {"image_id": 4, "category_id": 3}],
"categories": [{"supercategory": "animal", "id": 1, "name": "dog"}, {"id": 2, "name": "ball"}]}`

func TestCoco(t *testing.T) {
	dir := three(t, map[string]string{"cap.json": cocoCaptions, "ins.json": cocoInstances})
	captions, instances := filepath.Join(dir, "cap.json"), filepath.Join(dir, "ins.json")
	for name, c := range map[string]struct {
		o                       layouts.CocoOptions
		pictures, texts, errors []string
	}{
		"captions": {
			layouts.CocoOptions{Captions: captions},
			[]string{"sub/b.png ", "a.jpg "},
			[]string{"sub/b.png#0 of b, first sub/b.png", "sub/b.png#1 of b, second sub/b.png", "a.jpg#0 of a a.jpg"},
			[]string{"../c.webp: the path", "c.webp: its id 4 is a.jpg's", "image_id 4: an annotation", "image_id 4: json", "image_id 77: annotations of a picture that the file does not list"},
		},
		"instances": {
			layouts.CocoOptions{Instances: instances},
			[]string{"sub/b.png dog|ball", "a.jpg ball", "c.webp "},
			[]string{"text/000000 a photo of a dog and a ball ", "text/000001 a photo of a ball "},
			[]string{"image_id 4: category_id 3 is not"},
		},
		"both": {
			layouts.CocoOptions{Instances: instances, Captions: captions},
			[]string{"sub/b.png dog|ball", "a.jpg ball", "c.webp "},
			[]string{"sub/b.png#0 of b, first sub/b.png", "sub/b.png#1 of b, second sub/b.png", "a.jpg#0 of a a.jpg"},
			make([]string, 6),
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Images = dir
			ds, err := layouts.OpenCoco(t.Context(), c.o)
			require.NoError(t, err)
			defer ds.Close()
			pictures, texts, problems := content(t, ds)
			assert.Equal(t, c.pictures, pictures)
			assert.Equal(t, c.texts, texts)
			same(t, c.errors, problems)
		})
	}
}

// same checks that the problems, in any order, start with the wanted texts.
func same(t *testing.T, want, got []string) {
	t.Helper()
	require.Len(t, got, len(want), "%q", got)
	for _, w := range want {
		found := false
		for _, g := range got {
			found = found || strings.HasPrefix(g, w)
		}
		assert.True(t, found, "%q is not in %q", w, got)
	}
}

const karpathyJSON = `{"images": [
 {"filepath": "val2014", "filename": "a.jpg", "imgid": 0, "split": "test", "cocoid": 4, "sentids": [1], "sentences": [{"raw": "one", "tokens": ["one"]}, {"raw": "two "}]},
 {"filename": "b.png", "split": "train", "sentences": [{"raw": "three"}]},
 {"filename": "c.webp", "split": "val", "sentences": []}, {"filename": "d.webp", "split": "test", "sentences": "x"},
 {"split": "test", "sentences": []}, {"filepath": "..", "filename": "x", "split": "test", "sentences": [{"raw": "x"}]}], "dataset": "coco"}`

func TestKarpathy(t *testing.T) {
	dir := three(t, map[string]string{"k.json": karpathyJSON, "b.png": "B"})
	open := func(split string) (datasets.Dataset, error) {
		return layouts.OpenKarpathy(t.Context(), layouts.KarpathyOptions{Path: filepath.Join(dir, "k.json"), Images: dir, Split: split})
	}
	ds, err := open("")
	require.NoError(t, err)
	defer ds.Close()
	pictures, texts, problems := content(t, ds)
	assert.Equal(t, []string{"val2014/a.jpg "}, pictures)
	assert.Equal(t, []string{"val2014/a.jpg#0 one val2014/a.jpg", "val2014/a.jpg#1 two val2014/a.jpg"}, texts)
	same(t, []string{"d.webp: json", "entry 4: no filename", "../x: the path"}, problems)
	data, err := firstImage(t, ds).Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "A", string(data), "in the folder itself, without val2014")
	assert.Equal(t, "k-test", ds.Info().Name)

	ds, err = open("train+val")
	require.NoError(t, err)
	defer ds.Close()
	pictures, _, problems = content(t, ds)
	assert.Equal(t, []string{"b.png "}, pictures)
	same(t, []string{"c.webp: no sentences"}, problems)
	_, err = open("restval")
	assert.ErrorContains(t, err, `no picture of the split "restval": it has test, train, val`)
}

func firstImage(t *testing.T, ds datasets.Dataset) datasets.Image {
	for im, err := range ds.Images(t.Context()) {
		if err == nil {
			return im
		}
	}
	t.Fatal("no picture")
	return datasets.Image{}
}

func TestFlickr(t *testing.T) {
	dir := three(t, map[string]string{
		"t.token": "a.jpg#0\tone\r\na.jpg#1\ttwo\n\nc.webp#0\tthree\nc.webp\tno number\nsub/b.png#0 no tab\nsub/b.png#0\t \n../x#0\tx\n" + strings.Repeat("x", 2<<20) + "\na.jpg#2\tlast",
		"list":    "c.webp\r\n",
	})
	o := layouts.FlickrOptions{Tokens: filepath.Join(dir, "t.token"), Images: dir}
	ds, err := layouts.OpenFlickr(t.Context(), o)
	require.NoError(t, err)
	defer ds.Close()
	pictures, texts, problems := content(t, ds)
	assert.Equal(t, []string{"a.jpg ", "c.webp "}, pictures)
	assert.Equal(t, []string{"a.jpg#0 one a.jpg", "a.jpg#1 two a.jpg", "a.jpg#2 last a.jpg", "c.webp#0 three c.webp"}, texts)
	same(t, []string{"line 5: want", "line 6: want", "line 7: want", "../x: the path", "line 9: the line is longer"}, problems)

	o.List = filepath.Join(dir, "list")
	ds, err = layouts.OpenFlickr(t.Context(), o)
	require.NoError(t, err)
	defer ds.Close()
	pictures, _, _ = content(t, ds)
	assert.Equal(t, []string{"c.webp "}, pictures)
	o.List = "gone"
	_, err = layouts.OpenFlickr(t.Context(), o)
	assert.ErrorContains(t, err, "gone")
}

func TestPublishedConform(t *testing.T) {
	dir := three(t, map[string]string{
		"c.json":  `{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": "2", "file_name": "c.webp"}], "annotations": [{"image_id": "2", "caption": "x"}, {"image_id": 1, "caption": "y"}]}`,
		"k.json":  `{"images": [{"filename": "a.jpg", "split": "test", "sentences": [{"raw": "x"}]}]}`,
		"f.token": "a.jpg#0\tx\nc.webp#0\ty\n",
	})
	for name, open := range map[string]func() (datasets.Dataset, error){
		"coco": func() (datasets.Dataset, error) {
			return layouts.OpenCoco(t.Context(), layouts.CocoOptions{Captions: filepath.Join(dir, "c.json"), Images: dir})
		},
		"karpathy": func() (datasets.Dataset, error) {
			return layouts.OpenKarpathy(t.Context(), layouts.KarpathyOptions{Path: filepath.Join(dir, "k.json"), Images: dir})
		},
		"flickr": func() (datasets.Dataset, error) {
			return layouts.OpenFlickr(t.Context(), layouts.FlickrOptions{Tokens: filepath.Join(dir, "f.token"), Images: dir})
		},
	} {
		t.Run(name, func(t *testing.T) {
			datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
				ds, err := open()
				require.NoError(t, err)
				return ds
			})
		})
	}
}

// TestLongJSON: the limit applies to an entry, not to the file.
func TestLongJSON(t *testing.T) {
	long := strings.Repeat(`{"image_id": 1, "caption": "x", "segmentation": "`+strings.Repeat("0", 1<<20)+`"},`, 40)
	dir := three(t, map[string]string{"x.json": `{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [` + strings.TrimSuffix(long, ",") + `]}`})
	ds, err := layouts.OpenCoco(t.Context(), layouts.CocoOptions{Captions: filepath.Join(dir, "x.json"), Images: dir})
	require.NoError(t, err)
	defer ds.Close()
	assert.Equal(t, 40, ds.Info().Texts)
}

func TestHostileJSON(t *testing.T) {
	for name, c := range map[string]struct{ json, want string }{
		"cut short":     {`{"images": [{"id": 1, "file_name": "a.jpg"}`, `"images": the file is cut short`},
		"cut in entry":  {`{"images": [{"id": 1, "file_na`, `"images", entry 0: the file is cut short`},
		"syntax":        {`{"images": [{"id": 1}, {"id": }]}`, `"images", entry 1: invalid character`},
		"no list":       {`{"images": {"id": 1}}`, `"images": found {, want [`},
		"no object":     {`[]`, `found [, want {`},
		"empty":         {``, "is cut short"},
		"nothing in it": {`{"images": []}`, "it has no pictures"},
		"endless entry": {`{"images": [{"x": "` + strings.Repeat("x", 40<<20), "longer than the limit"},
		"endless other": {`{"info": "` + strings.Repeat("x", 40<<20), `"info": one entry is longer than the limit`},
		"deep":          {`{"info": ` + strings.Repeat("[", 5000), "nested more than 1000 deep"},
		"no categories": {`{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "category_id": 1}]}`, "neither labels nor captions"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := three(t, map[string]string{"x.json": c.json})
			_, err := layouts.OpenCoco(t.Context(), layouts.CocoOptions{Instances: filepath.Join(dir, "x.json"), Images: dir})
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "x.json")
		})
	}
}
