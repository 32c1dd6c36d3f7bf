package layouts

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadClasses(t *testing.T) {
	dir := t.TempDir()
	names, err := readClasses("", dir)
	require.NoError(t, err)
	assert.Nil(t, names)
	for content, want := range map[string]string{"\ufeffa\r\nhot dog \na\n": "", "a\n\nb": "line 2 is empty", "caf\xe9\nb": "no UTF-8"} {
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

// A ClassLabel's names are found at any depth of the hub's metadata, in both ways that it writes lists.
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
