package modelcheck

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders"
)

// extremes checks black, white and absurd pictures, and texts of one repeated id. An Encoder rejects
// values that are not finite, so its error is the finding.
func (p *probes) extremes() error {
	// CLIP's normalisation ranges from about (0-mean)/std to about (1-mean)/std.
	for _, x := range []struct {
		what  string
		value float32
		must  bool
	}{{"all-white picture", 2.2, true}, {"all-black picture", -1.8, true}, {"pixels of 1e4", 1e4, false}, {"pixels of -1e4", -1e4, false}} {
		px := p.pictures(1)
		for i := range px.Data {
			px.Data[i] = x.value
		}
		_, err := p.enc.EncodeImages(p.ctx, px)
		if err := p.finite(x.what, err, x.must); err != nil {
			return err
		}
	}
	ids := []int64{0, encoders.EOT, encoders.EOT - 2}
	switch {
	case p.enc.Info().ImageOnly:
		ids = nil
	case p.enc.Info().Inputs.Library != nil:
		ids = []int64{0, 1, 2}
	}
	for _, id := range ids {
		tk := p.texts(1, p.context)
		for i := range tk.IDs {
			tk.IDs[i] = id
		}
		_, err := p.enc.EncodeTexts(p.ctx, tk)
		if err := p.finite(fmt.Sprintf("text of token %d throughout", id), err, true); err != nil {
			return err
		}
	}
	return nil
}

// finite records whether an input gave finite numbers. For inputs that no picture can hold, that is
// required only when the card claims it.
func (p *probes) finite(what string, err error, must bool) error {
	if p.ctx.Err() != nil {
		return p.ctx.Err()
	}
	found, claim, result := "finite", "", verdict(err == nil)
	if err != nil {
		found = err.Error()
	}
	if !must {
		claim = map[string]string{"yes": "finite", "no": "anything"}[claimed(p.card.Claims.HugeFinite)]
		if claim != "finite" {
			result = Note
		}
	}
	p.add(p.pair.String(), what, found, claim, result)
	return nil
}
