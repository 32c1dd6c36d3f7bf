package modelcheck

import (
	"context"
	"fmt"
	"math"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/runtimes"
)

// probes runs one pair of towers.
type probes struct {
	*Report
	ctx  context.Context
	enc  encoders.Encoder
	card card
	pair Pair

	context int // ids in a row
}

func (r *Report) probe(ctx context.Context, name string, c card, p Pair, env encoders.Env) error {
	spec := encoders.Spec{Name: p.String(), Model: name, Image: p.Image, Text: p.Text, Batch: 64, Precision: "mixed"} // the precision of the weights has a row of its own
	enc, err := runtimes.Open(ctx, spec, env)
	if err != nil {
		return err
	}
	defer enc.Close()
	q := &probes{Report: r, ctx: ctx, enc: enc, card: c, pair: p}
	q.claim(p.String(), "dim", fmt.Sprint(enc.Info().Dim), number(int64(c.Claims.Dim)))
	if q.context, err = enc.Info().Context(0, context77); err != nil {
		return err
	}
	checks := []func() error{q.agree, q.batch, q.meaning, q.length, q.norms, q.extremes}
	if enc.Info().Inputs.Library != nil || enc.Info().ImageOnly { // the meaning of its ids is not known here
		checks = []func() error{q.agree, q.batch, q.norms, q.extremes}
	}
	for _, do := range checks {
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

// texts are n different rows. Each has its EOT before the middle.
func (p *probes) texts(n, long int) encoders.Tokens {
	if p.enc.Info().Inputs.Library != nil {
		tk := p.enc.Info().ProbeTexts(n, long)
		for i := range n { // ids that every vocabulary has
			tk.IDs[i*long] = int64(1 + i)
		}
		return tk
	}
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

// pictures are n different tensors.
func (p *probes) pictures(n int) encoders.Pixels {
	return encoders.NoisePixels(n, p.enc.Info().ImageSize)
}

// batch compares each item alone with the item in a batch.
func (p *probes) batch() error {
	px := p.pictures(items)
	err := p.company("image", p.pair.Image, func(from, to int) (encoders.Embeddings, error) {
		return p.enc.EncodeImages(p.ctx, px.Slice(from, to))
	})
	if err != nil || p.enc.Info().ImageOnly {
		return err
	}
	tk := p.texts(items, p.context)
	return p.company("text", p.pair.Text, func(from, to int) (encoders.Embeddings, error) {
		return p.enc.EncodeTexts(p.ctx, tk.Slice(from, to))
	})
}

// company compares the items of one tower.
func (p *probes) company(what, file string, encode func(from, to int) (encoders.Embeddings, error)) error {
	all, err := encode(0, items)
	if err != nil {
		return fmt.Errorf("a batch of %d: %w", items, err)
	}
	p.outputs(what, all)
	worst, largest := 0.0, 0.0
	for i := range items {
		one, err := encode(i, i+1)
		if err != nil {
			return err
		}
		worst = max(worst, maxAbs(one.Data, all.Row(i)))
		for _, v := range append(one.Data, all.Row(i)...) {
			largest = max(largest, math.Abs(float64(v)))
		}
	}
	check := what + " batch of 1 against 8, max |a-b|"
	if p.card.Claims.BatchMaxAbs[p.pair.Image] == 0 && worst > p.alike(file)*largest {
		p.add(p.pair.String(), check, fmt.Sprintf("%.1e of values up to %.1e: embeddings depend on the batch", worst, largest), "", Fail)
		return nil
	}
	p.bounded(check, worst)
	return nil
}

// bounded is ok up to what the card allows. Without a claim it is a note, because dynamic quantization
// takes its scales from the whole batch by design.
func (p *probes) bounded(what string, v float64) {
	limit := p.card.Claims.BatchMaxAbs[p.pair.Image]
	found, want, result := fmt.Sprintf("%.1e", v), "", Note
	if limit > 0 {
		want, result = fmt.Sprintf("<= %.1e", limit), verdict(v <= limit)
	}
	p.add(p.pair.String(), what, found, want, result)
}

// norms tells whether embeddings are raw or normalised.
func (p *probes) norms() error {
	images, err := p.enc.EncodeImages(p.ctx, p.pictures(items))
	if err != nil {
		return err
	}
	type output struct {
		what string
		e    encoders.Embeddings
	}
	outputs := []output{{"image output", images}}
	if !p.enc.Info().ImageOnly {
		words, err := p.enc.EncodeTexts(p.ctx, p.texts(items, p.context))
		if err != nil {
			return err
		}
		outputs = append(outputs, output{"text output", words})
	}
	for _, x := range outputs {
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
