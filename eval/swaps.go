package eval

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/attribute"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/sample"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// withSwaps is everything that embeds pictures, with the swaps.
func (r *run) withSwaps() []*variants.Variant {
	all := r.withFloors()
	for _, w := range r.swaps {
		all = append(all, w.As)
	}
	return all
}

// withTextSwaps is everything that embeds texts, with the swaps.
func (r *run) withTextSwaps() []*variants.Variant {
	all := r.withFloors()
	for _, w := range r.textSwaps {
		all = append(all, w.As)
	}
	return all
}

// attribute writes, at the embedding, each variant's whole drift and that of each swap.
func (r *run) attribute(context.Context) error {
	if !r.ref.OK() {
		return nil // as in drift
	}
	for _, s := range r.sets {
		if len(s.Good) == 0 {
			continue // as in drift
		}
		r.swapRows(s, "image", r.swaps, s.ImageEmb, func(v *variants.Variant) string { return v.ImageKey })
		r.swapRows(s, "text", r.textSwaps, s.TextEmb, func(v *variants.Variant) string { return v.TextKey })
	}
	return nil
}

func (r *run) swapRows(s *embed.Set, modality string, swaps []*attribute.Swap, found map[string]encoders.Embeddings, key func(*variants.Variant) string) {
	ref := found[key(r.ref)]
	var last *variants.Variant
	for _, w := range swaps {
		whole, ok := found[key(w.Of)]
		if !w.Of.OK() || !ok {
			continue
		}
		if w.Of != last {
			r.swapRow(s, w.Of, modality, store.StageAll, ref, whole)
			last = w.Of
		}
		if got, ok := found[key(w.As)]; ok {
			r.swapRow(s, w.Of, modality, w.Stage, ref, got)
		} else if m, ok := r.sampler.Swap(s, w); ok {
			r.addDrift(s, w.Of, modality, w.Stage, "mean_abs", m.Value, int64(m.N*whole.Dim))
			r.sampledRows(r.rows.Drift[len(r.rows.Drift)-1:], m)
		} else {
			r.progress.Say("%s: %s could not be run: %s", w.Of.Spec.Name, w.Stage, w.As.Reason)
		}
	}
}

func (r *run) swapRow(s *embed.Set, v *variants.Variant, modality, stage string, ref, got encoders.Embeddings) {
	if !alike(ref, got) {
		return // drift reports it
	}
	var d stats.AbsDiff
	d.Add(got.Data, ref.Data)
	mean, _, _, n := d.Result()
	r.addDrift(s, v, modality, stage, "mean_abs", mean, n)
}

// sampledRows marks rows as measured on a sample, and adds the margin of the mean among them.
func (r *run) sampledRows(rows []store.Drift, m sample.Mean) {
	for i := range rows {
		d := &rows[i]
		d.Of = ptr(d.N / int64(m.N) * int64(m.Of))
		if d.Stat == "mean_abs" {
			d.CILow, d.CIHigh = ptr(max(0, d.Value-m.Margin())), ptr(d.Value+m.Margin())
		}
	}
}

// newSampler makes the sampler for everything that does not take part in passes over large datasets.
func (r *run) newSampler() *attribute.Sampler {
	s := &attribute.Sampler{Reference: r.ref, Swaps: r.swaps, Floors: r.floors, Own: map[string]bool{}, OwnTexts: map[string]bool{}, Sets: r.sets}
	if r.ref.OK() && r.ref.Enc != nil {
		s.Copy = r.opener.Swapped(r.ref, r.ref.Pipe)
		s.Copy.ImageKey = r.ref.ImageKey // also for an encoder that takes files
	}
	for _, v := range r.variants {
		s.Own[v.ImageKey], s.OwnTexts[v.TextKey] = true, true
	}
	s.Pass = func(images, texts []*variants.Variant) *embed.Pass {
		p := r.newPass()
		p.Variants, p.Images, p.Texts, p.BesideTexts = nil, images, texts, nil
		return p
	}
	return s
}
