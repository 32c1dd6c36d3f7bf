package eval

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// Pipelines of every kind: the reference's, another's, one in BGR or with bars, one that does not round.
const manyPipelines = `  - {name: ref}
  - {name: int8, image: image.int8.onnx, precision: int8}
  - {name: script, preprocess: script_based}
  - {name: go, preprocess: go_image}
  - {name: siglip, preprocess: siglip}`

// anonymous are all rows but those of times, without what two runs of one plan may differ in.
func anonymous(t *testing.T, dir string) *store.Results {
	t.Helper()
	res := load(t, dir)
	res.Run, res.Timings = store.Run{}, nil
	tables := reflect.ValueOf(res).Elem()
	for i := range tables.NumField() {
		if rows := tables.Field(i); rows.Kind() == reflect.Slice {
			for k := range rows.Len() {
				rows.Index(k).FieldByName("RunID").SetString("")
			}
		}
	}
	return res
}

// filesBelow are those below dir, by their paths.
func filesBelow(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		out[path], err = fs.ReadFile(os.DirFS(dir), path)
		return err
	}))
	return out
}

// TestTensorsChangeNothing: a run of kept tensors ends in the rows of one that made them anew, to the
// last bit, and so does one that finds them damaged.
func TestTensorsChangeNothing(t *testing.T) {
	plain := config(t, untimed(t, double, manyPipelines))
	mustRun(t, plain)
	want, embeddings := anonymous(t, plain.Out), filesBelow(t, filepath.Join(plain.Out, "embeddings"))

	again := func(cfg Config, from string) Config {
		cfg.Out, cfg.Cache, cfg.Tensors = filepath.Join(t.TempDir(), "out"), t.TempDir(), 1<<30
		if from != "" { // the tensors, but nothing that was made of them
			require.NoError(t, os.CopyFS(filepath.Join(cfg.Cache, cache.TensorsDir), os.DirFS(filepath.Join(from, cache.TensorsDir))))
		}
		return cfg
	}
	first := again(plain, "")
	mustRun(t, first)
	assert.Equal(t, want, anonymous(t, first.Out))
	kept := filesBelow(t, filepath.Join(first.Cache, cache.TensorsDir))
	assert.Greater(t, len(kept), 5, "pipelines, and mixed ones")

	second := again(plain, first.Cache)
	mustRun(t, second)
	assert.Equal(t, want, anonymous(t, second.Out))
	assert.True(t, maps.EqualFunc(embeddings, filesBelow(t, filepath.Join(second.Out, "embeddings")), bytes.Equal))
	assert.True(t, maps.EqualFunc(kept, filesBelow(t, filepath.Join(second.Cache, cache.TensorsDir)), bytes.Equal))

	for path, data := range kept {
		data = bytes.Clone(data)
		data[len(data)/2] ^= 1
		require.NoError(t, os.WriteFile(filepath.Join(first.Cache, cache.TensorsDir, path), data, 0o644))
	}
	third := again(plain, first.Cache)
	mustRun(t, third)
	assert.Equal(t, want, anonymous(t, third.Out))
}

// counting counts the pictures that it decodes.
type counting struct {
	decode.Decoder
	n *atomic.Int64
}

func (d counting) Decode(data []byte) (*picture.Picture, error) {
	d.n.Add(1)
	return d.Decoder.Decode(data)
}

// decodes embeds the datasets of a run, and says how many pictures were decoded for it.
func decodes(t *testing.T, cfg Config) int {
	t.Helper()
	r, err := newRun(cfg)
	require.NoError(t, err)
	r.openVariants(t.Context())
	require.NoError(t, r.openSets(t.Context()))
	var n atomic.Int64
	for _, v := range r.variants {
		require.True(t, v.OK(), v.Reason)
		v.Pipe.Decoder = counting{v.Pipe.Decoder, &n}
	}
	require.NoError(t, r.encode(t.Context()))
	require.NoError(t, r.close())
	return int(n.Load())
}

// TestAddedVariantDecodesNothingConcurrently: a variant that comes later, with preprocessing that others had, takes
// their tensors; one with preprocessing of its own runs that, and no other's.
func TestAddedVariantDecodesNothingConcurrently(t *testing.T) {
	run := func(cfg Config, variants string) int {
		s := parse(t, double, variants)
		s.Reference, s.Skip = "ref", suite.Parts()
		cfg.Suite = s
		return decodes(t, cfg)
	}
	const two = "  - {name: ref}\n  - {name: hf, tokenizer: hf, preprocess: script_based}\n"
	const int8 = "  - {name: int8, image: image.int8.onnx, precision: int8}\n"
	cfg := config(t, nil)
	cfg.Tensors = 1 << 30
	pictures := run(cfg, two)
	assert.Equal(t, 8, pictures, "one decoder")
	assert.Zero(t, run(cfg, two), "nothing changed")
	assert.Zero(t, run(cfg, two+int8), "one more")
	assert.Zero(t, run(cfg, "  - {name: ref}\n  - {name: hf, image: image.int8.onnx, precision: int8, preprocess: script_based}\n"), "one changed")
	assert.Equal(t, 8, run(cfg, two+"  - {name: rgb, preprocess: rgb_conversion}\n"), "it is compared with the reference's")

	cfg.Tensors = 0
	assert.Equal(t, 8, run(cfg, two+"  - {name: batch, batch: 1}\n"), "without kept ones")
	cfg.Cache, cfg.Tensors = t.TempDir(), 1<<30
	run(cfg, two)
	cfg.Fresh = true
	assert.Equal(t, 8, run(cfg, two), "fresh")
}
