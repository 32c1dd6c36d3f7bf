package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/store"
)

// checkIndexes closes everything, restarts the database, and checks that all documents are there and are
// found.
func (r *workbench) checkIndexes(ctx context.Context, cfg IndexingConfig, rows []*indexingRow) error {
	r.progress.Phase("checking the indexes after a restart", len(rows))
	for _, x := range rows {
		if x.index == nil {
			continue
		}
		if err := x.index.Close(); err != nil && x.Status == store.StatusOK {
			x.fail(fmt.Errorf("close: %w", err))
		}
	}
	if err := cfg.Backend.Restart(ctx); err != nil {
		return fmt.Errorf("restart %s: %w", cfg.Backend.Name(), err)
	}
	for _, x := range rows {
		if x.Status == store.StatusOK {
			if err := x.check(ctx, cfg); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				x.fail(err)
			}
		}
		r.progress.Add(1)
	}
	return nil
}

func (x *indexingRow) check(ctx context.Context, cfg IndexingConfig) (err error) {
	index, err := cfg.Backend.Open(ctx, x.name, x.v.Info.Dim)
	if err != nil {
		return fmt.Errorf("open the index again: %w", err)
	}
	defer func() { err = errors.Join(err, index.Close()) }()
	if x.Count, err = index.Count(ctx); err != nil {
		return err
	}
	if x.Count != x.Documents {
		return fmt.Errorf("the index holds %d of %d documents after it was opened again", x.Count, x.Documents)
	}
	if x.v.Enc == nil {
		return nil // the database keeps its vectors to itself: nothing tells what a search has to find
	}
	searcher, ok := index.(indexes.Searcher)
	if !ok {
		return errors.New("the index cannot be searched")
	}
	queries, err := x.queriesOf(ctx, cfg.Queries)
	if err != nil {
		return fmt.Errorf("queries: %w", err)
	}
	if x.Recall, err = recall(ctx, searcher, x.ids, x.vectors, queries); err != nil {
		return err
	}
	if x.Recall < cfg.MinRecall {
		return fmt.Errorf("recall@%d is %.3f, below %g", recallAt, x.Recall, cfg.MinRecall)
	}
	return nil
}

// queriesOf are unit embeddings of the other modality. Texts search images, and images search texts.
func (x *indexingRow) queriesOf(ctx context.Context, n int) ([][]float32, error) {
	if q, ok := x.queries[x.Modality]; ok {
		return q, nil
	}
	var e encoders.Embeddings
	var err error
	if x.Modality == store.TowerImage {
		numbers := make([]int, min(n, len(x.docs.texts)))
		for i := range numbers {
			numbers[i] = i
		}
		var tk encoders.Tokens
		if tk, err = x.v.Tokens(ctx, x.docs.textsOf(numbers)); err == nil {
			e, err = x.v.Enc.EncodeTexts(ctx, tk)
		}
	} else {
		size := x.v.Pipe.Len()
		px := encoders.Pixels{Size: x.v.Info.ImageSize}
		for i := 0; i < len(x.docs.images) && px.N < n; i++ {
			one := make([]float32, size)
			data, err := x.docs.images[i].Read(ctx)
			if err == nil {
				err = x.v.Pipe.Run(data, one, nil)
			}
			if err != nil {
				x.docs.skip(i, err)
				continue
			}
			px.N, px.Data = px.N+1, append(px.Data, one...)
		}
		e, err = x.v.Enc.EncodeImages(ctx, px)
	}
	if err != nil {
		return nil, err
	}
	x.queries[x.Modality] = encoders.ToOutput(e)
	return x.queries[x.Modality], nil
}

const (
	recallAt = 10
	// tieMargin is how much less similar a hit may be than the tenth nearest. Documents of one picture are
	// equally near, and databases round differently.
	tieMargin = 1e-5
)

// recall is the share of the nearest recallAt documents that were found, as the mean over the queries. Of
// several equally near documents any will do, but each counts once.
func recall(ctx context.Context, index indexes.Searcher, ids []string, vectors, queries [][]float32) (float64, error) {
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	k, sum := min(recallAt, len(ids)), 0.0
	sims := make([]float64, len(vectors))
	for _, q := range queries {
		for i, v := range vectors {
			sims[i] = dotProduct(q, v)
		}
		sorted := slices.Clone(sims)
		slices.Sort(sorted)
		least := sorted[len(sorted)-k] - tieMargin
		got, err := index.Search(ctx, q, k)
		if err != nil {
			return 0, err
		}
		found := map[string]bool{}
		for _, id := range got {
			if i, ok := at[id]; ok && sims[i] >= least {
				found[id] = true
			}
		}
		sum += float64(min(len(found), k)) / float64(k)
	}
	return sum / float64(len(queries)), nil
}

func dotProduct(a, b []float32) (s float64) {
	for i := range min(len(a), len(b)) {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}
