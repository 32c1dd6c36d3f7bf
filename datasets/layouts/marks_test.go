package layouts_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// TestTableBehindByteOrderMark: a byte order mark is not part of the first column's name, quoted or not.
func TestTableBehindByteOrderMark(t *testing.T) {
	for file, text := range map[string]string{
		"q.csv":   "\ufeff\"path\",\"caption\"\na.jpg,one\n",
		"p.csv":   "\ufeffpath,caption\na.jpg,one\n",
		"l.jsonl": "\ufeff{\"path\": \"a.jpg\", \"caption\": \"one\"}\n",
	} {
		ds, err := openTable(t, file, text, layouts.TableOptions{})
		require.NoError(t, err, file)
		_, texts, problems := content(t, ds)
		assert.Equal(t, []string{"a.jpg#0 one a.jpg"}, texts, file)
		assert.Empty(t, problems, file)
	}
}

// TestTableTwoColumnsOfOneName: CSV readers differ in which of two columns with the same name they use.
func TestTableTwoColumnsOfOneName(t *testing.T) {
	_, err := openTable(t, "t.csv", "path,caption,caption\na.jpg,one,two\n", layouts.TableOptions{})
	assert.ErrorContains(t, err, `two columns in the header are called "caption"`)
	ds, err := openTable(t, "t.csv", "path,caption,x,x\na.jpg,one,1,2\n", layouts.TableOptions{})
	require.NoError(t, err)
	_, texts, _ := content(t, ds)
	assert.Equal(t, []string{"a.jpg#0 one a.jpg"}, texts)
}

func TestCaptionsInCapitals(t *testing.T) {
	dir := three(t, map[string]string{"a.TXT": "one", "c.txt": "two", "sub/b.TXT": "three"})
	ds, err := layouts.OpenCaptions(t.Context(), dir, datasets.Options{})
	require.NoError(t, err)
	defer ds.Close()
	_, texts, problems := content(t, ds)
	assert.Equal(t, []string{"a.jpg#0 one a.jpg", "c.webp#0 two c.webp", "sub/b.png#0 three sub/b.png"}, texts)
	assert.Empty(t, problems)
}

func TestCocoFileAsAWhole(t *testing.T) {
	const good = `{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "one"}]}`
	for name, c := range map[string]struct{ text, err string }{
		"mark":          {"\ufeff" + good, ""},
		"space behind":  {good + " \n", ""},
		"text behind":   {good + " trailing", "text follows the end of the JSON object"},
		"object behind": {good + good, "text follows the end of the JSON object"},
		"UTF-16":        {"\xff\xfe" + strings.Join(strings.Split(good, ""), "\x00") + "\x00", "it is UTF-16: save it as UTF-8"},
		"UTF-16BE":      {"\x00" + strings.Join(strings.Split(good, ""), "\x00"), "it is UTF-16: save it as UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := three(t, map[string]string{"c.json": c.text})
			ds, err := layouts.OpenCoco(t.Context(), layouts.CocoOptions{Captions: filepath.Join(dir, "c.json"), Images: dir})
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			defer ds.Close()
			_, texts, _ := content(t, ds)
			assert.Equal(t, []string{"a.jpg#0 one a.jpg"}, texts)
		})
	}
}

func TestCocoCategoryWithoutName(t *testing.T) {
	dir := three(t, map[string]string{"i.json": `{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "c.webp"}],
		"categories": [{"id": 5, "name": NaN}, {"id": 6, "name": "fox"}], "annotations": [{"image_id": 1, "category_id": 5}, {"image_id": 2, "category_id": 6}]}`})
	ds, err := layouts.OpenCoco(t.Context(), layouts.CocoOptions{Instances: filepath.Join(dir, "i.json"), Images: dir})
	require.NoError(t, err)
	defer ds.Close()
	_, _, problems := content(t, ds)
	same(t, []string{"image_id 1: the category 5 has no name"}, problems)
}
