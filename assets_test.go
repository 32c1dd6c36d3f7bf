package fastclip_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/internal/derived"
)

var update = flag.Bool("update", false, "write the recipes of testdata/derived anew")

const mini = "testdata/models/mini"

// The files that the program makes are those of testdata/models, to the bit.
func TestDerivedModels(t *testing.T) {
	sources := map[string][]byte{}
	for _, name := range []string{"image.onnx", "text.onnx"} {
		data, err := os.ReadFile(filepath.Join(mini, name))
		require.NoError(t, err)
		sources[name] = data
	}
	models, err := fastclip.Models()
	require.NoError(t, err)
	for _, name := range []string{"image.optimised.onnx", "text.optimised.onnx", "model.safetensors"} {
		want, err := os.ReadFile(filepath.Join(mini, name))
		require.NoError(t, err)
		if *update {
			data, err := json.Marshal(recipeOf(t, want, sources))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join("testdata", "derived", "mini", name+derived.Suffix), append(data, '\n'), 0o644))
			continue // the program has them when it is built again
		}
		got, err := fs.ReadFile(models, "mini/"+name)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), "%s is another file: go test . -run Derived -update", name)
	}
}

// recipeOf looks for a file's tensors in the sources, as they are and transposed, and then for all
// that is left in runs.
func recipeOf(t *testing.T, file []byte, sources map[string][]byte) derived.Recipe {
	r := derived.Recipe{Size: int64(len(file))}
	done := 0
	for _, m := range matrices(t, file) {
		for _, name := range slices.Sorted(maps.Keys(sources)) {
			at := bytes.Index(sources[name], m.transposed())
			if at >= 0 {
				r.Pieces = append(r.Pieces, runs(file[done:m.at], sources)...)
				r.Pieces = append(r.Pieces, derived.Piece{From: name, At: at, Count: len(m.data), Columns: m.columns})
				done = m.at + len(m.data)
				break
			}
		}
	}
	r.Pieces = append(r.Pieces, runs(file[done:], sources)...)
	return r
}

type matrix struct {
	at, columns int
	data        []byte
}

func (m matrix) transposed() []byte {
	rows := len(m.data) / 4 / m.columns
	out := make([]byte, len(m.data))
	for i := range rows * m.columns {
		copy(out[4*(i%m.columns*rows+i/m.columns):], m.data[4*i:4*i+4])
	}
	return out
}

// matrices are those of a safetensors file, in the order of their places; those that attention has for query,
// key and value in one are three.
func matrices(t *testing.T, file []byte) (out []matrix) {
	length := binary.LittleEndian.Uint64(file)
	if length > uint64(len(file)) {
		return nil // no safetensors
	}
	var header map[string]json.RawMessage
	begin := 8 + int(length)
	require.NoError(t, json.Unmarshal(file[8:begin], &header))
	places := map[int]matrix{}
	for name, raw := range header {
		var tensor struct {
			Shape   []int `json:"shape"`
			Offsets []int `json:"data_offsets"`
		}
		if name == "__metadata__" {
			continue
		}
		require.NoError(t, json.Unmarshal(raw, &tensor))
		if len(tensor.Shape) != 2 {
			continue
		}
		rows, columns, parts := tensor.Shape[0], tensor.Shape[1], 1
		if rows == 3*columns {
			parts = 3
		}
		for i := range parts {
			size := rows / parts * columns * 4
			at := begin + tensor.Offsets[0] + i*size
			places[at] = matrix{at, columns, file[at : at+size]}
		}
	}
	for at := range file {
		if m, ok := places[at]; ok {
			out = append(out, m)
		}
	}
	return out
}

// runs are the parts of data that a source has, where they are long, and the rest.
func runs(data []byte, sources map[string][]byte) (out []derived.Piece) {
	const least = 256
	own := 0
	for i := 0; i+least <= len(data); {
		from, at := "", -1
		for _, name := range slices.Sorted(maps.Keys(sources)) {
			if at = bytes.Index(sources[name], data[i:i+least]); at >= 0 {
				from = name
				break
			}
		}
		if at < 0 {
			i += 4
			continue
		}
		n := least
		for source := sources[from]; i+n < len(data) && at+n < len(source) && data[i+n] == source[at+n]; n++ {
		}
		if own < i {
			out = append(out, derived.Piece{Own: data[own:i]})
		}
		out = append(out, derived.Piece{From: from, At: at, Count: n})
		i += n
		own = i
	}
	if own < len(data) {
		out = append(out, derived.Piece{Own: data[own:]})
	}
	return out
}
