package variants

import (
	"context"
	"time"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/progress"
)

// Patience is how long a single variant at work may give no sign of life, outside of embedding, before it counts as hanging. Opening may
// fetch gigabytes or compile an engine, so it is never short.
func Patience(timeout time.Duration) time.Duration { return max(time.Hour, 6*timeout) }

// OpenAll opens the variants of a suite. The reference comes first and then stays open. A variant's status
// says if it could not be opened, or did not run where it should.
func (o *Opener) OpenAll(ctx context.Context, of *suite.Suite, host machine.Host, proofs *cache.Cache, p *progress.Progress) (all []*Variant, reference *Variant) {
	p.Phase("opening variants", len(of.Variants))
	p.Within(Patience(of.Timeout))
	o.Memory = of.MemoryLimit(host)
	byName := map[string]*Variant{}
	for _, spec := range suite.ReferenceFirst(of.Variants, of.Reference) {
		p.On(spec.Name)
		v := o.OpenIn(ctx, of, spec)
		if v.OK() && v.Enc != nil && !of.Skips(suite.PartProof) {
			if o.postpones(v, proofs) {
				o.postponed = append(o.postponed, v)
			} else if err := o.Prove(ctx, v, proofs, of.Timeout); err != nil {
				v.Fail(err)
			}
		}
		if !v.OK() {
			p.Say("%s%s: %s: %s", of.Place("variant", spec.Name), spec.Name, v.Status, v.Reason)
		}
		byName[spec.Name] = v
		p.Add(1)
	}
	p.On("")
	p.Within(0)
	for _, spec := range of.Variants {
		all = append(all, byName[spec.Name])
	}
	return all, byName[of.Reference]
}
