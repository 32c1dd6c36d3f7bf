package attribute

import (
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/sample"
	"github.com/fastclip/fastclip/eval/variants"
)

// Sampler measures swaps and noise floors on datasets that are Sampled.
type Sampler struct {
	Pass      func(images, texts []*variants.Variant) *embed.Pass // embeds outside of the run's own pass
	Reference *variants.Variant
	Copy      *variants.Variant // a second copy of the reference; its failures here are no fault of the variant
	Swaps     []*Swap           // swaps of pictures, without those in Own
	Floors    []Floor
	Own       map[string]bool // image keys of the suite's variants, under which all pictures are embedded
	OwnTexts  map[string]bool // their text keys
	Sets      []*embed.Set
	Work      map[*variants.Lazy]int // by encoder: number of image keys of the suite's variants

	done    map[*variants.Variant]bool // variants whose swaps are measured, and floors that are
	swapped map[*embed.Set]*swapped
	floored map[*embed.Set]map[string]*floored // by modality
}

// Measure measures the floors and the swaps of the variants, for everything in memory, side by side.
func (s *Sampler) Measure(ctx context.Context, all []*variants.Variant, in func(*variants.Variant) bool) error {
	if s.done == nil {
		s.done, s.swapped, s.floored = map[*variants.Variant]bool{}, map[*embed.Set]*swapped{}, map[*embed.Set]map[string]*floored{}
	}
	images, texts := s.floorsIn(in)
	var todo []*variants.Variant
	for _, v := range all {
		if in(v) && !s.done[v] && v.OK() && len(s.beside(v)) > 0 {
			s.done[v], todo = true, append(todo, v)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.measureFloors(ctx, images, texts) })
	g.Go(func() error { return s.measureSwaps(ctx, todo) })
	return g.Wait()
}

// sampled are the datasets that are sampled.
func (s *Sampler) sampled() []*embed.Set {
	return slices.DeleteFunc(slices.Clone(s.Sets), func(set *embed.Set) bool { return !set.Sampled || len(set.Good) == 0 })
}

// swapped is the result of the swaps on a dataset.
type swapped struct {
	strata sample.Strata
	far    map[*Swap]map[int]float64 // distance from the reference, by place
}

// The stopping rules of a sample. The first is how narrow the 95 % intervals of the swaps must be, as a
// share of the variant's whole drift. The second is how far the sample's own mean drift may be from that
// of all pictures. The second ensures that the sample misses no kind of picture that drifts most.
const (
	narrow = 0.05
	near   = 0.1
)

// firstTake is the number of pictures in the first sample of a dataset. The sample doubles until it is
// precise enough, or until a larger one would cost too much. fewest is the first sample where firstTake
// costs too much already.
const (
	firstTake = 32
	fewest    = firstTake / 2
)

// measureSwaps runs the swaps of variants that are in memory and have all their embeddings, on a growing
// number of pictures.
func (s *Sampler) measureSwaps(ctx context.Context, todo []*variants.Variant) error {
	sets, most := s.sampled(), 0
	for _, set := range sets {
		most = max(most, len(set.Good))
		if s.swapped[set] == nil {
			s.swapped[set] = &swapped{strata: sample.Stratify(set.Looks, set.Marks), far: map[*Swap]map[int]float64{}}
		}
	}
	if len(todo) == 0 || most == 0 || !s.Reference.OK() {
		return nil
	}
	few := slices.DeleteFunc(slices.Clone(todo), func(v *variants.Variant) bool { return s.affords(v, sets, firstTake) })
	if err := s.extend(ctx, sets, few, 0, fewest); err != nil {
		return err
	}
	last := 0
	for take := firstTake; last < most; take *= 2 {
		todo = slices.DeleteFunc(todo, func(v *variants.Variant) bool {
			return !v.OK() || !s.affords(v, sets, take) || last > 0 && s.tellsEnough(v, sets)
		})
		if err := s.extend(ctx, sets, todo, last, take); err != nil || len(todo) == 0 {
			return err
		}
		last = take
	}
	return nil
}

// beside has a variant's swaps that equal no variant of the suite.
func (s *Sampler) beside(v *variants.Variant) (out []*Swap) {
	for _, w := range s.Swaps {
		if w.Of == v && !s.Own[w.As.ImageKey] {
			out = append(out, w)
		}
	}
	return out
}

