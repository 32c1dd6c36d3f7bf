package attribute

import (
	"context"
	"math"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/sample"
	"github.com/fastclip/fastclip/eval/variants"
)

// One chunk in so many is taken, within these limits.
const (
	everyChunk  = 16
	leastChunks = 2
	mostChunks  = 8
)

// floored is the result of the noise floors of a dataset.
type floored struct {
	of  map[string]*drift.Difference // by image key
	far map[string][]float64         // by image key, for each picture
}

// measureFloors runs the reference in those of its other ways that are in memory. It uses whole chunks of
// each dataset, because a result may depend on the other pictures in the chunk, and another chunk would
// not show the floor.
func (s *Sampler) measureFloors(ctx context.Context, in func(*variants.Variant) bool) error {
	if s.floored == nil {
		s.floored = map[*embed.Set]*floored{}
	}
	var run []*variants.Variant
	for _, f := range s.Floors {
		if !s.Own[f.As.ImageKey] && in(f.As) && !s.done[f.As] {
			run, s.done[f.As] = append(run, f.As), true
		}
	}
	for _, set := range s.Sets {
		if !set.Sampled || len(set.Good) == 0 || len(run) == 0 || !s.Reference.OK() {
			continue
		}
		if s.floored[set] == nil {
			s.floored[set] = &floored{map[string]*drift.Difference{}, map[string][]float64{}}
		}
		chunks := chunksOf(set)
		n := min(len(chunks), max(leastChunks, min(mostChunks, len(chunks)/everyChunk)))
		for k := range n {
			if err := s.floorsOf(ctx, set, chunks[(2*k+1)*len(chunks)/(2*n)], run, s.floored[set]); err != nil {
				return err
			}
		}
	}
	return nil
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
		if at.of[v.ImageKey] == nil {
			at.of[v.ImageKey] = &drift.Difference{}
		}
		at.of[v.ImageKey].Add(got.Data, ref.Data[chunk[0]*ref.Dim:(chunk[0]+len(chunk))*ref.Dim], ref.Dim)
		for k, i := range chunk {
			at.far[v.ImageKey] = append(at.far[v.ImageKey], meanAbs(got.Row(k), ref.Row(i)))
		}
	}
	return nil
}

// Floor is how far the reference is from itself in a sampled way, with the mean over its pictures.
func (s *Sampler) Floor(set *embed.Set, f Floor) (*drift.Difference, sample.Mean, bool) {
	at := s.floored[set]
	if at == nil || at.of[f.As.ImageKey] == nil {
		return nil, sample.Mean{}, false
	}
	far, of := at.far[f.As.ImageKey], len(set.Good)
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
	return at.of[f.As.ImageKey], m, true
}
