package encoders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/ort"
)

// tower is one of a model's two files.
type tower struct {
	*ort.Session // nil of one that is only foreseen
	model        ort.Model
	want         ort.Output
	opt          ort.Options
	own, hash    string   // of the file, and with its external data
	external     []string // files of it
	graph        graphFacts
	inputs       []ort.Port
	output       ort.Port
	fixed        int // items that the file insists on, or 0
	ids          int // which of the text tower's inputs are the ids, the other is the mask
	length       int // of a row of ids, where the file insists on it
}

// outputOption names a tower's output in a variant's options; usual is what exporters call it.
type outputOption struct{ option, usual string }

var (
	imageOutput = outputOption{"image_output", "image_embeds"}
	textOutput  = outputOption{"text_output", "text_embeds"}
)

func newTower(spec Spec, which outputOption) *tower {
	t := &tower{want: ort.Output{Name: spec.Options[which.option], Usual: which.usual}}
	t.opt = ort.Options{Provider: spec.Provider, Threads: spec.Threads, Settings: maps.Clone(spec.Options)}
	delete(t.opt.Settings, imageOutput.option)
	delete(t.opt.Settings, textOutput.option)
	return t
}

func openTower(lib *ort.Library, m *Model, spec Spec, file string, which outputOption, kept Kept) (*tower, error) {
	t := newTower(spec, which)
	if err := t.read(m, file, kept); err != nil {
		return nil, err
	}
	var err error
	t.Session, err = lib.Load(t.model, t.want, t.opt)
	if t.model.Path != "" {
		t.model.Data = nil // it can be read again
	}
	if err != nil {
		if errors.Is(err, ort.ErrOutput) {
			err = fmt.Errorf("%w with the option %s", err, which.option)
		}
		return nil, unavailable(fmt.Errorf("model %s, %s: %w", m.Name, file, err))
	}
	t.inputs, t.output = t.Inputs(), t.Output()
	return t, nil
}

// read reads a file of the model, and finds its external data, which must lie in its folder. kept, or nil,
// is for their hashes.
func (t *tower) read(m *Model, file string, kept Kept) (err error) {
	t.own, err = m.sumAndKeep(file, kept, time.Now(), func() (hash string, err error) {
		t.model.Data, hash, err = m.Read(file)
		return hash, err
	})
	if err != nil {
		return err
	}
	if m.dir != "" {
		t.model.Path = filepath.Join(m.dir, filepath.FromSlash(file))
	}
	// ONNX Runtime says better what is wrong with a file that is not understood.
	if f, err := onnxfile.Parse(t.model.Data); err == nil {
		t.graph = graphFacts{Activation: f.Activation(), Positions: f.Positions()}
		slices.Sort(f.External)
		t.external = slices.Compact(f.External)
	}
	t.hash, err = m.withExternal(t.own, file, t.external, func(file string) (string, error) {
		return m.sumAndKeep(file, kept, time.Now(), func() (string, error) { return m.Sum(file) })
	})
	return err
}

// withExternal is a file's hash with those of its external data, which sumOf finds.
func (m *Model) withExternal(hash, file string, external []string, sumOf func(file string) (string, error)) (string, error) {
	for _, name := range external {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return "", fmt.Errorf("model %s, %s: its weights are in %q, which is not in the model's folder: refused", m.Name, file, name)
		}
		own, err := sumOf(path.Join(path.Dir(file), name))
		if err != nil {
			return "", fmt.Errorf("model %s, %s: its weights are in another file: %w", m.Name, file, err)
		}
		hash = sum([]byte(hash + name + own))
	}
	if len(external) > 0 && m.dir == "" {
		return "", fmt.Errorf("model %s, %s: a built-in model cannot have weights in other files", m.Name, file)
	}
	return hash, nil
}

// textInputs finds the ids, and the mask where there is one.
func (t *tower) textInputs() error {
	in := t.inputs
	bad := len(in) == 0 || len(in) > 2
	for i, p := range in {
		if p.Name == "attention_mask" && len(in) == 2 {
			t.ids = 1 - i
		}
		bad = bad || p.Type != "int64" && p.Type != "int32" || len(p.Shape) != 2
	}
	if bad || len(in) == 2 && in[1-t.ids].Name != "attention_mask" {
		return fmt.Errorf("text tower's inputs are %v: want int64 or int32 input_ids [N,L] and at most an attention_mask", in)
	}
	if said := in[t.ids].Shape[1]; said > 0 {
		var err error
		t.length, err = within("the length of its texts", said, maxContext)
		return err
	}
	return nil
}

// fix finds how many items the file insists on.
func (t *tower) fix() (err error) {
	if said := t.inputs[0].Shape[0]; said > 0 {
		t.fixed, err = within("its batch", said, maxBatch)
	}
	return err
}

func (t *tower) images(ctx context.Context, px Pixels, dim int) (Embeddings, error) {
	return t.batches(px.N, dim, func(from, to int, dst []float32) error {
		p := px.Slice(from, to)
		n, s := t.rows(p.N), int64(p.Size)
		data := p.Data
		if int(n) > p.N {
			data = append(make([]float32, 0, int(n)*3*p.Size*p.Size), data...)
			data = data[:cap(data)]
		}
		return t.Run(ctx, []ort.Tensor{{Float32: data, Shape: []int64{n, 3, s, s}}}, dst, n, int64(dim))
	})
}

func (t *tower) texts(ctx context.Context, tk Tokens, dim int) (Embeddings, error) {
	tk, err := fit(tk, t.length)
	if err != nil {
		return Embeddings{}, err
	}
	return t.batches(tk.N, dim, func(from, to int, dst []float32) error {
		p := tk.Slice(from, to)
		n := t.rows(p.N)
		if int(n) > p.N {
			p.IDs = append(make([]int64, 0, int(n)*p.Len), p.IDs...)
			for len(p.IDs) < cap(p.IDs) {
				p.IDs = append(p.IDs, p.IDs[:p.Len]...)
			}
			p.N = int(n)
		}
		shape := []int64{n, int64(p.Len)}
		in := make([]ort.Tensor, len(t.inputs))
		in[t.ids] = ort.Tensor{Int64: p.IDs, Shape: shape}
		if len(in) == 2 {
			in[1-t.ids] = ort.Tensor{Int64: attention(p), Shape: shape}
		}
		return t.Run(ctx, in, dst, n, int64(dim))
	})
}

// rows are how many items a call with n of them has to have.
func (t *tower) rows(n int) int64 { return int64(max(n, t.fixed)) }

// batches calls run with as many items as the file takes, and as much room for what comes back.
func (t *tower) batches(n, dim int, run func(from, to int, dst []float32) error) (Embeddings, error) {
	out := Embeddings{N: n, Dim: dim}
	step := n
	if t.fixed > 0 {
		step = t.fixed
	}
	for from := 0; from < n; from += step {
		dst := make([]float32, max(step, t.fixed)*dim)
		if err := run(from, min(from+step, n), dst); err != nil {
			return Embeddings{}, err
		}
		if out.Data == nil {
			out.Data = dst
		} else {
			out.Data = append(out.Data, dst...)
		}
	}
	out.Data = out.Data[:n*dim]
	return out, nil
}
