package checkpoints

import (
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/attribute"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/sample"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// floorRows writes the noise floor at the embedding, as drift of the reference from itself.
func (c *comparing) floorRows(s *embed.Set) {
	if c.NoFloor {
		return // such a floor would excuse any drift
	}
	for _, f := range c.Floors {
		if !f.As.OK() {
			continue
		}
		stage := store.FloorPrefix + f.Name
		for _, m := range []struct {
			modality string
			ref, as  encoders.Embeddings
		}{{"image", s.ImageEmb[c.Reference.ImageKey], s.ImageEmb[f.As.ImageKey]}, {"text", s.TextEmb[c.Reference.TextKey], s.TextEmb[f.As.TextKey]}} {
			if alike(m.ref, m.as) {
				c.embeddingDrift(s, c.Reference, m.modality, stage, m.ref, m.as)
			} else if d, mean, ok := c.Sampler.Floor(s, f, m.modality); ok {
				from := len(c.rows)
				c.driftRows(s, c.Reference, m.modality, stage, d)
				c.sampledRows(c.rows[from:], mean)
			}
		}
	}
}

func (c *comparing) swapRows(s *embed.Set, modality string, swaps []*attribute.Swap, found map[string]encoders.Embeddings, key func(*variants.Variant) string) {
	ref := found[key(c.Reference)]
	var last *variants.Variant
	for _, w := range swaps {
		whole, ok := found[key(w.Of)]
		if !w.Of.OK() || !ok {
			continue
		}
		if w.Of != last {
			c.swapRow(s, w.Of, modality, store.StageAll, ref, whole)
			last = w.Of
		}
		if got, ok := found[key(w.As)]; ok {
			c.swapRow(s, w.Of, modality, w.Stage, ref, got)
		} else if m, ok := c.Sampler.Swap(s, w); ok {
			c.addDrift(s, w.Of, modality, w.Stage, "mean_abs", m.Value, int64(m.N*whole.Dim))
			c.sampledRows(c.rows[len(c.rows)-1:], m)
		} else {
			c.Progress.Say("%s: %s could not be run: %s", w.Of.Spec.Name, w.Stage, w.As.Reason)
		}
	}
}

func (c *comparing) swapRow(s *embed.Set, v *variants.Variant, modality, stage string, ref, got encoders.Embeddings) {
	if !alike(ref, got) {
		return // drift reports it
	}
	var d stats.AbsDiff
	d.Add(got.Data, ref.Data)
	mean, _, _, n := d.Result()
	c.addDrift(s, v, modality, stage, "mean_abs", mean, n)
}

// sampledRows marks rows as measured on a sample, and adds the margin of the mean among them.
func (c *comparing) sampledRows(rows []store.Drift, m sample.Mean) {
	for i := range rows {
		d := &rows[i]
		d.Of = ptr(d.N / int64(m.N) * int64(m.Of))
		if d.Stat == "mean_abs" {
			d.CILow, d.CIHigh = ptr(max(0, d.Value-m.Margin())), ptr(d.Value+m.Margin())
		}
	}
}

func ptr[T any](v T) *T { return &v }
