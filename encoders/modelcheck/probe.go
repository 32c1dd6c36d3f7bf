package modelcheck

import (
	"context"
	"fmt"
	"math"

	"github.com/fastclip/fastclip/encoders"
)

// probes runs one pair of towers.
type probes struct {
	*Report
	ctx  context.Context
	enc  encoders.Encoder
	card card
	pair Pair
}

func (r *Report) probe(ctx context.Context, name string, c card, p Pair, env encoders.Env) error {
	spec := encoders.Spec{Name: p.String(), Model: name, Image: p.Image, Text: p.Text, Batch: 64}
	enc, err := encoders.Open(ctx, spec, env)
	if err != nil {
		return err
	}
	defer enc.Close()
	q := &probes{Report: r, ctx: ctx, enc: enc, card: c, pair: p}
	q.claim(p.String(), "dim", fmt.Sprint(enc.Info().Dim), number(int64(c.Claims.Dim)))
	for _, do := range []func() error{q.batch, q.meaning, q.length, q.norms, q.extremes} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// Sizes of the probes: enough items that an average over the batch would show.
const (
	items     = 8
	context77 = 77
	sot       = 49406
)

// texts are n different rows; each has its EOT before the middle.
func (*probes) texts(n, long int) encoders.Tokens {
	tk := encoders.Tokens{N: n, Len: long, IDs: make([]int64, n*long)}
	words := [...]int64{320, 539, 1125, 1929, 537} // a, of, photo, dog, and: few models lack them
	for i := range n {
		row := tk.IDs[i*long:]
		row[0] = sot
		for j := 1; j < 4+i%3; j++ {
			row[j] = words[(i+j*(i+1))%len(words)]
		}
		row[4+i%3] = encoders.EOT
	}
	return tk
}

// pictures are n different tensors in the range of CLIP's normalisation.
func (p *probes) pictures(n int) encoders.Pixels {
	side := p.enc.Info().ImageSize
	px := encoders.Pixels{N: n, Size: side, Data: make([]float32, n*3*side*side)}
	state := uint32(1)
	for i := range px.Data {
		state = state*1664525 + 1013904223
		px.Data[i] = float32(state>>8)/float32(1<<24)*4 - 2
	}
	return px
}

// batch compares each item alone with the item in a batch.
func (p *probes) batch() error {
	px, tk := p.pictures(items), p.texts(items, context77)
	images, err := p.enc.EncodeImages(p.ctx, px)
	if err != nil {
		return fmt.Errorf("a batch of %d: %w", items, err)
	}
	words, err := p.enc.EncodeTexts(p.ctx, tk)
	if err != nil {
		return fmt.Errorf("a batch of %d: %w", items, err)
	}
	var image, text float64
	for i := range items {
		one, err := p.enc.EncodeImages(p.ctx, px.Slice(i, i+1))
		if err != nil {
			return err
		}
		image = max(image, maxAbs(one.Data, images.Row(i)))
		if one, err = p.enc.EncodeTexts(p.ctx, tk.Slice(i, i+1)); err != nil {
			return err
		}
		text = max(text, maxAbs(one.Data, words.Row(i)))
	}
	p.bounded("image batch of 1 against 8, max |a-b|", image)
	p.bounded("text batch of 1 against 8, max |a-b|", text)
	return nil
}

// bounded is ok up to what the card allows; without a claim it is a note, because dynamic
// quantization takes its scales from the whole batch, by design.
func (p *probes) bounded(what string, v float64) {
	limit := p.card.Claims.BatchMaxAbs[p.pair.Image]
	found, want, result := fmt.Sprintf("%.1e", v), "", Note
	if limit > 0 {
		want, result = fmt.Sprintf("<= %.1e", limit), verdict(v <= limit)
	}
	p.add(p.pair.String(), what, found, want, result)
}

// norms tells raw embeddings from normalised ones.
func (p *probes) norms() error {
	images, err := p.enc.EncodeImages(p.ctx, p.pictures(items))
	if err != nil {
		return err
	}
	words, err := p.enc.EncodeTexts(p.ctx, p.texts(items, context77))
	if err != nil {
		return err
	}
	for _, x := range []struct {
		what string
		e    encoders.Embeddings
	}{{"image output", images}, {"text output", words}} {
		unit := true
		for i := range x.e.N {
			unit = unit && math.Abs(norm(x.e.Row(i))-1) < 1e-2
		}
		name := map[bool]string{true: "normalised", false: "raw"}
		want := ""
		if p.card.Claims.Normalised != nil {
			want = name[*p.card.Claims.Normalised]
		}
		p.claim(p.pair.String(), x.what, name[unit], want)
	}
	return nil
}

func norm(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

func maxAbs(a, b []float32) float64 {
	var m float64
	for i := range a {
		m = max(m, math.Abs(float64(a[i])-float64(b[i])))
	}
	return m
}
