package onnx

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
)

// Runs and items of a proof. Processors get small batches, because large models are slow on them. A device
// gets the batches that it was configured for, because it may plan for their size.
const (
	proofRuns  = 3
	proofBatch = 4
)

// Prove profiles both towers, on the processor side by side, because most of the work is loading them.
func (e *encoder) Prove(ctx context.Context) (encoders.Proof, error) {
	p := encoders.Proof{Provider: ort.Label(e.spec.Provider)}
	n, onCPU := e.spec.Batch, p.Provider == ort.Label("cpu")
	if onCPU {
		n = min(n, proofBatch)
	}
	var image, text error
	var g errgroup.Group
	if !onCPU {
		g.SetLimit(1)
	}
	g.Go(func() error {
		p.Image, image = e.image.profile(e.lib, func(t *tower) error {
			px := encoders.Pixels{N: n, Size: e.info.ImageSize, Data: make([]float32, n*3*e.info.ImageSize*e.info.ImageSize)}
			for i := range px.Data {
				px.Data[i] = float32(i%256)/64 - 2
			}
			_, err := t.images(ctx, px, e.info.Dim)
			return err
		})
		return nil
	})
	if e.text != nil {
		g.Go(func() error {
			p.Text, text = e.text.profile(e.lib, func(t *tower) error {
				length, err := e.info.Context(e.spec.Context, 0)
				if err != nil {
					return err
				}
				_, err = t.texts(ctx, e.info.ProbeTexts(n, length), e.info.Dim)
				return err
			})
			return nil
		})
	}
	_ = g.Wait() // each tower has its own error, and the image tower's comes first
	if image != nil {
		return p, fmt.Errorf("image tower: %w", image)
	}
	if text != nil {
		return p, fmt.Errorf("text tower: %w", text)
	}
	return p, nil
}

// profile runs the tower as it was loaded, with another session in place of its own.
func (t *tower) profile(lib *ort.Library, run func(*tower) error) (ort.Profile, error) {
	model := t.model
	model.Inputs, model.Outputs = t.inputs, []ort.Port{t.output}
	return lib.Profile(model, ort.Output{Name: t.output.Name}, t.options(), func(s *ort.Session) error {
		other := *t
		other.Session = s
		for range proofRuns {
			if err := run(&other); err != nil {
				return err
			}
		}
		return nil
	})
}
