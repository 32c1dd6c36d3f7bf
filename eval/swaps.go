package eval

import (
	"github.com/fastclip/fastclip/eval/attribute"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
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

// newSampler makes the sampler for everything that does not take part in passes over large datasets.
func (r *run) newSampler() *attribute.Sampler {
	s := &attribute.Sampler{Reference: r.ref, Swaps: r.swaps, Floors: r.floors, Own: map[string]bool{}, OwnTexts: map[string]bool{}, Sets: r.sets, Work: map[*variants.Lazy]int{}}
	if r.ref.OK() && r.ref.Enc != nil {
		s.Copy = r.opener.Swapped(r.ref, r.ref.Pipe)
		s.Copy.ImageKey = r.ref.ImageKey // also for an encoder that takes files
	}
	for _, v := range r.variants {
		if v.OK() && v.Lazy != nil && !s.Own[v.ImageKey] {
			s.Work[v.Lazy]++
		}
		s.Own[v.ImageKey], s.OwnTexts[v.TextKey] = true, true
	}
	s.Pass = func(images, texts []*variants.Variant) *embed.Pass {
		p := r.newPass()
		p.Calls = r.pass.Calls // passes that run side by side share the cores
		p.Variants, p.Images, p.Texts, p.BesideTexts = nil, images, texts, nil
		return p
	}
	return s
}
