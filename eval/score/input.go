package score

import (
	"context"
	"iter"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// Input is what to score, with the settings.
type Input struct {
	RunID     string
	Suite     *suite.Suite
	Sets      []*embed.Set // must be embedded
	Variants  []*variants.Variant
	Reference *variants.Variant
	Kept      cache.Scope // results of earlier runs
	Progress  *progress.Progress
	Spread    int // queries times items from which ranges of queries were searched elsewhere; 0 means none were
}

// Output is the result of scoring: rows of tables, and what later phases need.
type Output struct {
	Scores  []store.Score
	Pooled  []store.Pooled
	Queries []iter.Seq[store.Query]  // rows that are made while they are written
	Found   map[*embed.Set][][]Found // by variant, then by direction
}

// scorer turns an input into an output.
type scorer struct {
	Input
	Output
}

// Run searches every dataset with every variant, and classifies the datasets that ask for it.
func Run(ctx context.Context, in Input) (Output, error) {
	r := &scorer{Input: in}
	if err := r.score(ctx); err != nil {
		return Output{}, err
	}
	err := r.classify(ctx)
	return r.Output, err
}

// Rows are the rows for what a variant found in a dataset, compared with the reference; nil if there is nothing.
func Rows(in Input, s *embed.Set, v *variants.Variant, own, ref []Found) (Output, error) {
	r := &scorer{Input: in}
	err := r.scoreRows(s, v, own, ref)
	return r.Output, err
}
