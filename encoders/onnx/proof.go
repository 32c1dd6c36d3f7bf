package onnx

import (
	"context"
	"fmt"
	"github.com/fastclip/fastclip/encoders"

	"github.com/fastclip/fastclip/encoders/ort"
)

// Runs and items of a proof. Processors get small batches, because large models are slow on them. A device
// gets the batches that it was configured for, because it may plan for their size.
const (
	proofRuns  = 3
	proofBatch = 4
)

func (e *encoder) Prove(ctx context.Context) (encoders.Proof, error) {
	p := encoders.Proof{Provider: ort.Label(e.spec.Provider)}
	n := e.spec.Batch
	if p.Provider == ort.Label("cpu") {
		n = min(n, proofBatch)
	}
	var err error
	if p.Image, err = e.image.profile(e.lib, func(t *tower) error {
		px := encoders.Pixels{N: n, Size: e.info.ImageSize, Data: make([]float32, n*3*e.info.ImageSize*e.info.ImageSize)}
		for i := range px.Data {
			px.Data[i] = float32(i%256)/64 - 2
		}
		_, err := t.images(ctx, px, e.info.Dim)
		return err
	}); err != nil {
		return p, fmt.Errorf("image tower: %w", err)
	}
	if e.text == nil {
		return p, nil
	}
	if p.Text, err = e.text.profile(e.lib, func(t *tower) error {
		length, err := e.info.Context(e.spec.Context, 0)
		if err != nil {
			return err
		}
		_, err = t.texts(ctx, e.info.ProbeTexts(n, length), e.info.Dim)
		return err
	}); err != nil {
		return p, fmt.Errorf("text tower: %w", err)
	}
	return p, nil
}

// profile runs the tower as it was loaded, with another session in place of its own.
func (t *tower) profile(lib *ort.Library, run func(*tower) error) (ort.Profile, error) {
	return lib.Profile(t.model, t.want, t.options(), func(s *ort.Session) error {
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
