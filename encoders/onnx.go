package encoders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/ort"
)

// onnxEncoder runs the two towers of a model folder through ONNX Runtime.
type onnxEncoder struct {
	info        Info
	image, text *ort.Session
	mask        bool // the text tower wants an attention_mask
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
	e := &onnxEncoder{}
	opt := ort.Options{Provider: spec.Provider, Threads: spec.Threads, Entries: spec.Options}
	if e.image, e.info.ImageSHA256, err = tower(lib, model, spec.Image, "image_embeds", opt); err != nil {
		return nil, err
	}
	if e.text, e.info.TextSHA256, err = tower(lib, model, spec.Text, "text_embeds", opt); err != nil {
		return nil, errors.Join(err, e.image.Close())
	}
	if err := e.inspect(model); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.info.RuntimeVersion, e.info.Model = lib.Version(), model.pinned
	e.info.ModelSHA256 = sum([]byte(e.info.ImageSHA256 + e.info.TextSHA256))
	common := fmt.Sprintf("onnxruntime %s/%s/threads %d/batch %d/%s", lib.Version(), spec.Provider, spec.Threads, spec.Batch, entries(spec.Options))
	e.info.ImageKey = "image/" + e.info.ImageSHA256 + "/" + common
	e.info.TextKey = fmt.Sprintf("text/%s/%s/trim %t", e.info.TextSHA256, common, spec.Trim)
	return e, nil
}

// tower loads a file; of several outputs, the one of the name that exporters give it counts.
func tower(lib *ort.Library, model *Model, file, output string, opt ort.Options) (*ort.Session, string, error) {
	data, hash, err := model.Read(file)
	if err != nil {
		return nil, "", err
	}
	if f, err := onnxfile.Parse(data); err != nil || len(f.Outputs) < 2 {
		output = "" // ONNX Runtime says better what is wrong
	}
	s, err := lib.Load(data, output, opt)
	if err != nil {
		return nil, "", unavailable(fmt.Errorf("model %s, %s: %w", model.Name, file, err))
	}
	return s, hash, nil
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
	if len(in) != 1 || in[0].Type != "float32" || len(in[0].Shape) != 4 {
		return fmt.Errorf("model %s: image tower's inputs are %v: want one float32 [N,3,S,S]", model, in)
	}
	e.info.ImageSize = int(in[0].Shape[2])
	if e.info.ImageSize < 1 { // the file takes any size, but the model was made for one
		side, err := m.imageSize()
		if err != nil {
			return fmt.Errorf("model %s: its image tower leaves the pictures' size open: %w", model, err)
		}
		e.info.ImageSize = side
	}
	ids := e.text.Inputs()
	e.mask = len(ids) == 2 && ids[1].Name == "attention_mask"
	if len(ids) == 0 || len(ids) > 2 || (len(ids) == 2 && !e.mask) || ids[0].Type != "int64" || len(ids[0].Shape) != 2 {
		return fmt.Errorf("model %s: text tower's inputs are %v: want int64 input_ids [N,L] and at most an attention_mask", model, ids)
	}
	dims := [2]int64{}
	for i, out := range []ort.Port{e.image.Output(), e.text.Output()} {
		if out.Type != "float32" || len(out.Shape) != 2 || out.Shape[1] < 1 {
			return fmt.Errorf("model %s: output %s is %s %v: want float32 [N,D] with a fixed D", model, out.Name, out.Type, out.Shape)
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
	n, s := int64(px.N), int64(px.Size)
	in, err := ort.Float32(px.Data, n, 3, s, s)
	if err != nil {
		return Embeddings{}, fmt.Errorf("image batch: %w", err)
	}
	return e.run(ctx, e.image, px.N, in)
}

func (e *onnxEncoder) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	n, l := int64(tk.N), int64(tk.Len)
	in, err := ort.Int64(tk.IDs, n, l)
	if err != nil {
		return Embeddings{}, fmt.Errorf("text batch: %w", err)
	}
	inputs := []ort.Value{in}
	if e.mask {
		m, err := ort.Int64(attention(tk), n, l)
		if err != nil {
			in.Destroy()
			return Embeddings{}, fmt.Errorf("attention mask: %w", err)
		}
		inputs = append(inputs, m)
	}
	return e.run(ctx, e.text, tk.N, inputs...)
}

func (e *onnxEncoder) run(ctx context.Context, s *ort.Session, n int, inputs ...ort.Value) (Embeddings, error) {
	out := Embeddings{N: n, Dim: e.info.Dim, Data: make([]float32, n*e.info.Dim)}
	if err := s.Run(ctx, inputs, out.Data, int64(n), int64(e.info.Dim)); err != nil {
		return Embeddings{}, err
	}
	return out, nil
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
