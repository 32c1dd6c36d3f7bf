package layouts_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// tree writes files into a new folder. A name that ends in / is a folder.
func tree(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, content := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if name[len(name)-1] == '/' {
			require.NoError(t, os.MkdirAll(at, 0o755))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o755))
		require.NoError(t, os.WriteFile(at, []byte(content), 0o644))
	}
	return dir
}

func openFolder(t *testing.T, dir string, o datasets.Options) datasets.Dataset {
	ds, err := layouts.OpenFolder(t.Context(), dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, ds.Close()) })
	return ds
}

func animals(t *testing.T) string {
	return tree(t, map[string]string{
		"hot_dog/2.JPG": "a", "hot_dog/10.png": "b", "hot_dog/more/x.webp": "c", "hot_dog/notes.txt": "n", "hot_dog/.hidden.jpg": "h",
		"ape+red-ball/1.jpeg": "d", "red-ball+ape/1.jpeg": "e", "empty/": "", ".git/x.jpg": "g", "loose.jpg": "l",
	})
}

func TestFolder(t *testing.T) {
	dir := animals(t)
	datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
		ds, err := layouts.OpenFolder(t.Context(), dir, datasets.Options{Name: "mine"})
		require.NoError(t, err)
		return ds
	})
}

func TestFolderContent(t *testing.T) {
	ds := openFolder(t, animals(t), datasets.Options{})
	var ids []string
	labels := map[string][]string{}
	for _, im := range datasetstest.Images(t, ds) {
		ids = append(ids, im.ID)
		labels[im.ID] = im.Labels
	}
	assert.Equal(t, []string{"ape+red-ball/1.jpeg", "hot_dog/10.png", "hot_dog/2.JPG", "hot_dog/more/x.webp", "red-ball+ape/1.jpeg"}, ids)
	assert.Equal(t, []string{"ape", "red ball"}, labels["ape+red-ball/1.jpeg"])
	var texts []string
	for _, text := range datasetstest.Texts(t, ds) {
		texts = append(texts, text.Text)
	}
	assert.Equal(t, []string{"a photo of an ape and a red ball", "a photo of a hot dog"}, texts)
	assert.Equal(t, "", ds.Info().Arity, "one and two labels")
}

func TestFolderTemplate(t *testing.T) {
	dir := tree(t, map[string]string{"ape+ball+cat/1.jpg": "a"})
	ds := openFolder(t, dir, datasets.Options{Template: "a sketch of {}."})
	assert.Equal(t, "a sketch of ape, ball and cat.", datasetstest.Texts(t, ds)[0].Text)
	assert.Equal(t, "triple", ds.Info().Arity)
	assert.Equal(t, filepath.Base(dir), ds.Info().Name)
}

func TestFolderHash(t *testing.T) {
	hash := func(files map[string]string) string {
		return openFolder(t, tree(t, files), datasets.Options{}).Info().Hash
	}
	base := hash(map[string]string{"a/1.jpg": "x", "b/1.jpg": "y"})
	assert.Equal(t, base, hash(map[string]string{"a/1.jpg": "x", "b/1.jpg": "y", "b/readme": "z"}))
	assert.NotEqual(t, base, hash(map[string]string{"a/1.jpg": "x", "b/1.jpg": "z"}), "content")
	assert.NotEqual(t, base, hash(map[string]string{"a/1.jpg": "x", "b/2.jpg": "y"}), "a name")
	assert.NotEqual(t, base, hash(map[string]string{"a/1.jpg": "x", "c/1.jpg": "y"}), "a label")
}

func TestFolderErrors(t *testing.T) {
	for name, c := range map[string]struct {
		files    map[string]string
		template string
		want     string
	}{
		"no labels":   {files: map[string]string{"1.jpg": "a"}, want: filepath.Join("dog", "1.jpg")},
		"no pictures": {files: map[string]string{"dog/readme.txt": "a"}, want: "no pictures"},
		"no name":     {files: map[string]string{"+/1.jpg": "a"}, want: `"+" is not a label`},
		"template":    {files: map[string]string{"dog/1.jpg": "a"}, template: "a dog", want: "has no {}"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, c.files)
			_, err := layouts.OpenFolder(t.Context(), dir, datasets.Options{Template: c.template})
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, dir)
		})
	}
	gone := filepath.Join(t.TempDir(), "gone")
	_, err := layouts.OpenFolder(t.Context(), gone, datasets.Options{})
	assert.ErrorContains(t, err, gone)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// TestFolderLinks: a link may point inside the folder. One that leads out of it is refused unless links are followed.
func TestFolderLinks(t *testing.T) {
	dir := tree(t, map[string]string{"dog/1.jpg": "a", "cat/1.jpg": "b"})
	outside := tree(t, map[string]string{"secret.jpg": "s"})
	require.NoError(t, os.Symlink("../cat/1.jpg", filepath.Join(dir, "dog", "2.jpg")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.jpg"), filepath.Join(dir, "dog", "3.jpg")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "mouse")))
	require.NoError(t, os.Symlink("../dog", filepath.Join(dir, "dog", "loop")))
	ds := openFolder(t, dir, datasets.Options{})
	pictures, _, problems := content(t, ds)
	assert.Equal(t, []string{"cat/1.jpg cat", "dog/1.jpg dog", "dog/2.jpg dog"}, pictures)
	same(t, []string{"dog/3.jpg: a link that leads out of the folder: `links: follow`", "dog/loop: a link to a folder: `links", "mouse: a link that leads out"}, problems)
	assert.Equal(t, "6 files: 3 used, 3 refused", ds.Info().Account.String())

	ds = openFolder(t, dir, datasets.Options{Links: true})
	pictures, _, problems = content(t, ds)
	assert.Equal(t, []string{"cat/1.jpg cat", "dog/1.jpg dog", "dog/2.jpg dog", "dog/3.jpg dog", "mouse/secret.jpg mouse"}, pictures)
	same(t, []string{"dog/loop: a link to a folder that contains it"}, problems)
	for im, err := range ds.Images(t.Context()) {
		if want := map[string]string{"dog/2.jpg": "b", "dog/3.jpg": "s"}[im.ID]; err == nil && want != "" {
			data, err := im.Read(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, string(data))
		}
	}
}

func TestRelevant(t *testing.T) {
	im := datasets.Image{ID: "7", Labels: []string{"dog", "ball"}}
	for name, c := range map[string]struct {
		text datasets.Text
		want bool
	}{
		"all":     {datasets.Text{Labels: []string{"ball", "dog"}}, true},
		"part":    {datasets.Text{Labels: []string{"ball"}}, true},
		"other":   {datasets.Text{Labels: []string{"ball", "cat"}}, false},
		"listed":  {datasets.Text{Images: []string{"7"}}, true},
		"neither": {datasets.Text{Images: []string{"8"}}, false},
	} {
		assert.Equal(t, c.want, datasets.Relevant(c.text, im), name)
	}
}

func TestQuery(t *testing.T) {
	fox, owl, jeans := datasets.Label{Name: "fox", Article: "a"}, datasets.Label{Name: "owl", Article: "an"}, datasets.Label{Name: "jeans"}
	assert.Equal(t, "a photo of a fox", datasets.Query(fox))
	assert.Equal(t, "a photo of a fox and an owl", datasets.Query(fox, owl))
	assert.Equal(t, "a photo of jeans, a fox and an owl", datasets.Query(jeans, fox, owl))
}
