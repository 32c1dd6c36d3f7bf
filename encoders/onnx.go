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

	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
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
		for _, t := range e.towers() {
			err = errors.Join(err, t.keep(e.lib, env.Kept))
		}
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
		return nil, nil, fmt.Errorf("%w: no onnx runtime library was given", machine.ErrUnavailable)
	}
	lib, err := env.ORT()
	if err != nil {
		return nil, nil, unavailable(err)
	}
	model, err := env.Model(spec.Model)
	if err != nil {
		return nil, nil, err
	}
	files, err := model.towers(spec)
	if err != nil {
		return nil, nil, err
	}
	spec.Image, spec.Text = files.Image, files.Text
	e := &onnxEncoder{spec: spec, lib: lib}
	e.info.ImageFile, e.info.TextFile, e.info.ImageOnly = files.Image, files.Text, files.Text == ""
	e.info.Inputs, err = model.inputs(spec.Image, spec.Text)
	return e, model, err
}

// towers finds a variant's files in the layouts that people have.
func (m *Model) towers(spec Spec) (modeldir.Files, error) {
	f, err := modeldir.Towers(m.fsys, spec.Image, spec.Text, spec.Precision)
	if err != nil {
		return f, fmt.Errorf("model %s: %w", m.Name, err)
	}
	return f, nil
}

// Towers are the files of a folder's towers, in whatever layout it has; text is "" of an image tower alone.
func (m *Model) Towers(precision string) (image, text string, err error) {
	f, err := m.towers(Spec{Image: modeldir.DefaultImage, Text: modeldir.DefaultText, Precision: precision})
	return f.Image, f.Text, err
}

// towers are those that it has, the image tower first.
func (e *onnxEncoder) towers() []*tower {
	if e.text == nil {
		return []*tower{e.image}
	}
	return []*tower{e.image, e.text}
}

// identify fills in what results are kept under.
func (e *onnxEncoder) identify(model *Model) {
	spec := e.spec
	e.info.RuntimeVersion, e.info.Accelerators, e.info.Model, e.info.RandomSeed = e.lib.Version(), machine.Accelerators(spec.Provider, 0), model.pinned, model.randomSeed()
	e.info.ImageSHA256, e.info.Quantized.Image = e.image.hash, e.image.graph.Quantization
	if e.text != nil {
		e.info.TextSHA256, e.info.Quantized.Text = e.text.hash, e.text.graph.Quantization
	}
	e.info.ModelSHA256 = sum([]byte(e.info.ImageSHA256 + e.info.TextSHA256))
	common := fmt.Sprintf("onnxruntime %s/%s/threads %d/batch %d/%s", e.lib.Version(), spec.Provider, spec.Threads, spec.Batch, entries(spec.Options))
	e.info.ImageKey = "image/" + e.info.ImageSHA256 + "/" + common
	e.info.TextKey = fmt.Sprintf("text/%s/%s/trim %t", e.info.TextSHA256, common, spec.Trim)
	switch {
	case e.text == nil:
		e.info.TextKey = "text/none/" + common
	case e.text.pool != "":
		e.info.TextKey += "/pooled " + e.text.pool
	}
}

// load opens both towers at once: most of it is reading and hashing.
func (e *onnxEncoder) load(model *Model, kept Kept) error {
	var g errgroup.Group
	g.Go(func() (err error) {
		e.image, err = openTower(e.lib, model, e.spec, e.spec.Image, imageOutput, kept)
		return err
	})
	var text error // of the two, the image tower's problem is told
	if e.spec.Text != "" {
		e.text, text = openTower(e.lib, model, e.spec, e.spec.Text, textOutput, kept)
	}
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
	if errors.Is(err, machine.ErrUnavailable) {
		return fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
	}
	return err
}

// inspect finds size and dimension from the towers' ports, and refuses what Encode could not feed.
func (e *onnxEncoder) inspect(m *Model) error {
	wrap := func(err error) error { return fmt.Errorf("model %s: %w", m.Name, err) }
	if err := e.image.imageFeeds(); err != nil {
		return wrap(err)
	}
	side := e.image.side
	if side < 1 { // the file takes any size, but the model was made for one
		in := e.info.Inputs
		if side = int64(in.folder.Side()); side < 1 && in.Refused != nil {
			return wrap(fmt.Errorf("its image tower does not fix the size of pictures, and the file that does cannot be read: %w", in.Refused))
		} else if side < 1 {
			return wrap(errors.New("its image tower does not fix the size of pictures: put its preprocessor_config.json or open_clip_config.json into the folder"))
		}
	}
	var err error
	if e.info.ImageSize, err = within("the side of its pictures", side, maxSide); err != nil {
		return wrap(err)
	}
	e.info.Samples = e.image.inputs[e.image.main].Type == "uint8"
	if err := e.image.pooling(imageOutput, ""); err != nil {
		return wrap(err)
	}
	dims := []int64{e.image.output.Shape[len(e.image.output.Shape)-1]}
	if e.text != nil {
		if err := e.text.textFeeds(); err != nil {
			return wrap(err)
		}
		if err := e.text.pooling(textOutput, e.info.Inputs.folder.Pooling); err != nil {
			return wrap(err)
		}
		e.info.TakesMask = e.text.has(roleMask)
		dims = append(dims, e.text.output.Shape[len(e.text.output.Shape)-1])
	}
	if len(dims) == 2 && dims[0] != dims[1] {
		return wrap(fmt.Errorf("image embeddings have %d values, text embeddings %d", dims[0], dims[1]))
	}
	if e.info.Dim, err = within("the length of its embeddings", dims[0], maxDim); err != nil {
		return wrap(err)
	}
	e.claims(m)
	items, length := e.spec.Batch, 0
	for _, t := range e.towers() {
		err = errors.Join(err, t.fix())
		items, length = max(items, t.fixed), max(length, t.length)
	}
	if err != nil {
		return wrap(err)
	}
	if err := e.info.call(items, length); err != nil {
		return wrap(err)
	}
	return nil
}

func (e *onnxEncoder) Info() Info { return e.info }

func (e *onnxEncoder) EncodeImages(ctx context.Context, px Pixels) (Embeddings, error) {
	return e.image.images(ctx, px, e.info.Dim)
}

func (e *onnxEncoder) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	if e.text == nil {
		return Embeddings{}, ErrNoText
	}
	return e.text.texts(ctx, tk, e.info.Dim)
}

func (e *onnxEncoder) Close() (err error) {
	for _, t := range e.towers() {
		err = errors.Join(err, t.Close())
	}
	return err
}

// ErrNoText is the error of texts for an image tower alone.
var ErrNoText = errors.New("the model has only an image tower, so it can be searched only from image to image")

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
