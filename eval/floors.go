package eval

import "github.com/fastclip/fastclip/eval/variants"

// withFloors is everything that embeds texts, with the noise floors.
func (r *run) withFloors() []*variants.Variant {
	all := append([]*variants.Variant(nil), r.variants...)
	for _, f := range r.floors {
		all = append(all, f.As)
	}
	return all
}

// noFloor is the reason why the reference's differences from itself are no noise floor, or nil.
func (r *run) noFloor() *string {
	if !r.uneven[r.ref] {
		return nil
	}
	why := "this reference's embeddings depend on the batch"
	return &why
}
