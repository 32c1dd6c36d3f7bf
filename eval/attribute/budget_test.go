package attribute

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/sample"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
)

// TestAffords: the swaps of all variants together run an encoder on at most a sixth of the pictures that the run gives
// it anyway, and swaps that equal variants of the suite cost nothing.
func TestAffords(t *testing.T) {
	ref, other := &variants.Lazy{}, &variants.Lazy{}
	for _, c := range []struct {
		pictures, work, users, onRef, onOther int // users: the variants that have such swaps
		want                                  int // the largest sample in doublings of 16, or 0
	}{
		{pictures: 2560, work: 1, users: 1, onRef: 1, want: 128},            // 2 of 426: one is the reference itself
		{pictures: 2560, work: 1, users: 1, onRef: 4, want: 64},             // 5 of 426
		{pictures: 2560, work: 4, users: 4, onRef: 4, want: 64},             // as many for each of four
		{pictures: 2560, work: 1, users: 4, onRef: 4, want: 16},             // a quarter of it for each
		{pictures: 2560, work: 1, users: 1, onRef: 1, onOther: 9, want: 32}, // the other encoder has a sixth of its own
		{pictures: 200, work: 1, users: 1, onRef: 4, want: 0},               // 25
		{pictures: 1 << 19, work: 1, users: 1, onRef: 4, want: 1 << 14},     // more than is ever wanted
	} {
		set := embed.PartOf(suite.DatasetSpec{Name: "d"}, nil, nil, nil)
		looks, marks := make([]string, c.pictures), make([]uint64, c.pictures)
		set.Good = make([]datasets.Image, c.pictures)
		s := &Sampler{
			Reference: &variants.Variant{Lazy: ref}, Own: map[string]bool{"own": true}, Sets: []*embed.Set{set}, Work: map[*variants.Lazy]int{ref: c.work, other: 1},
			swapped: map[*embed.Set]*swapped{set: {strata: sample.Stratify(looks, marks)}},
		}
		var of []*variants.Variant
		for u := range c.users {
			v := &variants.Variant{}
			of = append(of, v)
			s.Swaps = append(s.Swaps, &Swap{Of: v, As: &variants.Variant{Lazy: ref, ImageKey: "own"}})
			for i := range c.onRef {
				s.Swaps = append(s.Swaps, &Swap{Of: v, As: &variants.Variant{Lazy: ref, ImageKey: fmt.Sprint(u, "ref", i)}})
			}
			for i := range c.onOther {
				s.Swaps = append(s.Swaps, &Swap{Of: v, As: &variants.Variant{Lazy: other, ImageKey: fmt.Sprint(u, "other", i)}})
			}
		}
		got := 0
		for take := 16; take <= 1<<15 && s.affords(of[0], s.Sets, take); take *= 2 {
			got = take
		}
		assert.Equal(t, c.want, got, "%+v", c)
	}
}
