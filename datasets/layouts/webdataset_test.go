package layouts_test

import (
	"archive/tar"
	"bytes"
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

// tarOf makes an archive from alternating names and contents.
func tarOf(t testing.TB, entries ...string) string {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(entries); i += 2 {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: entries[i], Size: int64(len(entries[i+1])), Mode: 0o600}))
		_, err := w.Write([]byte(entries[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.String()
}

func openShards(t *testing.T, dir, shards string) datasets.Dataset {
	ds, err := layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: filepath.Join(dir, shards)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, ds.Close()) })
	return ds
}

func TestWebdataset(t *testing.T) {
	long := strings.Repeat("deep/", 30) // a name that needs a PAX header
	dir := tree(t, map[string]string{
		"a-008.tar": tarOf(t, "s0.jpg", "A", "s0.txt", "one\ntwo\n", "s0.npy", "x", "./sub/s1.x.PNG", "B", "sub/s1.json", `{"caption": "three", "width": 3}`),
		"a-009.tar": tarOf(t, "s0.txt", "first the text", "s0.json", `{"caption": "no"}`, "s0.webp", "C"),
		"a-010.tar": tarOf(t, long+"s0.jpg", "D", long+"s0.txt", "five"),
	})
	ds := openShards(t, dir, "a-{008..010}.tar")
	pictures, texts, problems := content(t, ds)
	assert.Equal(t, []string{"a-008/s0.jpg ", "a-008/sub/s1.x.PNG ", "a-009/s0.webp ", "a-010/" + long + "s0.jpg "}, pictures)
	assert.Equal(t, []string{
		"a-008/s0.jpg#0 one a-008/s0.jpg", "a-008/s0.jpg#1 two a-008/s0.jpg", "a-008/sub/s1.x.PNG#0 three a-008/sub/s1.x.PNG",
		"a-009/s0.webp#0 first the text a-009/s0.webp", "a-010/" + long + "s0.jpg#0 five a-010/" + long + "s0.jpg",
	}, texts)
	assert.Empty(t, problems)
	var bytes []string
	for _, im := range datasetstest.Images(t, ds) {
		data, err := im.Read(t.Context())
		require.NoError(t, err)
		bytes = append(bytes, string(data))
	}
	assert.Equal(t, []string{"A", "B", "C", "D"}, bytes)
	assert.Equal(t, filepath.Base(dir), ds.Info().Name)

	datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
		ds, err := layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: filepath.Join(dir, "a-*.tar"), Options: datasets.Options{Name: "n"}})
		require.NoError(t, err)
		return ds
	})
}

// TestWebdatasetClasses: CLIP_benchmark's layout for classification.
func TestWebdatasetClasses(t *testing.T) {
	dir := tree(t, map[string]string{
		"classnames.txt": "dog\r\ngold fish\n", "test/nshards.txt": "2\n",
		"test/0.tar": tarOf(t, "s0.cls", "1", "s0.webp", "A"), "test/1.tar": tarOf(t, "s1.cls", "0\n", "s1.webp", "B", "s2.cls", "2", "s2.webp", "C"),
	})
	pictures, texts, problems := content(t, openShards(t, dir, "test/{0,1}.tar"))
	assert.Equal(t, []string{"0/s0.webp gold fish", "1/s1.webp dog"}, pictures)
	assert.Equal(t, []string{"text/000000 a photo of a gold fish ", "text/000001 a photo of a dog "}, texts)
	same(t, []string{"1/s2.cls: " + filepath.Join(dir, "test/1.tar") + ": s2.cls: class 2 has no name: there are 2 names", "1/s2.webp: "}, problems)
	require.NoError(t, os.Remove(filepath.Join(dir, "classnames.txt")))
	pictures, _, _ = content(t, openShards(t, dir, "test/*.tar"))
	assert.Equal(t, []string{"0/s0.webp 1", "1/s1.webp 0", "1/s2.webp 2"}, pictures)
	_, err := layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: filepath.Join(dir, "test/*.tar"), Classes: "gone"})
	assert.ErrorContains(t, err, "classes: open gone")
}

