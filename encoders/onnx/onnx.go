// Package onnx runs the two towers of a model folder through ONNX Runtime.
package onnx

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
)

type encoder struct {
	info        encoders.Info
	spec        encoders.Spec
	lib         *ort.Library
	image, text *tower
}

// Open opens the model folder that spec names.
func Open(_ context.Context, spec encoders.Spec, env encoders.Env) (encoders.Encoder, error) {
	e, model, err := newEncoder(spec, env)
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

// newEncoder finds the library, the model and how its inputs are made.
func newEncoder(spec encoders.Spec, env encoders.Env) (*encoder, *encoders.Model, error) {
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
	files, err := model.TowersOf(spec)
	if err != nil {
		return nil, nil, err
	}
	spec.Image, spec.Text = files.Image, files.Text
	e := &encoder{spec: spec, lib: lib}
	e.info.ImageFile, e.info.TextFile, e.info.ImageOnly = files.Image, files.Text, files.Text == ""
	e.info.Inputs, err = model.Inputs(spec.Image, spec.Text)
	return e, model, err
}

// towers are the existing towers, the image tower first.
func (e *encoder) towers() []*tower {
	if e.text == nil {
		return []*tower{e.image}
	}
	return []*tower{e.image, e.text}
}

// identify fills in the keys under which results are kept.
func (e *encoder) identify(model *encoders.Model) {
	spec := e.spec
	e.info.RuntimeVersion, e.info.Accelerators, e.info.Model, e.info.RandomSeed = e.lib.Version(), e.lib.Accelerators(spec.Provider), model.Pinned(), model.RandomSeed()
	e.info.ImageSHA256, e.info.Quantized.Image = e.image.hash, e.image.graph.Quantization
	if e.text != nil {
		e.info.TextSHA256, e.info.Quantized.Text = e.text.hash, e.text.graph.Quantization
	}
	e.info.ModelSHA256 = encoders.Sum256([]byte(e.info.ImageSHA256 + e.info.TextSHA256))
	common := fmt.Sprintf("onnxruntime %s/%s/threads %d/batch %d/%s", e.lib.Version(), spec.Provider, spec.Threads, spec.Batch, spec.OptionsKey()) + e.info.AcceleratorsKey()
	e.info.ImageKey = "image/" + e.info.ImageSHA256 + "/" + common
	e.info.TextKey = fmt.Sprintf("text/%s/%s/trim %t", e.info.TextSHA256, common, spec.Trim)
	switch {
	case e.text == nil:
		e.info.TextKey = "text/none/" + common
	case e.text.pool != "":
		e.info.TextKey += "/pooled " + e.text.pool
	}
	key := "/behind " + e.info.Inputs.Folder.Head.Key
	if e.image.layers != nil {
		e.info.ImageKey += key
	}
	if e.text != nil && e.text.layers != nil {
		e.info.TextKey += key
	}
}

// load opens both towers at once, because most of the work is reading and hashing.
func (e *encoder) load(model *encoders.Model, kept encoders.Kept) error {
	var g errgroup.Group
	g.Go(func() (err error) {
		e.image, err = openTower(e.lib, model, e.spec, e.spec.Image, imageOutput, kept)
		return err
	})
	var text error // the image tower's error comes first
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

// unavailable translates ort's mark into this package's.
func unavailable(err error) error {
	if errors.Is(err, machine.ErrUnavailable) {
		return fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
	}
	return err
}

// inspect finds size and dimension from the towers' ports, and rejects what Encode could not feed.
func (e *encoder) inspect(m *encoders.Model) error {
	wrap := func(err error) error { return fmt.Errorf("model %s: %w", m.Name, err) }
	if err := e.image.imageFeeds(); err != nil {
		return wrap(err)
	}
	side := e.image.side
	if side < 1 { // the file takes any size, but the model was made for one
		in := e.info.Inputs
		if side = int64(in.Folder.Side()); side < 1 && in.Refused != nil {
			return wrap(fmt.Errorf("its image tower does not fix the size of pictures, and the file that does cannot be read: %w", in.Refused))
		} else if side < 1 {
			return wrap(errors.New("its image tower does not fix the size of pictures: put its preprocessor_config.json or open_clip_config.json into the folder"))
		}
	}
	var err error
	if e.info.ImageSize, err = encoders.Within("the side of its pictures", side, encoders.MaxSide); err != nil {
		return wrap(err)
	}
	e.info.Samples = e.image.inputs[e.image.main].Type == "uint8"
	if err := e.image.pooling(imageOutput, ""); err != nil {
		return wrap(err)
	}
	head := e.info.Inputs.Folder.Head
	dim, err := e.image.behind(head, imageOutput)
	if err != nil {
		return wrap(err)
	}
	dims := []int64{dim}
	for _, option := range []string{encoders.TextOutput, encoders.TextPooling} {
		if e.text == nil && e.spec.Options[option] != "" {
			return wrap(fmt.Errorf("option %s: it has only an image tower", option))
		}
	}
	if e.text != nil {
		if err := e.text.textFeeds(); err != nil {
			return wrap(err)
		}
		if err := e.text.pooling(textOutput, e.info.Inputs.Folder.Pooling); err != nil {
			return wrap(err)
		}
		e.info.TakesMask = e.text.has(roleMask)
		if dim, err = e.text.behind(head, textOutput); err != nil {
			return wrap(err)
		}
		dims = append(dims, dim)
		e.info.TextLength = e.text.length
	}
	if len(dims) == 2 && dims[0] != dims[1] {
		return wrap(fmt.Errorf("image embeddings have %d values, text embeddings %d", dims[0], dims[1]))
	}
	if e.info.Dim, err = encoders.Within("the length of its embeddings", dims[0], encoders.MaxDim); err != nil {
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
	if err := e.info.CheckCall(items, length); err != nil {
		return wrap(err)
	}
	return nil
}

func (e *encoder) Info() encoders.Info { return e.info }

func (e *encoder) EncodeImages(ctx context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	return e.image.images(ctx, px, e.info.Dim)
}

func (e *encoder) EncodeTexts(ctx context.Context, tk encoders.Tokens) (encoders.Embeddings, error) {
	if e.text == nil {
		return encoders.Embeddings{}, encoders.ErrNoText
	}
	return e.text.texts(ctx, tk, e.info.Dim)
}

func (e *encoder) Close() (err error) {
	for _, t := range e.towers() {
		err = errors.Join(err, t.Close())
	}
	return err
}
