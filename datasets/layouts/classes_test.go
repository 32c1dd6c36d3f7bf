package layouts

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
)

func TestReadClasses(t *testing.T) {
	dir := t.TempDir()
	names, err := readClasses("", dir)
	require.NoError(t, err)
	assert.Nil(t, names)
	for content, want := range map[string]string{"\ufeffa\r\nhot dog \na\n": "", "a\n\nb": "line 2 is empty", "caf\xe9\nb": "not UTF-8"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "classnames.txt"), []byte(content), 0o600))
		names, err := readClasses("", t.TempDir(), dir)
		if want != "" {
			assert.ErrorContains(t, err, want)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "hot dog", "a"}, names, "two may share a name")
	}
	_, err = readClasses(filepath.Join(dir, "gone"))
	assert.Error(t, err)
}

// TestFeatures: the names of a ClassLabel are found at any depth of the hub's metadata, in both ways of writing lists.
func TestFeatures(t *testing.T) {
	label := `{"names": ["a", "b"], "_type": "ClassLabel"}`
	got := parseFeatures(`{"info": {"features": {
		"image": {"_type": "Image"}, "plain": ` + label + `, "list": {"feature": ` + label + `, "length": -1, "_type": "Sequence"},
		"objects": {"feature": {"category": ` + label + `, "id": {"dtype": "int64", "_type": "Value"}}, "_type": "List"},
		"old": [{"category": ` + label + `}], "deep": {"x": {"y": [` + label + `]}}, "thumb": {"small": {"_type": "Image"}}}}}`)
	for _, name := range []string{"plain", "list", "objects.category", "old.category", "deep.x.y"} {
		assert.Equal(t, []string{"a", "b"}, got[name].Names, name)
	}
	assert.Equal(t, []string{"image"}, pictureFeatures(got))
	assert.Empty(t, parseFeatures("no json"))
}

// TestHashCoversClasses: another name, an additional class, or another order makes another set, even if no picture has the class. Hash of the whole set
// equals that in Info.
func TestHashCoversClasses(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"dog/1.jpg", "cat/2.jpg"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
	table, names := filepath.Join(dir, "t.jsonl"), filepath.Join(dir, "n.txt")
	require.NoError(t, os.WriteFile(table, []byte("{\"path\": \"dog/1.jpg\", \"label\": 0}\n{\"path\": \"cat/2.jpg\", \"label\": 1}\n"), 0o600))
	seen := map[string]string{}
	for _, list := range []string{"dog\ncat", "dog\ncat\nfox", "dog\ncat\nowl", "dog\ndog", "cat\ndog"} {
		require.NoError(t, os.WriteFile(names, []byte(list), 0o600))
		ds, err := OpenTable(t.Context(), table, TableOptions{Classes: names})
		require.NoError(t, err)
		hash, err := datasets.Hash(t.Context(), ds)
		require.NoError(t, err)
		assert.Equal(t, ds.Info().Hash, hash)
		assert.NotContains(t, seen, hash, "%q is not %q", list, seen[hash])
		seen[hash] = list
		require.NoError(t, ds.Close())
	}
}
