package benchcmd

import (
	"fmt"
	"io"
	"slices"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/internal/store"
)

// notesTable has one row per variant: milliseconds per item as mean ± standard deviation, and the distance of its embeddings from the reference's. A star
// marks times that have not converged.
func notesTable(w io.Writer, rows []bench.InferenceRow) {
	type column struct{ batch, threads int }
	var columns []column
	var variants []string
	for _, r := range rows {
		if c := (column{r.Batch, r.Threads}); !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
		if !slices.Contains(variants, r.Variant) {
			variants = append(variants, r.Variant)
		}
	}
	for _, c := range columns {
		fmt.Fprintf(w, "\nBatch %d, threads %d: ms an item, mean ± std\nvariant\timage\ttext\tDIFF image (mean)\tDIFF text (mean)\n", c.batch, c.threads)
		for _, v := range variants {
			ms, diff := map[string]string{store.TowerImage: noFigure, store.TowerText: noFigure}, map[string]string{store.TowerImage: noFigure, store.TowerText: noFigure}
			for _, r := range rows {
				if r.Variant != v || r.Batch != c.batch || r.Threads != c.threads {
					continue
				}
				ms[r.Tower], diff[r.Tower] = perItem(r), small(bench.Known(r.MeanAbs))
				if r.Wrong != "" {
					diff[r.Tower] += " wrong"
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v, ms[store.TowerImage], ms[store.TowerText], diff[store.TowerImage], diff[store.TowerText])
		}
	}
}

func perItem(r bench.InferenceRow) string {
	if r.Status != store.StatusOK {
		return r.Status
	}
	if len(r.Settled()) < 2 {
		return "too few calls"
	}
	mean, std := r.MeanStd()
	star := ""
	if !r.Steady || r.Short {
		star = " *"
	}
	return fmt.Sprintf("%.3f ± %.3f%s", mean/float64(r.Batch), std/float64(r.Batch), star)
}
