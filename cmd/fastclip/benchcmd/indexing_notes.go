package benchcmd

import (
	"fmt"
	"io"
	"slices"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/internal/store"
)

// addDocumentsTable has one row per variant and client batch size: milliseconds per document, for images and texts.
func addDocumentsTable(w io.Writer, rows []bench.IndexingRow) {
	fmt.Fprintln(w, "\nadd_documents: ms a document, mean ± std over batches\nvariant\tCBS\timage\ttext")
	type key struct {
		variant string
		batch   int
	}
	var seen []key
	for _, r := range rows {
		k := key{r.Variant, r.Batch}
		if slices.Contains(seen, k) {
			continue
		}
		seen = append(seen, k)
		cells := map[string]string{store.TowerImage: noFigure, store.TowerText: noFigure}
		for _, o := range rows {
			if o.Variant == k.variant && o.Batch == k.batch {
				cells[o.Modality] = addDocuments(o)
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", k.variant, k.batch, cells[store.TowerImage], cells[store.TowerText])
	}
	fmt.Fprintln(w, "* not shown to have converged; see below")
}

func addDocuments(r bench.IndexingRow) string {
	if r.Status != store.StatusOK {
		return r.Status
	}
	mean, std := r.MeanStd()
	star := ""
	if !r.Steady || r.Short {
		star = " *"
	}
	return fmt.Sprintf("%.3f ± %.3f%s", mean, std, star)
}
