package derived_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/derived"
)

func TestMake(t *testing.T) {
	read := func(string) ([]byte, error) { return []byte("aaaabbbbccccddddeeeeffff"), nil }
	for name, c := range map[string]struct {
		recipe derived.Recipe
		want   string
		err    string
	}{
		"pieces":      {derived.Recipe{Size: 9, Pieces: []derived.Piece{{Own: []byte("x")}, {From: "f", At: 6, Count: 8}}}, "xbbccccdd", ""},
		"transposed":  {derived.Recipe{Size: 24, Pieces: []derived.Piece{{From: "f", Count: 24, Columns: 2}}}, "aaaaddddbbbbeeeeccccffff", ""},
		"beyond":      {derived.Recipe{Pieces: []derived.Piece{{From: "f", At: 20, Count: 8}}}, "", "f has only 24 bytes: cannot read 8 bytes at position 20"},
		"negative":    {derived.Recipe{Pieces: []derived.Piece{{From: "f", At: -1, Count: 1}}}, "", "cannot read 1 bytes at position -1"},
		"no matrix":   {derived.Recipe{Pieces: []derived.Piece{{From: "f", Count: 24, Columns: 4}}}, "", "not a matrix of 4 columns"},
		"other sizes": {derived.Recipe{Size: 3}, "", "made 0 bytes, want 3"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.recipe.Make(read)
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, string(got))
		})
	}
}

func TestFS(t *testing.T) {
	files := fstest.MapFS{"m/a": {Data: []byte("abcdef")}, "m/there": {Data: []byte("x")}}
	recipes := fstest.MapFS{
		"m/b.json":     {Data: []byte(`{"size": 3, "pieces": [{"from": "a", "at": 1, "count": 3}]}`)},
		"m/there.json": {Data: []byte(`{"size": 9}`)},
	}
	made := derived.FS(files, recipes)
	require.NoError(t, fstest.TestFS(made, "m/a", "m/b", "m/there"))
	data, err := fs.ReadFile(made, "m/b")
	require.NoError(t, err)
	assert.Equal(t, "bcd", string(data))
	data, err = fs.ReadFile(made, "m/there")
	require.NoError(t, err)
	assert.Equal(t, "x", string(data), "what is there is not made")
	sub, err := fs.Sub(made, "m")
	require.NoError(t, err)
	data, err = fs.ReadFile(sub, "b")
	require.NoError(t, err)
	assert.Equal(t, "bcd", string(data))
	_, err = fs.ReadFile(made, "m/none")
	assert.ErrorIs(t, err, fs.ErrNotExist)

	recipes["m/bad.json"] = &fstest.MapFile{Data: []byte(`{"size": 3, "pieces": [{"from": "none"}]}`)}
	_, err = fs.ReadFile(made, "m/bad")
	assert.ErrorContains(t, err, "make m/bad")
}
