package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// ScoringPhase is a part of scoring and its time.
type ScoringPhase struct {
	Name string
	Took time.Duration
}

// Scoring has generated embeddings: pictures, and captions that are near to their picture.
type Scoring struct {
	in  score.Input
	set *embed.Set
}

// NewScoring makes embeddings of the given number of pictures, and the given number of captions for each.
func NewScoring(images, captions, dim int) (*Scoring, error) {
	if images < 1 || captions < 1 || dim < 1 {
		return nil, fmt.Errorf("%d pictures with %d captions of %d values: want at least 1 of each", images, captions, dim)
	}
	chosen := &suite.Suite{Name: "scoring", Metrics: suite.MetricNames(), Resamples: 10000, Seed: 1}
	ref := &variants.Variant{Spec: encoders.Spec{Name: "generated"}, Status: store.StatusOK, ImageKey: "i", TextKey: "t"}
	s := &embed.Set{Spec: suite.DatasetSpec{Name: "generated"}, ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}}
	random := rand.New(rand.NewPCG(1, 2))
	im := encoders.Embeddings{N: images, Dim: dim, Data: make([]float32, images*dim)}
	tx := encoders.Embeddings{N: images * captions, Dim: dim, Data: make([]float32, images*captions*dim)}
	for i := range im.Data {
		im.Data[i] = float32(random.NormFloat64())
	}
	for t := range tx.N {
		for j := range dim {
			tx.Data[t*dim+j] = im.Data[t/captions*dim+j]*0.15 + float32(random.NormFloat64())
		}
	}
	s.ImageEmb["i"], s.TextEmb["t"] = im, tx
	for i := range images {
		s.Good = append(s.Good, datasets.Image{ID: fmt.Sprintf("%06d.jpg", i)})
		for c := range captions {
			s.Texts = append(s.Texts, datasets.Text{ID: fmt.Sprintf("%06d.jpg#%d", i, c), Images: []string{s.Good[i].ID}})
		}
	}
	in := score.Input{RunID: "scoring", Suite: chosen, Variants: []*variants.Variant{ref}, Reference: ref, Sets: []*embed.Set{s}, Progress: progress.New(nil)}
	return &Scoring{in, s}, nil
}

// Run scores as eval does: all metrics in both directions, with intervals. It writes scores.parquet and queries.parquet to a folder.
func (x *Scoring) Run(ctx context.Context, dir string) ([]ScoringPhase, error) {
	var phases []ScoringPhase
	at := time.Now()
	done := func(name string) {
		phases = append(phases, ScoringPhase{name, time.Since(at)})
		at = time.Now()
	}
	all, err := score.Searches(x.set, x.in.Suite, x.in.Suite.Seed)
	if err != nil {
		return nil, err
	}
	done("resamples")
	found, err := score.Find(ctx, x.set, x.in.Reference, all)
	if err != nil {
		return nil, err
	}
	done("search")
	out, err := score.Rows(x.in, x.set, x.in.Reference, found, nil)
	if err != nil {
		return nil, err
	}
	done("metrics and intervals")
	if err := store.Write(filepath.Join(dir, "scores.parquet"), out.Scores); err != nil {
		return nil, err
	}
	if err := store.WriteQueries(filepath.Join(dir, "queries.parquet"), out.Queries...); err != nil {
		return nil, err
	}
	done("writing")
	return phases, nil
}
