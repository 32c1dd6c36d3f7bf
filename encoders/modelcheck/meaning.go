package modelcheck

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders"
)

// meaning checks how the text tower reads a text. A token after EOT must change nothing (causal, pooled at
// or before EOT). A word before EOT must change something (not pooled at the start). A second EOT must
// change nothing (pooled at the first). The change that the word makes is the scale for the others.
func (p *probes) meaning() error {
	var got [4][]float32
	for i, row := range [4][]int64{
		{sot, 320, 1125, 1929, encoders.EOT},                    // "a photo dog"
		{sot, 320, 1125, 1929, encoders.EOT, 537, 1929},         // ids after EOT
		{sot, 320, 1125, 537, encoders.EOT},                     // another word before EOT
		{sot, 320, 1125, 1929, encoders.EOT, 537, encoders.EOT}, // a second EOT
	} { // one by one, so that the scales of dynamic quantization are the row's own
		tk := encoders.Tokens{N: 1, Len: p.context, IDs: make([]int64, p.context)}
		copy(tk.IDs, row)
		e, err := p.enc.EncodeTexts(p.ctx, tk)
		if err != nil {
			return err
		}
		got[i] = e.Data
	}
	after, word, second := maxAbs(got[0], got[1]), maxAbs(got[0], got[2]), maxAbs(got[0], got[3])
	still := func(v float64) bool { return v <= word/20 }
	causal, pooling := yes(still(after)), "not at EOT"
	switch {
	case word == 0:
		causal = "unknown: words change nothing"
	case still(after) && still(second):
		pooling = "first eot"
	case still(after):
		pooling = "another eot"
	}
	p.claim(p.pair.String(), "causal mask", causal, claimed(p.card.Claims.Causal))
	p.add(p.pair.String(), "ids after EOT against a word, max |a-b|", fmt.Sprintf("%.1e of %.1e", after, word), "", Note)
	p.claim(p.pair.String(), "pooling", pooling, p.card.Claims.Pooling)
	return nil
}

// length checks that the length of rows does not change the embedding of a text.
func (p *probes) length() error {
	long, err := p.enc.EncodeTexts(p.ctx, p.texts(items, p.context))
	if err != nil {
		return err
	}
	for _, n := range []int{8, 20} {
		e, err := p.enc.EncodeTexts(p.ctx, p.texts(items, n))
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		what := fmt.Sprintf("rows of %d against 77", n)
		if err != nil {
			p.claim(p.pair.String(), what, "refused", map[string]string{"yes": "taken", "no": "refused"}[claimed(p.card.Claims.AnyLength)])
			continue
		}
		p.bounded(what+", max |a-b|", maxAbs(e.Data, long.Data))
	}
	return nil
}
