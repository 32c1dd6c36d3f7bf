package layouts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// three makes a folder with three pictures and the given files.
func three(t *testing.T, files map[string]string) string {
	all := map[string]string{"a.jpg": "A", "sub/b.png": "B", "c.webp": "C"}
	for name, content := range files {
		all[name] = content
	}
	return tree(t, all)
}

// content describes a set in words. problems are its errors, one per item.
func content(t *testing.T, ds datasets.Dataset) (pictures, texts, problems []string) {
	t.Helper()
	for im, err := range ds.Images(t.Context()) {
		if err != nil {
			problems = append(problems, im.Name+": "+err.Error())
			continue
		}
		pictures = append(pictures, im.Name+" "+strings.Join(im.Labels, "|"))
	}
	for _, text := range datasetstest.Texts(t, ds) {
		texts = append(texts, fmt.Sprintf("%s %s %s", text.ID, text.Text, strings.Join(text.Images, "|")))
	}
	assert.Len(t, pictures, ds.Info().Images)
	assert.Len(t, texts, ds.Info().Texts)
	return pictures, texts, problems
}

func openTable(t *testing.T, name, table string, o layouts.TableOptions) (datasets.Dataset, error) {
	ds, err := layouts.OpenTable(t.Context(), filepath.Join(three(t, map[string]string{name: table}), name), o)
	if err == nil {
		t.Cleanup(func() { assert.NoError(t, ds.Close()) })
	}
	return ds, err
}

var tables = map[string]struct {
	file, table             string
	columns                 layouts.Columns
	pictures, texts, errors []string
}{
	"labels": {
		"t.csv", "path,labels\nsub/b.png,dog|ball\na.jpg,\"[\"\"fox\"\"]\"\n", layouts.Columns{},
		[]string{"sub/b.png dog|ball", "a.jpg fox"},
		[]string{"text/000000 a photo of a dog and a ball ", "text/000001 a photo of a fox "}, nil,
	},
	"captions over several rows": {
		"t.tsv", "\ufefftitle\tfilepath\r\none\ta.jpg\r\ntwo, \"quoted\"\tc.webp\r\nthree\t./a.jpg\r\n", layouts.Columns{},
		[]string{"a.jpg ", "c.webp "},
		[]string{"a.jpg#0 one a.jpg", "a.jpg#1 three a.jpg", "c.webp#0 two, \"quoted\" c.webp"}, nil,
	},
	"named columns": {
		"t.csv", "x,path,y\na.jpg,wrong,cat\n", layouts.Columns{Path: "x", Labels: "y"},
		[]string{"a.jpg cat"}, []string{"text/000000 a photo of a cat "}, nil,
	},
	"json lines": {
		"t.jsonl", "{\"file_name\": \"a.jpg\", \"text\": [\"x\", \"y\"]}\n\n{\"file_name\": \"c.webp\", \"label\": 3}\n", layouts.Columns{},
		[]string{"a.jpg ", "c.webp 3"}, []string{"a.jpg#0 x a.jpg", "a.jpg#1 y a.jpg"}, nil,
	},
	"hostile rows": {
		"t.csv", "path,caption\n../x.jpg,a\n/etc/passwd,a\na.jpg,good\n,a\nc.webp, \nsub/b.png\n\"a\x00b\",x\n", layouts.Columns{},
		[]string{"a.jpg "}, []string{"a.jpg#0 good a.jpg"},
		[]string{"../x.jpg: the path", "/etc/passwd: the path", "line 5: the path of the picture is empty", "c.webp: line 6 has neither", "sub/b.png: line 7 has 1 columns, but the header has 2", "a\x00b: the path"},
	},
	"hostile lines": {
		"t.ndjson", "{\"path\": \"a.jpg\", \"caption\": \"ok\"}\nno json\n{\"path\": [\"a\", \"b\"], \"caption\": 1}\n{\"path\": \"a.jpg\", \"caption\": {}}\n[1]\n" +
			"{\"path\": \"" + strings.Repeat("x", 2<<20) + "\"}\n{\"path\": \"c.webp\", \"caption\": \"last\"}", layouts.Columns{},
		[]string{"a.jpg ", "c.webp "}, []string{"a.jpg#0 ok a.jpg", "c.webp#0 last c.webp"},
		[]string{"line 2: invalid", "line 3: several paths", "line 4: \"caption\" is neither", "line 5: json", "line 6: the line is longer than 1 MiB"},
	},
}

