package layouts_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// TestFlickrForms: the common forms of Flickr's captions give the same set.
func TestFlickrForms(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		problems   []string
	}{
		"own":              {"t.token", "a.jpg#0\tone, two\nc.webp#0\tthree\na.jpg#1\tfour\n", nil},
		"CLIP_benchmark's": {"flickr30k_test_karpathy.txt", "image,caption\na.jpg,one, two\nc.webp,\"three\"\na.jpg,four\n", nil},
		"Kaggle's":         {"results.csv", "\ufeffimage_name| comment_number| comment\na.jpg| 0| one, two\nc.webp| 0| three\na.jpg| 1| four\nsub/b.png| 4   no bar\n", []string{"line 5: want NAME.jpg#NUMBER"}},
		"numbered cells":   {"captions.txt", "image_name,comment_number,comment\na.jpg,0,\"one, two\"\nc.webp, 0, three\na.jpg,1,four\na.jpg,five\n", []string{"line 5: want NAME.jpg#NUMBER"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := three(t, map[string]string{c.file: c.text})
			ds, err := layouts.OpenFlickr(t.Context(), layouts.FlickrOptions{Tokens: filepath.Join(dir, c.file), Images: dir})
			require.NoError(t, err)
			defer ds.Close()
			pictures, texts, problems := content(t, ds)
			assert.Equal(t, []string{"a.jpg ", "c.webp "}, pictures)
			assert.Equal(t, []string{"a.jpg#0 one, two a.jpg", "a.jpg#1 four a.jpg", "c.webp#0 three c.webp"}, texts)
			same(t, c.problems, problems)
		})
	}
}

// TestSeparators: other separators are recognised in the header. A comma in a caption without quotes is an error that says so.
func TestSeparators(t *testing.T) {
	for name, text := range map[string]string{
		"bar":       "image_name| comment_number| comment\na.jpg| 0| one, two\n",
		"semicolon": "path;caption\na.jpg;one, two\n",
		"tab":       "path\tcaption\na.jpg\tone, two\n",
		"comma":     "path,caption\na.jpg,\"one, two\"\nc.webp,one, two\n",
	} {
		t.Run(name, func(t *testing.T) {
			ds, err := openTable(t, "t.csv", text, layouts.TableOptions{})
			require.NoError(t, err)
			_, texts, problems := content(t, ds)
			require.Len(t, texts, 1)
			assert.Regexp(t, `^a.jpg#0 \s*one, two a.jpg$`, texts[0])
			if name == "comma" {
				same(t, []string{"c.webp: line 3 has 3 columns, but the header has 2: a cell that contains the separator needs quotes"}, problems)
			}
		})
	}
}

func TestWhere(t *testing.T) {
	rows := "path,caption,split,n\na.jpg,one,train,1\nc.webp,two,test,2.0\nsub/b.png,three,val,2\n"
	lines := "{\"path\": \"a.jpg\", \"caption\": \"one\", \"split\": \"train\", \"n\": 1}\n{\"path\": \"c.webp\", \"caption\": \"two\", \"split\": \"test\", \"n\": 2}\n{\"path\": \"sub/b.png\", \"caption\": NaN, \"n\": 2.0}\n"
	for name, c := range map[string]struct {
		file, text string
		where      datasets.Where
		pictures   []string
		account    string
	}{
		"csv":     {"t.csv", rows, datasets.Where{"split": {"test"}}, []string{"c.webp "}, "3 rows: 1 used, 2 ignored (split is train 1, split is val 1)"},
		"several": {"t.csv", rows, datasets.Where{"split": {"test", "train"}, "n": {"2"}}, []string{"c.webp "}, "3 rows: 1 used, 2 ignored (n is 1 1, split is val 1)"},
		"jsonl":   {"t.jsonl", lines, datasets.Where{"split": {"test"}}, []string{"c.webp "}, "3 rows: 1 used, 2 ignored (split is train 1, split is empty 1)"},
		"numbers": {"t.jsonl", lines, datasets.Where{"n": {"2"}}, []string{"c.webp "}, "3 rows: 1 used, 1 ignored (n is 1 1), 1 refused"},
	} {
		t.Run(name, func(t *testing.T) {
			ds, err := openTable(t, c.file, c.text, layouts.TableOptions{Where: c.where})
			require.NoError(t, err)
			pictures, _, _ := content(t, ds)
			assert.Equal(t, c.pictures, pictures)
			assert.Equal(t, c.account, ds.Info().Account.String())
		})
	}
	_, err := openTable(t, "t.csv", rows, layouts.TableOptions{Where: datasets.Where{"part": {"x"}}})
	assert.ErrorContains(t, err, `where: no column "part": it has path, caption, split, n`)

	type line struct {
		Image hubImage `parquet:"image"`
		Text  string   `parquet:"caption"`
		Split int64    `parquet:"split"`
	}
	dir := tree(t, map[string]string{"0.parquet": writeParquet(t, []line{{hubImage{Bytes: []byte("A")}, "one", 0}, {hubImage{Bytes: []byte("B")}, "two", 1}}, 2)})
	ds, err := layouts.OpenHFParquet(t.Context(), layouts.HFParquetOptions{Files: filepath.Join(dir, "0.parquet"), Where: datasets.Where{"split": {"1"}}})
	require.NoError(t, err)
	defer ds.Close()
	_, texts, _ := content(t, ds)
	assert.Equal(t, []string{"0/000001#0 two 0/000001"}, texts)
	assert.Equal(t, "2 rows: 1 used, 1 ignored (split is 0 1)", ds.Info().Account.String())
}

