package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// phaseTotal is all phases of a batch together.
const phaseTotal = "total"

// indexingRow is a line of the JSON output: a phase of a row; ms are of one document.
type indexingRow struct {
	Variant   string   `json:"variant"`
	Phase     string   `json:"phase"`
	Modality  string   `json:"modality"`
	Batch     int      `json:"batch"`
	Backend   string   `json:"backend"`
	Images    string   `json:"images"`
	Status    string   `json:"status"`
	Reason    string   `json:"reason,omitempty"`
	MSMedian  *float64 `json:"ms_median"`
	MSLow     *float64 `json:"ms_low"`
	MSHigh    *float64 `json:"ms_high"`
	N         int      `json:"n"` // batches after the warm-up
	MSMean    *float64 `json:"ms_mean"`
	MSStd     *float64 `json:"ms_std"`
	Warmup    int      `json:"warmup"` // batches before those
	Steady    bool     `json:"steady"`
	State     string   `json:"state"`
	Documents int      `json:"documents"`
	Count     int      `json:"count"` // that the index held after a restart
	Recall    *float64 `json:"recall_at_10"`
	Unsteady  []string `json:"machine_unsteady,omitempty"`
}

func newIndexingRow(r bench.IndexingRow, phase string, b suite.Bench, images string) indexingRow {
	series := phase
	if phase == phaseTotal {
		series = ""
	}
	row := indexingRow{
		Variant: r.Variant, Phase: phase, Modality: r.Modality, Batch: r.Batch, Backend: r.Backend, Images: images, Status: r.Status, Reason: r.Reason,
		Warmup: r.Warmup, Steady: r.Steady && !r.Short, Documents: r.Documents, Count: r.Count, Recall: known(r.Recall),
	}
	if r.Status != store.StatusOK {
		return row // a lost document makes no fast row
	}
	ms := r.PerDocument(series)
	mean, std := stats.MeanStd(ms)
	low, high := stats.MedianCI(ms)
	row.MSMedian, row.MSLow, row.MSHigh, row.MSMean, row.MSStd = known(stats.Median(ms)), known(low), known(high), known(mean), known(std)
	row.N, row.State = len(ms), batchState(r, b)
	return row
}

// batchState says in words whether, and after how many batches, the row has settled.
func batchState(r bench.IndexingRow, b suite.Bench) string {
	s, n := r.Steadiness, len(r.Total)
	switch {
	case r.Short:
		return fmt.Sprintf("%d batches in %s: too few to tell", n, b.MaxTime)
	case s.Shape == stats.ShapeStalls && s.Period > 0:
		return fmt.Sprintf("unsteady: one batch in %d takes %.1fx", s.Period, s.StallFactor)
	case s.Shape == stats.ShapeStalls:
		return fmt.Sprintf("unsteady: %d of %d batches take %.1fx", s.Stalls, n-r.Warmup, s.StallFactor)
	case s.Shape == stats.ShapeModes:
		return "unsteady: batches are of either of two speeds"
	case !s.Steady:
		return fmt.Sprintf("not converged in %d batches, trend %+.1f %% a quarter", n, 100*s.Trend)
	case s.Shape == stats.ShapeSlowdown:
		return fmt.Sprintf("slower after %d", s.Warmup)
	}
	return fmt.Sprintf("after %d", s.Warmup)
}

func writeIndexingJSON(out *json.Encoder, res bench.IndexingResult, b suite.Bench, images string) error {
	for _, r := range res.Rows {
		for _, phase := range append(slices.Clone(r.Phases), phaseTotal) {
			row := newIndexingRow(r, phase, b, images)
			row.Unsteady = res.Warnings
			if err := out.Encode(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeIndexing prints the table of the research notes, and one split into phases a modality.
func writeIndexing(w io.Writer, rows []bench.IndexingRow, b suite.Bench, images string) error {
	host := machine.ThisHost()
	fmt.Fprintf(w, "%s, %d cores; %s; images from %s\n", host.CPU, host.Cores, rows[0].Backend, images)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	addDocumentsTable(table, rows)
	for _, modality := range []string{store.TowerImage, store.TowerText} {
		phasesTable(table, rows, modality, b, images)
	}
	return table.Flush()
}

// phasesTable has a row a variant and client batch size, and a column a phase.
func phasesTable(w io.Writer, rows []bench.IndexingRow, modality string, b suite.Bench, images string) {
	titled := false
	for _, r := range rows {
		if r.Modality != modality {
			continue
		}
		if !titled {
			titled = true
			fmt.Fprintf(w, "\n%s: median ms a document, after the warm-up\nvariant\tCBS", modality)
			for _, phase := range r.Phases {
				fmt.Fprintf(w, "\t%s", phase)
			}
			fmt.Fprintln(w, "\ttotal\t95 % CI\tbatches\tdocuments\trecall@10\tconverged")
		}
		if fmt.Fprintf(w, "%s\t%d", r.Variant, r.Batch); r.Status != store.StatusOK {
			fmt.Fprintf(w, "\t%s: %s\n", r.Status, r.Reason)
			continue
		}
		for _, phase := range r.Phases {
			fmt.Fprintf(w, "\t%s", num(newIndexingRow(r, phase, b, images).MSMedian, 3))
		}
		x := newIndexingRow(r, phaseTotal, b, images)
		fmt.Fprintf(w, "\t%s\t%s to %s\t%d\t%d\t%s\t%s\n", num(x.MSMedian, 3), num(x.MSLow, 3), num(x.MSHigh, 3), x.N, x.Documents, num(x.Recall, 3), x.State)
	}
}

// addDocumentsTable has a row a variant and client batch size: ms a document, image and text.
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
	mean, std := stats.MeanStd(r.PerDocument(""))
	star := ""
	if !r.Steady || r.Short {
		star = " *"
	}
	return fmt.Sprintf("%.3f ± %.3f%s", mean, std, star)
}