func TestTable(t *testing.T) {
	for name, c := range tables {
		t.Run(name, func(t *testing.T) {
			ds, err := openTable(t, c.file, c.table, layouts.TableOptions{Columns: c.columns})
			require.NoError(t, err)
			pictures, texts, problems := content(t, ds)
			assert.Equal(t, c.pictures, pictures)
			assert.Equal(t, c.texts, texts)
			require.Len(t, problems, len(c.errors))
			for i, want := range c.errors {
				assert.True(t, strings.HasPrefix(problems[i], want), "%q, want %q", problems[i], want)
			}
		})
	}
}

func TestTableConforms(t *testing.T) {
	for _, name := range []string{"labels", "captions over several rows"} {
		dir := three(t, map[string]string{tables[name].file: tables[name].table})
		datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
			ds, err := layouts.OpenTable(t.Context(), filepath.Join(dir, tables[name].file), layouts.TableOptions{})
			require.NoError(t, err)
			return ds
		})
	}
}

func TestTableAbsolutePaths(t *testing.T) {
	dir := three(t, nil)
	table := tree(t, map[string]string{"t.csv": "path,label\n" + filepath.Join(dir, "sub", "b.png") + ",x\n"})
	ds, err := layouts.OpenTable(t.Context(), filepath.Join(table, "t.csv"), layouts.TableOptions{Images: dir, Options: datasets.Options{Template: "the {}"}})
	require.NoError(t, err)
	defer ds.Close()
	pictures, texts, _ := content(t, ds)
	assert.Equal(t, []string{"sub/b.png x"}, pictures)
	assert.Equal(t, []string{"text/000000 the x "}, texts)
}

func TestTableRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file, table string
		o           layouts.TableOptions
		want        string
	}{
		"extension":       {"t.xls", "x", layouts.TableOptions{}, `".xls": want .csv`},
		"empty":           {"t.csv", "", layouts.TableOptions{}, "header: EOF"},
		"no paths":        {"t.csv", "a,label\n", layouts.TableOptions{}, "the header has no column of paths (a, label)"},
		"no labels":       {"t.csv", "path,a\n", layouts.TableOptions{}, "no column of labels or captions"},
		"unknown column":  {"t.csv", "path,a\n", layouts.TableOptions{Columns: layouts.Columns{Path: "b"}}, `no column "b" in the header (path, a)`},
		"nothing in it":   {"t.csv", "path,label\n", layouts.TableOptions{}, "it has no pictures"},
		"nothing good":    {"t.csv", "path,label\n../x,a\n", layouts.TableOptions{}, "../x: the path"},
		"template":        {"t.csv", "path,label\na.jpg,a\n", layouts.TableOptions{Options: datasets.Options{Template: "x"}}, "no {}"},
		"one endless row": {"t.csv", "path,label\n\"" + strings.Repeat("x", 5<<20), layouts.TableOptions{}, "line 2: a quote is not closed"},
		"no folder":       {"t.csv", "path,label\n", layouts.TableOptions{Images: "gone"}, "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openTable(t, c.file, c.table, c.o)
			assert.ErrorContains(t, err, c.want)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := layouts.OpenTable(ctx, filepath.Join(three(t, map[string]string{"t.csv": tables["labels"].table}), "t.csv"), layouts.TableOptions{})
	assert.ErrorIs(t, err, context.Canceled)
}

// TestTableManyLabels: hardly any other picture has four labels, so each label gets its own query.
func TestTableManyLabels(t *testing.T) {
	ds, err := openTable(t, "t.csv", "path,labels\na.jpg,a|b|c|d\nc.webp,c\n", layouts.TableOptions{})
	require.NoError(t, err)
	_, texts, _ := content(t, ds)
	assert.Equal(t, []string{"text/000000/0 a photo of an a ", "text/000000/1 a photo of a b ", "text/000000/2 a photo of a c ", "text/000000/3 a photo of a d "}, texts)
	assert.Empty(t, ds.Info().Arity)
}

func TestTableBlankCaptions(t *testing.T) {
	ds, err := openTable(t, "t.csv", "path,caption\na.jpg,\"[\"\"x\"\", \"\" \"\"]\"\na.jpg,y\n", layouts.TableOptions{})
	require.NoError(t, err)
	assert.Equal(t, 2, ds.Info().Texts)
	assert.Equal(t, 1, ds.Info().Blank)
}

// TestTableUnreadable: files are read only when needed. A missing file, a link that leads out of the folder, or a folder fails alone.
func TestTableUnreadable(t *testing.T) {
	dir := three(t, map[string]string{"t.csv": "path,label\ngone.jpg,x\nsub,x\na.jpg,x\nhuge.jpg,x\n", "huge.jpg": ""})
	require.NoError(t, os.Truncate(filepath.Join(dir, "huge.jpg"), 256<<20+1)) // a sparse file, which takes no space
	ds, err := layouts.OpenTable(t.Context(), filepath.Join(dir, "t.csv"), layouts.TableOptions{})
	require.NoError(t, err)
	defer ds.Close()
	all := datasetstest.Images(t, ds)
	require.Len(t, all, 4)
	_, err = all[3].Read(t.Context())
	assert.ErrorContains(t, err, "huge.jpg has 268435457 bytes, over the limit")
	_, err = all[0].Read(t.Context())
	assert.ErrorContains(t, err, "gone.jpg")
	_, err = all[1].Read(t.Context())
	assert.ErrorContains(t, err, "sub is not a file")
	data, err := all[2].Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "A", string(data))
}

func TestCaptions(t *testing.T) {
	files := map[string]string{
		"a.txt": "\ufeffone\r\n\r\n two \n", "sub/b.txt": "three", "c.txt": "\n\n", "d.jpg": "D", "notes.txt": "n",
		".e.jpg": "E", ".git/f.jpg": "F", "g.jpg": "G", "g.txt": strings.Repeat("x", 2<<20),
	}
	dir := three(t, files)
	ds, err := layouts.OpenCaptions(t.Context(), dir, datasets.Options{})
	require.NoError(t, err)
	defer ds.Close()
	pictures, texts, problems := content(t, ds)
	assert.Equal(t, []string{"a.jpg ", "sub/b.png "}, pictures)
	assert.Equal(t, []string{"a.jpg#0 one a.jpg", "a.jpg#1 two a.jpg", "sub/b.png#0 three sub/b.png"}, texts)
	assert.Equal(t, []string{
		"c.webp: no captions: write some into c.txt, a line each", "d.jpg: no captions: write some into d.txt, a line each",
		"g.jpg: captions: g.txt is not a text file of at most 1 MiB",
	}, problems)
	assert.Equal(t, filepath.Base(dir), ds.Info().Name)

	good := three(t, map[string]string{"a.txt": "x", "sub/b.txt": "y", "c.txt": "z"})
	datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
		ds, err := layouts.OpenCaptions(t.Context(), good, datasets.Options{Name: "n"})
		require.NoError(t, err)
		return ds
	})
	_, err = layouts.OpenCaptions(t.Context(), tree(t, map[string]string{"a.jpg": "x"}), datasets.Options{})
	assert.ErrorContains(t, err, "a.jpg: no captions: write some into a.txt")
	_, err = layouts.OpenCaptions(t.Context(), filepath.Join(good, "gone"), datasets.Options{})
	assert.ErrorContains(t, err, "gone")
}
