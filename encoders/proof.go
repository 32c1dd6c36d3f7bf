package encoders

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/encoders/ort"
)

// Prover is an encoder whose runtime can tell which provider ran its models.
type Prover interface {
	// Prove runs each tower a few times under the runtime's profiler. It uses separate sessions with the
	// same options, so it does not slow down the encoder itself.
	Prove(ctx context.Context) (Proof, error)
}

// Proof says where the nodes of an encoder's models ran.
type Proof struct {
	Provider string      `json:"provider"` // the requested provider
	Image    ort.Profile `json:"image"`
	Text     ort.Profile `json:"text"`
}

// Verdict is the reason why the encoder did not run where it should have, or "".
func (p Proof) Verdict() string {
	for _, t := range []struct {
		tower   string
		profile ort.Profile
	}{{"image", p.Image}, {"text", p.Text}} {
		if len(t.profile.Shares) == 0 {
			continue // an image tower alone
		}
		if why := t.profile.Verdict(p.Provider); why != "" {
			return fmt.Sprintf("%s in the %s tower", why, t.tower)
		}
	}
	return ""
}

// InPrecision is the share of the arithmetic that ran in a variant's precision, for the tower where it is smaller.
// ok is false if the profile or the precision does not tell.
func (p Proof) InPrecision(precision string) (share float64, ok bool) {
	kind := map[string]string{"fp32": "float", "fp16": "float16", "bf16": "bfloat16", "int8": "int8", "uint8": "int8"}[precision]
	share = 1
	for _, t := range []ort.Profile{p.Image, p.Text} {
		if t.Arithmetic != nil && kind != "" {
			share, ok = min(share, t.Arithmetic[kind]), true
		}
	}
	return share, ok
}

// Shares are the shares of the nodes and of the time that ran on the requested provider, each for the tower where
// it is smaller.
func (p Proof) Shares() (nodes, time float64) {
	a, b := p.Image.Of(p.Provider), p.Text.Of(p.Provider)
	if len(p.Text.Shares) == 0 {
		b = a
	}
	return min(a.NodeShare, b.NodeShare), min(a.TimeShare, b.TimeShare)
}

// ProbeTexts are n short texts in rows of the given length, with ids that are in the model's vocabulary.
func (i Info) ProbeTexts(n, length int) Tokens {
	tk := Tokens{N: n, Len: length, IDs: make([]int64, n*length)}
	words := []int64{EOT - 1, 320, EOT} // the start, "a", the end
	if i.Inputs.Library != nil {
		words, tk.Mask = []int64{3, 1, 2}, make([]int64, n*length) // every vocabulary has these
	}
	for k := range n {
		at := copy(tk.IDs[k*length:(k+1)*length], words)
		for m := range at {
			if tk.Mask != nil {
				tk.Mask[k*length+m] = 1
			}
		}
	}
	return tk
}
