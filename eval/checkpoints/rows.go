package checkpoints

import (
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

func (c *comparing) driftRows(s *embed.Set, v *variants.Variant, modality, stage string, d *drift.Difference) {
	mean, largest, p99, n := d.Abs.Result()
	c.addDrift(s, v, modality, stage, "mean_abs", mean, n)
	c.addDrift(s, v, modality, stage, "max_abs", largest, n)
	c.addDrift(s, v, modality, stage, "p99_abs", p99, n)
	c.addDrift(s, v, modality, stage, "cosine_min", d.CosMin, d.Rows)
	c.addDrift(s, v, modality, stage, "cosine_mean", d.CosTotal/float64(d.Rows), d.Rows)
}

func (c *comparing) addDrift(s *embed.Set, v *variants.Variant, modality, stage, stat string, value float64, n int64) {
	c.rows = append(c.rows, store.Drift{
		RunID: c.RunID, Dataset: s.Spec.Name, Variant: v.Spec.Name, Reference: c.Suite.Reference, Modality: modality, Stage: stage, Stat: stat, Value: value, N: n,
	})
}

// byteRows writes a checkpoint of 8-bit samples.
func (c *comparing) byteRows(s *embed.Set, v *variants.Variant, stage string, d *drift.ByteDiff) {
	mean, largest, p99, n := d.Result()
	if n > 0 {
		c.addDrift(s, v, "image", stage, "mean_abs", mean, n)
		c.addDrift(s, v, "image", stage, "max_abs", largest, n)
		c.addDrift(s, v, "image", stage, "p99_abs", p99, n)
	}
	c.addDrift(s, v, "image", stage, "other_size", float64(d.Other)/float64(d.Pictures), d.Pictures)
}

// sameRows writes the checkpoints before the model, for a variant with the reference's pipeline.
func (c *comparing) sameRows(s *embed.Set, v *variants.Variant) {
	n := int64(len(s.Good))
	for _, stage := range []string{store.StageDecode, store.StageResize} {
		for _, stat := range []string{"mean_abs", "max_abs", "p99_abs", "other_size"} {
			c.addDrift(s, v, "image", stage, stat, 0, n)
		}
	}
	for _, stat := range []string{"mean_abs", "max_abs", "p99_abs"} {
		c.addDrift(s, v, "image", store.StageNormalise, stat, 0, n*int64(v.Pipe.Len()))
	}
	c.addDrift(s, v, "image", store.StageNormalise, "cosine_min", 1, n)
	c.addDrift(s, v, "image", store.StageNormalise, "cosine_mean", 1, n)
}

func (c *comparing) embeddingDrift(s *embed.Set, v *variants.Variant, modality, stage string, a, b encoders.Embeddings) {
	d := &drift.Difference{}
	d.Add(b.Data, a.Data, a.Dim)
	c.driftRows(s, v, modality, stage, d)
}
