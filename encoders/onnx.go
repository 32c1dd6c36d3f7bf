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

// onnxRuntime is the name of its runtime.
const onnxRuntime = "onnxruntime"

func openONNX(_ context.Context, spec Spec, env Env) (Encoder, error) {
	e, model, err := newONNX(spec, env)
	if err != nil {
		return nil, err
	}
	if err := e.load(model, env.Kept); err != nil {
		return nil, err
	}
	err = e.inspect(model)
	if err == nil && env.Kept != nil {
		err = errors.Join(e.image.keep(e.lib, env.Kept), e.text.keep(e.lib, env.Kept))
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.identify(model)
	return e, nil
}

// newONNX finds the library, the model and how its inputs are made.
func newONNX(spec Spec, env Env) (*onnxEncoder, *Model, error) {
	if env.ORT == nil {
		return nil, nil, fmt.Errorf("%w: no onnx runtime library was given", ErrUnavailable)
	}
	lib, err := env.ORT()
	if err != nil {
		return nil, nil, unavailable(err)
	}
	model, err := env.Model(spec.Model)
	if err != nil {
		return nil, nil, err
	}
	e := &onnxEncoder{spec: spec, lib: lib}
	e.info.Inputs, err = model.inputs(spec.Image, spec.Text)
	return e, model, err
}

// identify fills in what results are kept under.
func (e *onnxEncoder) identify(model *Model) {
	spec := e.spec
	e.info.RuntimeVersion, e.info.Model, e.info.RandomSeed = e.lib.Version(), model.pinned, model.randomSeed()
	e.info.ImageSHA256, e.info.TextSHA256 = e.image.hash, e.text.hash
	e.info.ModelSHA256 = sum([]byte(e.info.ImageSHA256 + e.info.TextSHA256))
	common := fmt.Sprintf("onnxruntime %s/%s/threads %d/batch %d/%s", e.lib.Version(), spec.Provider, spec.Threads, spec.Batch, entries(spec.Options))
	e.info.ImageKey = "image/" + e.info.ImageSHA256 + "/" + common
	e.info.TextKey = fmt.Sprintf("text/%s/%s/trim %t", e.info.TextSHA256, common, spec.Trim)
}

// load opens both towers at once: most of it is reading and hashing.
func (e *onnxEncoder) load(model *Model, kept Kept) error {
	var g errgroup.Group
	g.Go(func() (err error) {
		e.image, err = openTower(e.lib, model, e.spec, e.spec.Image, imageOutput, kept)
		return err
	})
	var text error // of the two, the image tower's problem is told
	e.text, text = openTower(e.lib, model, e.spec, e.spec.Text, textOutput, kept)
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
	model, in := m.Name, e.image.inputs
	if len(in) != 1 || in[0].Type != "float32" && in[0].Type != "float16" || len(in[0].Shape) != 4 {
		return fmt.Errorf("model %s: image tower's inputs are %v: want one float32 or float16 [N,3,S,S]", model, in)
	}
	shape := in[0].Shape
	if shape[1] > 0 && shape[1] != 3 || shape[2] > 0 && shape[3] > 0 && shape[2] != shape[3] {
		return fmt.Errorf("model %s: image tower's input is %v: want [N,3,S,S], square pictures of three channels", model, shape)
	}
	side := max(shape[2], shape[3])
	if side < 1 { // the file takes any size, but the model was made for one
		switch p := e.info.Inputs; {
		case p.Refused != nil:
			return fmt.Errorf("model %s: its image tower leaves the pictures' size open, and its file that says it cannot be read: %w", model, p.Refused)
		case p.Pictures == nil:
			return fmt.Errorf("model %s: its image tower leaves the pictures' size open: put its preprocessor_config.json or open_clip_config.json into the folder", model)
		}
		side = int64(e.info.Inputs.Pictures.Size)
	}
	var err error
	if e.info.ImageSize, err = within("the side of its pictures", side, maxSide); err != nil {
		return fmt.Errorf("model %s: %w", model, err)
	}
	if err := e.text.textInputs(); err != nil {
		return fmt.Errorf("model %s: %w", model, err)
	}
	e.info.TakesMask = len(e.text.inputs) == 2
	e.claims(m)
	dims := [2]int64{}
	for i, out := range []ort.Port{e.image.output, e.text.output} {
		if out.Type != "float32" && out.Type != "float16" || len(out.Shape) != 2 || out.Shape[1] < 1 {
			return fmt.Errorf("model %s: output %s is %s %v: want float32 or float16 [N,D] with a fixed D; %s and %s name others", model, out.Name, out.Type, out.Shape, imageOutput.option, textOutput.option)
		}
		dims[i] = out.Shape[1]
	}
	if dims[0] != dims[1] {
		return fmt.Errorf("model %s: image embeddings have %d values, text embeddings %d", model, dims[0], dims[1])
	}
	if e.info.Dim, err = within("the length of its embeddings", dims[0], maxDim); err != nil {
		return fmt.Errorf("model %s: %w", model, err)
	}
	if err := errors.Join(e.image.fix(), e.text.fix()); err != nil {
		return fmt.Errorf("model %s: %w", model, err)
	}
	if err := e.info.call(max(e.spec.Batch, e.image.fixed, e.text.fixed), e.text.length); err != nil {
		return fmt.Errorf("model %s: %w", model, err)
	}
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
	if tk.Mask != nil {
		return tk.Mask
	}
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
