package attribute

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/sample"
	"github.com/fastclip/fastclip/eval/variants"
)

// One chunk in so many is taken, within these limits. With four ways, the floors then encode an eighth of what the
// reference encodes. Fewer than a chunk would not be the batches that the reference has.
const (
	everyChunk  = 32
	leastChunks = 1
	mostChunks  = 8
)

// sampledChunk tells whether chunk k of n is in the sample. Those in it lie evenly.
func sampledChunk(k, n int) bool {
	take := min(n, max(leastChunks, min(mostChunks, n/everyChunk)))
	for i := range take {
		if k == (2*i+1)*n/(2*take) {
			return true
		}
	}
	return false
}

// floored is the result of the noise floors of a dataset's pictures or texts.
type floored struct {
	of  map[string]*drift.Difference // by key
	far map[string][]float64         // by key, for each item
}

// add compares an item's embedding under a key with the reference's.
func (f *floored) add(key string, got, ref []float32) {
	if f.of[key] == nil {
		f.of[key] = &drift.Difference{}
	}
	f.of[key].Add(got, ref, len(ref))
	f.far[key] = append(f.far[key], meanAbs(got, ref))
}

const image, text = "image", "text" // modalities

// measureFloors runs the reference in those of its other ways that are in memory, pictures and texts side by side.
// It uses whole chunks of each dataset, because a result may depend on the other items in the chunk, and another
// chunk would not show the floor.
func (s *Sampler) measureFloors(ctx context.Context, images, texts []*variants.Variant) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, set := range s.sampled() {
		if !s.Reference.OK() {
			break
		}
		if s.floored[set] == nil {
			s.floored[set] = map[string]*floored{}
			for _, modality := range []string{image, text} {
				s.floored[set][modality] = &floored{map[string]*drift.Difference{}, map[string][]float64{}}
			}
		}
		at := s.floored[set]
		g.Go(func() error { return s.imageFloors(ctx, set, images, at[image]) })
		g.Go(func() error { return s.textFloors(ctx, set, texts, at[text]) })
	}
	return g.Wait()
}

// floorsIn has those of the reference's other ways that are in memory and not measured yet. Some of their keys are
// those of the suite's variants, which embed everything.
func (s *Sampler) floorsIn(in func(*variants.Variant) bool) (images, texts []*variants.Variant) {
	for _, f := range s.Floors {
		if s.done[f.As] || !in(f.As) {
			continue
		}
		if s.done[f.As] = true; !s.Own[f.As.ImageKey] {
			images = append(images, f.As)
		}
		if !s.OwnTexts[f.As.TextKey] {
			texts = append(texts, f.As)
		}
	}
	return images, texts
}

// imageFloors compares the pictures of some chunks.
func (s *Sampler) imageFloors(ctx context.Context, set *embed.Set, run []*variants.Variant, at *floored) error {
	if len(run) == 0 {
		return nil
	}
	chunks := chunksOf(set)
	for k, chunk := range chunks {
		if !sampledChunk(k, len(chunks)) {
			continue
		}
		if err := s.floorsOf(ctx, set, chunk, run, at); err != nil {
			return err
		}
	}
	return nil
}

// textFloors compares the texts of some chunks.
func (s *Sampler) textFloors(ctx context.Context, set *embed.Set, run []*variants.Variant, at *floored) error {
	ref := set.TextEmb[s.Reference.TextKey]
	if len(run) == 0 || ref.N == 0 || !set.SampledTexts() {
		return nil
	}
	var mu sync.Mutex
	got := map[string]map[int][]float32{} // by key, by place
	err := s.Pass(nil, run).SampleTexts(ctx, set, sampledChunk, func(key string, places []int, e encoders.Embeddings) {
		mu.Lock()
		defer mu.Unlock()
		if got[key] == nil {
			got[key] = map[int][]float32{}
		}
		for k, i := range places {
			if i < ref.N && e.Dim == ref.Dim { // those behind are prompts of classes
				got[key][i] = e.Row(k)
			}
		}
	})
	for _, v := range run {
		for _, i := range slices.Sorted(maps.Keys(got[v.TextKey])) {
			at.add(v.TextKey, got[v.TextKey][i], ref.Row(i))
		}
	}
	return err
}

// chunksOf has the places of the good pictures in each chunk that the run's pass embedded.
func chunksOf(set *embed.Set) (out [][]int) {
	good := 0
	for from := 0; from < len(set.Images); from += embed.ChunkSize {
		var chunk []int
		for _, im := range set.Images[from:min(from+embed.ChunkSize, len(set.Images))] {
			if good < len(set.Good) && set.Good[good].Name == im.Name {
				chunk = append(chunk, good)
				good++
			}
		}
		if len(chunk) > 0 {
			out = append(out, chunk)
		}
	}
	return out
}

func (s *Sampler) floorsOf(ctx context.Context, set *embed.Set, chunk []int, run []*variants.Variant, at *floored) error {
	part, places, err := s.embed(ctx, set, chunk, run)
	if err != nil || len(places) < len(chunk) {
		return err // without one of its pictures it is another chunk
	}
	ref := set.ImageEmb[s.Reference.ImageKey]
	for _, v := range run {
		got, ok := part.ImageEmb[v.ImageKey]
		if !ok || got.N != len(chunk) || got.Dim != ref.Dim {
			continue
		}
		for k, i := range chunk {
			at.add(v.ImageKey, got.Row(k), ref.Row(i))
		}
	}
	return nil
}

// Floor is how far the reference is from itself in a sampled way, with the mean over its pictures or texts.
func (s *Sampler) Floor(set *embed.Set, f Floor, modality string) (*drift.Difference, sample.Mean, bool) {
	key, of := f.As.ImageKey, len(set.Good)
	if modality == text {
		key, of = f.As.TextKey, len(set.Texts)
	}
	at := s.floored[set][modality]
	if at == nil || at.of[key] == nil {
		return nil, sample.Mean{}, false
	}
	far := at.far[key]
	n, sum, squares := float64(len(far)), 0.0, 0.0
	for _, v := range far {
		sum += v
	}
	m := sample.Mean{Value: sum / n, N: len(far), Of: of, Freedom: n - 1}
	for _, v := range far {
		squares += (v - m.Value) * (v - m.Value)
	}
	if n > 1 {
		m.Error = math.Sqrt((1 - n/float64(of)) * squares / (n - 1) / n)
	}
	return at.of[key], m, true
}
