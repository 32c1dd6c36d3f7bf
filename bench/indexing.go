package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/turns"
	"github.com/fastclip/fastclip/metrics/stats"
)

// leastBatches is the number of batches below which nobody can tell whether a row has settled.
const leastBatches = 16

// IndexingConfig says what to index. The suite's Bench limits the time per row.
type IndexingConfig struct {
	Config     Config
	Backend    indexes.Backend
	Modalities []string // of the documents: image, text
	Batches    []int    // documents that a client sends at a time
	Documents  int      // documents per row, at least
	Queries    int      // number of queries that measure recall
	MinRecall  float64  // recall@10 below which a row has failed
	HTTP       bool     // images come over HTTP from a server in this process, and not from files
}

// IndexingRow is one variant's documents of one modality, in client batches of one size.
type IndexingRow struct {
	Variant, Modality string
	Backend           string
	Batch             int
	Status, Reason    string
	Faults            []string                   // contradictions in the model's files
	Phases            []string                   // in order
	Series            map[string][]time.Duration // of each phase, by batch
	Total             []time.Duration            // of a batch
	Items             []int                      // documents of a batch
	stats.Steadiness                             // of the time per document; Warmup counts batches
	Short             bool                       // too few batches to tell whether it has settled
	Documents         int                        // number of added documents
	Count             int                        // number in the index after it was opened again
	Recall            float64                    // recall@10 against exact search; NaN without
}

// IndexingResult is what Indexing found.
type IndexingResult struct {
	Rows     []IndexingRow
	Warnings []string // what was unsteady about the machine
	Problems []string // images that were left out, with the reason
}

// PerDocument returns the milliseconds per document for each batch after the warm-up: of one phase, or of all
// phases together if phase is empty.
func (r IndexingRow) PerDocument(phase string) []float64 {
	series := r.Total
	if phase != "" {
		series = r.Series[phase]
	}
	out := []float64{}
	for i := r.Warmup; i < len(series); i++ {
		out = append(out, float64(series[i])/float64(time.Millisecond)/float64(r.Items[i]))
	}
	return out
}

// MeanStd is the mean and the standard deviation of the milliseconds per document after the warm-up.
func (r IndexingRow) MeanStd() (mean, std float64) { return stats.MeanStd(r.PerDocument("")) }

// Indexing adds documents to a vector database as a client would: load, decode, preprocess (or tokenize),
// encode, to_output, index. Every row has its own collection. Each round adds one batch to each row, and
// starts with another row. Then the database is restarted. A row fails, however fast it was, if documents
// are missing or are not found.
func Indexing(ctx context.Context, cfg IndexingConfig) (out IndexingResult, err error) {
	r := newWorkbench(cfg.Config)
	out, err = r.indexing(ctx, cfg)
	return out, errors.Join(err, r.close())
}

func (r *workbench) indexing(ctx context.Context, cfg IndexingConfig) (out IndexingResult, err error) {
	if err := r.openSet(ctx); err != nil {
		return out, err
	}
	docs, err := newDocuments(r.set, cfg)
	if err != nil {
		return out, err
	}
	defer docs.close()
	rows, err := r.indexingRows(ctx, cfg, docs)
	if err != nil {
		return out, err
	}
	w := newNoise()
	r.progress.Phase("indexing", len(rows))
	more := func(round int) bool {
		if round > 0 {
			r.progress.Add(0)
			w.tick()
		}
		return slices.ContainsFunc(rows, func(x *indexingRow) bool { return !x.done })
	}
	err = turns.While(len(rows), more, func(_, i int) error {
		x := rows[i]
		if x.done {
			return nil
		}
		x.batch(ctx, r.suite.Timeout)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if x.settle(r.suite.Bench, cfg.Documents); x.done {
			r.progress.Add(1)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Warnings = w.warnings(r.host.Cores)
	if err := r.checkIndexes(ctx, cfg, rows); err != nil {
		return out, err
	}
	for _, x := range rows {
		out.Rows = append(out.Rows, x.IndexingRow)
	}
	for _, f := range r.set.Failures {
		out.Problems = append(out.Problems, fmt.Sprintf("%s left out: %s", f.Item, f.Reason))
	}
	out.Problems = append(out.Problems, docs.problem...)
	return out, nil
}

// indexingRows opens the variants and one collection per row. A database that embeds by itself gets one row
// without a variant.
func (r *workbench) indexingRows(ctx context.Context, cfg IndexingConfig, docs *documents) ([]*indexingRow, error) {
	var vs []*variants.Variant
	if own, ok := cfg.Backend.(interface{ Model() string }); ok {
		v := &variants.Variant{Status: store.StatusOK}
		v.Spec.Name = cfg.Backend.Name() + "/" + own.Model()
		vs = append(vs, v)
	} else {
		proofs, err := cache.Open(r.cfg.Cache, true)
		if err != nil {
			return nil, err
		}
		vs, _ = r.opener.OpenAll(ctx, r.suite, r.host, proofs, r.progress)
		r.tell(vs...)
	}
	var out []*indexingRow
	for _, v := range vs {
		queries := map[string][][]float32{}
		for _, modality := range cfg.Modalities {
			for _, batch := range cfg.Batches {
				x := &indexingRow{v: v, docs: docs, queries: queries, IndexingRow: IndexingRow{
					Variant: v.Spec.Name, Modality: modality, Backend: cfg.Backend.Name(), Batch: batch, Status: v.Status, Reason: v.Reason, Faults: v.Info.Faults,
					Series: map[string][]time.Duration{}, Recall: math.NaN(), Phases: phasesOf(modality, v.Enc == nil),
				}}
				x.name = fmt.Sprintf("%s %s %d", v.Spec.Name, modality, batch)
				if v.OK() {
					var err error
					if x.index, err = cfg.Backend.Open(ctx, x.name, v.Info.Dim); err != nil {
						x.fail(err)
					}
				}
				x.done = x.Status != store.StatusOK
				out = append(out, x)
			}
		}
	}
	return out, nil
}

func phasesOf(modality string, embedsItself bool) []string {
	switch {
	case embedsItself:
		return []string{store.PhaseIndex}
	case modality == store.TowerImage:
		return []string{store.PhaseLoad, store.PhaseDecode, store.PhasePreprocess, store.PhaseEncode, store.PhaseToOutput, store.PhaseIndex}
	}
	return []string{store.PhaseTokenize, store.PhaseEncode, store.PhaseToOutput, store.PhaseIndex}
}