// TestWebdatasetHostile: every hostile or broken entry is an error of its own, and the good pictures of all shards are read.
func TestWebdatasetHostile(t *testing.T) {
	var links bytes.Buffer
	w := tar.NewWriter(&links)
	for _, h := range []tar.Header{
		{Name: "l.jpg", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, {Name: "h.jpg", Typeflag: tar.TypeLink, Linkname: "../x"},
		{Name: "p.jpg", Typeflag: tar.TypeFifo}, {Name: "d/", Typeflag: tar.TypeDir}, {Name: "../up.jpg"}, {Name: "/abs.jpg"},
	} {
		require.NoError(t, w.WriteHeader(&h))
	}
	require.NoError(t, w.Close())
	var bomb bytes.Buffer
	w = tar.NewWriter(&bomb)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "bomb.jpg", Size: 1 << 40}))
	good := tarOf(t, "ok.jpg", "A", "ok.txt", "x")
	dir := tree(t, map[string]string{
		"0.tar": good, "1.tar": links.String(), "2.tar": bomb.String(),
		"3.tar":  tarOf(t, "s1.jpg", "A", "s1.txt", "x", "s2.jpg", strings.Repeat("B", 2000), "s2.txt", "x")[:5*512],
		"4.tar":  strings.Repeat("no tar", 1000),
		"5.tar":  tarOf(t, "a.jpg", "A", "b.txt", "x", "c.jpg", "C", "c.png", "D", "c.txt", strings.Repeat("x", 2<<20), "d.json", "[", "d.jpg", "D"),
		"6.tar/": "", "8.tar": good, "9.tar": "",
	})
	pictures, _, problems := content(t, openShards(t, dir, "{0..9}.tar"))
	assert.Equal(t, []string{"0/ok.jpg ", "3/s1.jpg ", "8/ok.jpg "}, pictures)
	var got []string
	for _, p := range problems {
		got = append(got, strings.ReplaceAll(p, dir+string(filepath.Separator), ""))
	}
	same(t, []string{
		"1/l.jpg: 1.tar: l.jpg: a link or another special entry", "1/h.jpg: 1.tar", "1/p.jpg: 1.tar", "up.jpg: 1.tar: ../up.jpg: the path", "1/abs.jpg: 1.tar: /abs.jpg: the path",
		"2/bomb.jpg: 2.tar: bomb.jpg: cut short: it has 1099511627776 bytes, but only 0 are in the file", "2: 2.tar is cut short after the entry \"bomb.jpg\"",
		"3/s2.jpg: 3.tar: s2.jpg: cut short: it has 2000 bytes, but only 0 are in the file", "3: 3.tar is cut short", "4: 4.tar: after the entry \"\": archive/tar: invalid tar header",
		"5/a.jpg: 5.tar: a.jpg: neither captions nor a class", "5/b: 5.tar: b: a sample without a picture", "5/c.png: 5.tar: c.png: a second picture",
		"5/c.txt: 5.tar: c.txt: 2097152 bytes of text", "5/c.jpg: 5.tar: c.jpg: neither", "5/d.json: 5.tar: d.json: unexpected end", "5/d.jpg: 5.tar: d.jpg: neither",
		"6: 6.tar is not a file", "7: open 7.tar",
	}, got)
}

// TestWebdatasetHuge: a picture over the limit is refused even if it exists, here as a sparse file.
func TestWebdatasetHuge(t *testing.T) {
	dir := tree(t, map[string]string{"0.tar": tarOf(t, "ok.jpg", "A", "ok.txt", "x")})
	var head bytes.Buffer
	require.NoError(t, tar.NewWriter(&head).WriteHeader(&tar.Header{Name: "huge.jpg", Size: 256<<20 + 1}))
	file := filepath.Join(dir, "1.tar")
	require.NoError(t, os.WriteFile(file, head.Bytes(), 0o644))
	require.NoError(t, os.Truncate(file, 257<<20))
	pictures, _, problems := content(t, openShards(t, dir, "*.tar"))
	assert.Equal(t, []string{"0/ok.jpg "}, pictures)
	same(t, []string{"1/huge.jpg: " + file + ": huge.jpg: 268435457 bytes, over the limit"}, problems)
}

func TestWebdatasetPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		"a{0..": "has a { without a }", "a{{0}}": "has a { without a }", "{9..1}": "want a range", "{a..b}": "want a range", "{0..99999999}": "more than 100000 files",
		"{0..999}{0..999}": "more than 100000 files", "gone-*.tar": "matches no file", "{a,a}.tar": "twice", "[*": "syntax error",
	} {
		_, err := layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: pattern})
		assert.ErrorContains(t, err, want, pattern)
	}
}

// TestWebdatasetClassThatIsNone: with a list of names, a class is a number or a name. Any other class costs only its own picture.
func TestWebdatasetClassThatIsNone(t *testing.T) {
	dir := tree(t, map[string]string{"classnames.txt": "dog\ncat", "0.tar": tarOf(t, "a.jpg", "A", "a.cls", "cat", "b.jpg", "B", "b.cls", "fox", "c.jpg", "C", "c.cls", "0")})
	ds, err := layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: filepath.Join(dir, "0.tar")})
	require.NoError(t, err)
	defer ds.Close()
	pictures, _, problems := content(t, ds)
	assert.Equal(t, []string{"0/a.jpg cat", "0/c.jpg dog"}, pictures)
	require.Len(t, problems, 2)
	assert.Contains(t, problems[0], `class "fox" is neither a number nor one of the 2 names`)
}
