package precomputed

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// saved is a .npy file of some header and values.
func saved(version byte, header string, values ...any) []byte {
	out := []byte{0x93, 'N', 'U', 'M', 'P', 'Y', version, 0}
	if version == 1 {
		out = binary.LittleEndian.AppendUint16(out, uint16(len(header)))
	} else {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	}
	b := bytes.NewBuffer(append(out, header...))
	for _, v := range values {
		_ = binary.Write(b, binary.LittleEndian, v)
	}
	return b.Bytes()
}

func TestNPY(t *testing.T) {
	const f4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n"
	for name, c := range map[string]struct {
		data []byte
		want []float32
		err  string
	}{
		"float32":        {saved(1, f4, []float32{1, 2, 3, -4}), []float32{1, 2, 3, -4}, ""},
		"format 2":       {saved(2, f4, []float32{1, 2, 3, -4}), []float32{1, 2, 3, -4}, ""},
		"float64":        {saved(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}", []float64{1.5, 2}), []float32{1.5, 2}, ""},
		"float16":        {saved(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 5)}", []uint16{0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000}), []float32{1, -2, 0x1p-24, 65504, 0}, ""},
		"none":           {saved(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)}"), []float32{}, ""},
		"cut short":      {saved(1, f4, []float32{1, 2, 3}), nil, "cut short"},
		"a byte more":    {append(saved(1, f4, []float32{1, 2, 3, 4}), 0), nil, "is the file cut short?"},
		"huge":           {saved(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 512)}"), nil, "cut short"},
		"beyond numbers": {saved(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999, 99999999)}"), nil, "shape"},
		"Fortran":        {saved(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1)}", float32(1)), nil, "Fortran"},
		"integers":       {saved(1, "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1)}", int64(1)), nil, "type <i8"},
		"big-endian":     {saved(1, "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1)}", int32(1)), nil, "type >f4"},
		"one dimension":  {saved(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", [4]float32{}), nil, "two dimensions"},
		"NaN":            {saved(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}", float32(math.NaN())), nil, "not finite"},
		"objects":        {saved(1, "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1)}"), nil, "want descr"},
		"no header":      {[]byte("\x93NUMPY\x01\x00\xff\xff"), nil, "EOF"},
		"not numpy":      {[]byte("PK\x03\x04 and more"), nil, "not a .npy"},
		"empty":          {nil, nil, "EOF"},
	} {
		m, err := parseNPY(bytes.NewReader(c.data), int64(len(c.data)))
		if c.err != "" {
			assert.ErrorContains(t, err, c.err, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, c.want, m.data, name)
	}
}

func FuzzNPY(f *testing.F) {
	f.Add(saved(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }\n", []uint16{1, 2}))
	f.Add(saved(3, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", 1.5))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseNPY(bytes.NewReader(data), int64(len(data)))
		if err == nil && len(m.data) != m.n*m.dim {
			t.Fatal("rows of another length")
		}
	})
}

func TestFind(t *testing.T) {
	images := newTable(false)
	require.NoError(t, images.add(matrix{n: 3, dim: 1, data: []float32{1, 2, 3}}, []string{"/data/a/1.jpg", "/data/b/1.jpg", "/data/b/2.jpg"}, "x"))
	find := func(ids ...string) float32 {
		row, ok := images.Find(ids...)
		if !ok {
			return 0
		}
		return row[0]
	}
	assert.EqualValues(t, 1, find("/data/a/1.jpg"))
	assert.EqualValues(t, 3, find("0/2.jpg"), "by its name")
	assert.EqualValues(t, 3, find("nothing", "2.png"), "by its stem")
	assert.EqualValues(t, 0, find("1.jpg"), "two rows have it")
	assert.ErrorContains(t, images.add(matrix{n: 1, dim: 1}, nil, "x"), "1 embeddings, but 0 ids")
	assert.ErrorContains(t, images.add(matrix{n: 0, dim: 2}, nil, "x"), "embeddings have 2 values")
	texts := newTable(true)
	require.NoError(t, texts.add(matrix{n: 2, dim: 1, data: []float32{1, 2}}, []string{"a/b.c", "b"}, "x"))
	_, ok := texts.Find("b.c")
	assert.False(t, ok, "a text is no path")
}

// row is a picture with its caption.
type row struct {
	Path    string    `json:"path"`
	Caption string    `json:"caption"`
	Image   []float32 `json:"image"`
	Text    []float32 `json:"text"`
}

func TestLayouts(t *testing.T) {
	uv, dir := testenv.UV(t), t.TempDir()
	var in bytes.Buffer
	var rows []row
	for i := range 5 {
		r := row{fmt.Sprintf("/far/%d.jpg", i), fmt.Sprintf("caption %d, “ü”", i), []float32{float32(i), 1}, []float32{2, float32(i)}}
		line, err := json.Marshal(r)
		require.NoError(t, err)
		in.Write(append(line, '\n'))
		rows = append(rows, r)
	}
	cmd := exec.CommandContext(t.Context(), uv, "run", "-q", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "clip_retrieval_files.py"), dir)
	cmd.Stdin = &in
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, place := range []string{dir, filepath.Join(dir, "plain"), filepath.Dir(dir)} {
		name := "set"
		if place == filepath.Dir(dir) {
			name = filepath.Base(dir) // a folder of the dataset's name
		}
		tables, err := Open(place, name)
		require.NoError(t, err)
		for _, r := range rows {
			image, ok := tables.Image.Find(filepath.Base(r.Path))
			require.True(t, ok)
			assert.Equal(t, r.Image, image)
			text, ok := tables.Text.Find(r.Caption)
			require.True(t, ok)
			assert.Equal(t, r.Text, text)
		}
		sum, err := tables.SHA256()
		require.NoError(t, err)
		assert.Len(t, sum, 64)
	}
	require.NoError(t, os.Truncate(filepath.Join(dir, "img_emb", "img_emb_1.npy"), 130))
	_, err = Open(dir, "set")
	assert.ErrorContains(t, err, "img_emb_1.npy: ")
	require.NoError(t, os.Remove(filepath.Join(dir, "img_emb", "img_emb_1.npy")))
	_, err = Open(dir, "set")
	assert.ErrorContains(t, err, "1 files of pictures, 2 of texts and 2 of metadata")
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir, "set")
	assert.ErrorContains(t, err, "has none of dataset set: want a run's")
	_, err = Open(filepath.Join(dir, "gone"), "set")
	assert.ErrorContains(t, err, "name the folder")
	require.NoError(t, store.Write(filepath.Join(dir, "set.image.parquet"), []store.Embedding{{ID: "a", Embedding: []float32{1}}, {ID: "b", Embedding: []float32{1, 2}}}))
	require.NoError(t, store.Write(filepath.Join(dir, "set.text.parquet"), []store.Embedding{{ID: "a", Embedding: []float32{1}}}))
	_, err = Open(dir, "set")
	assert.ErrorContains(t, err, "the embedding of b has 2 values, but the first has 1")
}