// extend measures the pictures that larger samples add to smaller ones.
func (s *Sampler) extend(ctx context.Context, sets []*embed.Set, of []*variants.Variant, from, to int) error {
	if len(of) == 0 {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, set := range sets {
		g.Go(func() error { return s.extendIn(ctx, set, of, from, to) })
	}
	return g.Wait()
}

// atOnce is the number of datasets whose pictures are prepared at once. Their tensors take memory.
const atOnce = 2

// extendIn measures the pictures that a larger sample of a dataset adds to a smaller one.
func (s *Sampler) extendIn(ctx context.Context, set *embed.Set, todo []*variants.Variant, from, to int) error {
	at := s.swapped[set]
	var before []int
	if from > 0 {
		before = at.strata.Take(from)
	}
	places := slices.DeleteFunc(at.strata.Take(to), func(i int) bool { _, found := slices.BinarySearch(before, i); return found })
	var swaps []*Swap
	run := []*variants.Variant{s.Copy}
	for _, v := range todo {
		swaps = append(swaps, s.beside(v)...)
	}
	for _, w := range swaps {
		run = append(run, w.As)
	}
	part, places, err := s.embed(ctx, set, places, run)
	if err != nil {
		return err
	}
	ref := part.ImageEmb[s.Copy.ImageKey]
	for _, w := range swaps {
		got, ok := part.ImageEmb[w.As.ImageKey]
		if !ok || got.N != ref.N || got.Dim != ref.Dim {
			continue // it failed, and its reason says so
		}
		if at.far[w] == nil {
			at.far[w] = map[int]float64{}
		}
		for k, i := range places {
			at.far[w][i] = meanAbs(got.Row(k), ref.Row(k))
		}
	}
	return nil
}

// embed embeds good pictures of a dataset. It returns the places of those that all pipelines accepted.
func (s *Sampler) embed(ctx context.Context, set *embed.Set, places []int, run []*variants.Variant) (*embed.Set, []int, error) {
	images := make([]datasets.Image, len(places))
	for k, i := range places {
		images[k] = set.Good[i]
	}
	part := embed.PartOf(set.Spec, images, nil, set.Crashed)
	if err := s.Pass(run, nil).RunImages(ctx, part, func(*variants.Variant) bool { return true }, true); err != nil {
		return nil, nil, err
	}
	taken := make([]int, 0, len(part.Good))
	for k, i := range places {
		if n := len(taken); n < len(part.Good) && part.Good[n].Name == images[k].Name {
			taken = append(taken, i)
		}
	}
	return part, taken, nil
}

func meanAbs(a, b []float32) float64 {
	sum := 0.0
	for i, v := range a {
		sum += math.Abs(float64(v) - float64(b[i]))
	}
	return sum / float64(max(1, len(a)))
}

// whole is how far a variant is from the reference, for each good picture.
func (s *Sampler) whole(set *embed.Set, v *variants.Variant) []float64 {
	own, ref := set.ImageEmb[v.ImageKey], set.ImageEmb[s.Reference.ImageKey]
	if own.N != ref.N || own.Dim != ref.Dim {
		return nil
	}
	out := make([]float64, own.N)
	for i := range out {
		out[i] = meanAbs(own.Row(i), ref.Row(i))
	}
	return out
}

// Swap estimates from a sample what a swap does to the embedding, as mean |a-b|. It is false when all
// pictures were embedded, and for a swap that failed. A swap that several variants share has one estimate.
// It is the most certain one of those that use a variant's drift and the one that uses none.
func (s *Sampler) Swap(set *embed.Set, w *Swap) (best sample.Mean, ok bool) {
	at := s.swapped[set]
	if at == nil || !w.As.OK() {
		return best, false
	}
	try := func(x []float64, far map[int]float64) {
		if m := at.strata.Ratio(x, far); !ok || m.Error < best.Error {
			best, ok = m, true
		}
	}
	for _, other := range s.Swaps {
		far := at.far[other]
		if other.As.ImageKey != w.As.ImageKey || len(far) == 0 {
			continue
		}
		if all := s.whole(set, other.Of); all != nil {
			try(all, far)
			try(slices.Repeat([]float64{1}, len(all)), far)
		}
	}
	return best, ok
}