// TestCocoAsPythonWritesIt: LVIS gives only COCO's URL for each picture, and json.dumps writes NaN and IDs that are floats.
func TestCocoAsPythonWritesIt(t *testing.T) {
	dir := three(t, map[string]string{"val2017/1.jpg": "x", "l.json": `{"images": [{"id": 1.0, "coco_url": "http://images.cocodataset.org/val2017/1.jpg", "area": NaN},
		{"id": 2, "coco_url": "http://images.cocodataset.org/train2017/a.jpg"}], "annotations": [{"image_id": 1, "category_id": 3.0, "score": -Infinity}, {"image_id": 2.0, "category_id": 3}],
		"categories": [{"id": 7, "name": "first"}, {"id": 7, "name": "unseen"}, {"id": 3, "name": "aerosol_can"}]}`})
	ds, err := layouts.OpenCoco(t.Context(), layouts.CocoOptions{Instances: filepath.Join(dir, "l.json"), Images: dir})
	require.NoError(t, err)
	defer ds.Close()
	pictures, _, problems := content(t, ds)
	assert.Equal(t, []string{"val2017/1.jpg aerosol_can", "train2017/a.jpg aerosol_can"}, pictures)
	assert.Empty(t, problems)
	assert.Equal(t, []string{"aerosol_can", "unseen"}, ds.Info().Classes, "by id, the last of one id")
	assert.Equal(t, "5 entries: 2 used, 2 merged, 1 overwritten (categories of one id 1)", ds.Info().Account.String())
	for im, err := range ds.Images(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, 1, im.Class)
		_, err := im.Read(t.Context())
		assert.NoError(t, err, im.Name)
	}
}

func TestSuspectTexts(t *testing.T) {
	ds, err := openTable(t, "t.jsonl", `{"path": "a.jpg", "caption": ["fine", "nan", "https://example.org/x.jpg", "['a', 'b']", "one\ntwo", "a\u0000b", "cafÃ©", "was nan once"]}
{"path": "c.webp", "caption": "ok", "label": ["7", "None", "seven"]}
{"path": "sub/b.png", "caption": "caf`+"\xe9"+`"}`, layouts.TableOptions{})
	require.NoError(t, err)
	_, _, problems := content(t, ds)
	same(t, []string{`sub/b.png: its text "caf`}, problems)
	counts := map[string]int{}
	for _, m := range ds.Info().Suspect {
		counts[m.What] = m.Count
		assert.NotEmpty(t, m.Example)
	}
	assert.Equal(t, map[string]int{
		"texts that mean \"nothing\"": 2, "texts that are a URL": 1, "texts that are a list in one string": 1, "captions of several lines": 1,
		"texts with NUL or other control characters": 1, "texts in a wrong encoding": 1, "labels that are a bare number": 1,
	}, counts)
	_, err = openTable(t, "t.csv", "\xff\xfep\x00a\x00", layouts.TableOptions{})
	assert.ErrorContains(t, err, "UTF-16: save it as UTF-8")
}
