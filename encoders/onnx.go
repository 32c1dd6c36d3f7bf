package encoders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders/ort"
)

// onnxEncoder runs the two towers of a model folder through ONNX Runtime.
type onnxEncoder struct {
	info        Info
	spec        Spec
	lib         *ort.Library
	image, text *tower
}

func openONNX(_ context.Context, spec Spec, env Env) (Encoder, error) {
	if env.ORT == nil {
		return nil, fmt.Errorf("%w: no onnx runtime library was given", ErrUnavailable)
	}
	lib, err := env.ORT()
	if err != nil {
		return nil, unavailable(err)
	}
	model, err := env.Model(spec.Model)
	if err != nil {
		return nil, err
	}
	e := &onnxEncoder{spec: spec, lib: lib}
	if e.info.Inputs, err = model.inputs(); err != nil {
		return nil, err
	}
	if err := e.load(model); err != nil {
		return nil, err
	}
	if err := e.inspect(model); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.info.RuntimeVersion, e.info.Model, e.info.RandomSeed = lib.Version(), model.pinned, model.randomSeed()
	e.info.ImageSHA256, e.info.TextSHA256 = e.image.hash, e.text.hash
	e.info.ModelSHA256 = sum([]byte(e.info.ImageSHA256 + e.info.TextSHA256))
	common := fmt.Sprintf("onnxruntime %s/%s/threads %d/batch %d/%s", lib.Version(), spec.Provider, spec.Threads, spec.Batch, entries(spec.Options))
	e.info.ImageKey = "image/" + e.info.ImageSHA256 + "/" + common
	e.info.TextKey = fmt.Sprintf("text/%s/%s/trim %t", e.info.TextSHA256, common, spec.Trim)
	return e, nil
}

// load opens both towers at once: most of it is reading and hashing.
func (e *onnxEncoder) load(model *Model) error {
	var g errgroup.Group
	g.Go(func() (err error) {
		e.image, err = openTower(e.lib, model, e.spec, e.spec.Image, imageOutput)
		return err
	})
	var text error // of the two, the image tower's problem is told
	e.text, text = openTower(e.lib, model, e.spec, e.spec.Text, textOutput)
	err := cmp.Or(g.Wait(), text)
	if err == nil {
		return nil
	}
	for _, t := range []*tower{e.image, e.text} {
		if t != nil {
			err = errors.Join(err, t.Close())
		}
	}
	return err
}

// unavailable carries ort's mark over to this package's.
func unavailable(err error) error {
	if errors.Is(err, ort.ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// inspect finds size and dimension from the towers' ports, and refuses what Encode could not feed.
func (e *onnxEncoder) inspect(m *Model) error {
	model, in := m.Name, e.image.Inputs()
	if len(in) != 1 || in[0].Type != "float32" && in[0].Type != "float16" || len(in[0].Shape) != 4 {
		return fmt.Errorf("model %s: image tower's inputs are %v: want one float32 or float16 [N,3,S,S]", model, in)
	}
	e.info.ImageSize = int(in[0].Shape[2])
	if e.info.ImageSize < 1 { // the file takes any size, but the model was made for one
		side, err := m.imageSize()
		if err != nil {
			return fmt.Errorf("model %s: its image tower leaves the pictures' size open: %w", model, err)
		}
		e.info.ImageSize = side
	}
	if err := e.text.textInputs(); err != nil {
		return fmt.Errorf("model %s: %w", model, err)
	}
	dims := [2]int64{}
	for i, out := range []ort.Port{e.image.Output(), e.text.Output()} {
		if out.Type != "float32" && out.Type != "float16" || len(out.Shape) != 2 || out.Shape[1] < 1 {
			return fmt.Errorf("model %s: output %s is %s %v: want float32 or float16 [N,D] with a fixed D; %s and %s name others", model, out.Name, out.Type, out.Shape, imageOutput.option, textOutput.option)
		}
		dims[i] = out.Shape[1]
	}
	if dims[0] != dims[1] {
		return fmt.Errorf("model %s: image embeddings have %d values, text embeddings %d", model, dims[0], dims[1])
	}
	e.info.Dim = int(dims[0])
	return nil
}

func (e *onnxEncoder) Info() Info { return e.info }

func (e *onnxEncoder) EncodeImages(ctx context.Context, px Pixels) (Embeddings, error) {
	return e.image.images(ctx, px, e.info.Dim)
}

func (e *onnxEncoder) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	return e.text.texts(ctx, tk, e.info.Dim)
}

func (e *onnxEncoder) Close() error { return errors.Join(e.image.Close(), e.text.Close()) }

// attention is 1 up to and with each row's EOT, 0 after it.
func attention(tk Tokens) []int64 {
	m := make([]int64, len(tk.IDs))
	for i := range tk.N {
		for j := 0; j <= eot(tk.IDs[i*tk.Len:(i+1)*tk.Len]); j++ {
			m[i*tk.Len+j] = 1
		}
	}
	return m
}

// entries lists options in a fixed order, so that equal options give equal keys.
func entries(m map[string]string) string {
	var kv []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		kv = append(kv, k+"="+m[k])
	}
	return strings.Join(kv, ",")
}
