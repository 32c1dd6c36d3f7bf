package encoders

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/encoders/ort"
)

// Prover is an encoder whose runtime says which provider ran its models.
type Prover interface {
	// Prove runs each tower a few times under the runtime's profiler, in sessions of their own
	// with the same options; the encoder itself is not slowed down.
	Prove(ctx context.Context) (Proof, error)
}

// Proof is where the nodes of an encoder's models ran.
type Proof struct {
	Provider string      `json:"provider"` // that was asked for
	Image    ort.Profile `json:"image"`
	Text     ort.Profile `json:"text"`
}

// Verdict is the reason why the encoder did not run where it was told to, or "".
func (p Proof) Verdict() string {
	for _, t := range []struct {
		tower   string
		profile ort.Profile
	}{{"image", p.Image}, {"text", p.Text}} {
		if why := t.profile.Verdict(p.Provider); why != "" {
			return fmt.Sprintf("%s in the %s tower", why, t.tower)
		}
	}
	return ""
}

// Shares are those of the nodes and of the time that ran on the provider that was asked for, each
// of the tower with the smaller one.
func (p Proof) Shares() (nodes, time float64) {
	a, b := p.Image.Of(p.Provider), p.Text.Of(p.Provider)
	return min(a.NodeShare, b.NodeShare), min(a.TimeShare, b.TimeShare)
}

// Runs and items of a proof. Processors take small batches, for large models are slow on them; a
// device gets the batches that it was configured for, since it may plan for their size.
const (
	proofRuns  = 3
	proofBatch = 4
)

func (e *onnxEncoder) Prove(ctx context.Context) (Proof, error) {
	p := Proof{Provider: ort.Label(e.spec.Provider)}
	n := e.spec.Batch
	if p.Provider == ort.Label("cpu") {
		n = min(n, proofBatch)
	}
	var err error
	if p.Image, err = e.image.profile(e.lib, func(t *tower) error {
		px := Pixels{N: n, Size: e.info.ImageSize, Data: make([]float32, n*3*e.info.ImageSize*e.info.ImageSize)}
		for i := range px.Data {
			px.Data[i] = float32(i%256)/64 - 2
		}
		_, err := t.images(ctx, px, e.info.Dim)
		return err
	}); err != nil {
		return p, fmt.Errorf("image tower: %w", err)
	}
	if p.Text, err = e.text.profile(e.lib, func(t *tower) error {
		_, err := t.texts(ctx, proofTexts(n, t.length), e.info.Dim)
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

// proofTexts are n short texts in rows of CLIP's length, or of that which a model insists on.
func proofTexts(n, length int) Tokens {
	if length == 0 {
		length = 77
	}
	tk := Tokens{N: n, Len: length, IDs: make([]int64, n*length)}
	for i := range n {
		copy(tk.IDs[i*length:], []int64{EOT - 1, 320, EOT}) // the start, "a", the end
	}
	return tk
}
