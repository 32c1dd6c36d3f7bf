package bench

import (
	"fmt"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// PhaseTotal names all phases of a batch together.
const PhaseTotal = "total"

// IndexingLine is a line of the JSON output: one phase of one row. Times are milliseconds per document.
type IndexingLine struct {
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
	Count     int      `json:"count"` // number in the index after a restart
	Recall    *float64 `json:"recall_at_10"`
	Unsteady  []string `json:"machine_unsteady,omitempty"`
}

func NewIndexingLine(r IndexingRow, phase string, b suite.Bench, images string) IndexingLine {
	series := phase
	if phase == PhaseTotal {
		series = ""
	}
	row := IndexingLine{
		Variant: r.Variant, Phase: phase, Modality: r.Modality, Batch: r.Batch, Backend: r.Backend, Images: images, Status: r.Status, Reason: r.Reason,
		Warmup: r.Warmup, Steady: r.Steady && !r.Short, Documents: r.Documents, Count: r.Count, Recall: Known(r.Recall),
	}
	if r.Status != store.StatusOK {
		return row // a lost document must not make a row look fast
	}
	ms := r.PerDocument(series)
	mean, std := stats.MeanStd(ms)
	low, high := stats.MedianCI(ms)
	row.MSMedian, row.MSLow, row.MSHigh, row.MSMean, row.MSStd = Known(stats.Median(ms)), Known(low), Known(high), Known(mean), Known(std)
	row.N, row.State = len(ms), batchState(r, b)
	return row
}

// batchState says in words whether, and after how many batches, the row has settled.
func batchState(r IndexingRow, b suite.Bench) string {
	s, n := r.Steadiness, len(r.Total)
	switch {
	case r.Short:
		return fmt.Sprintf("%d batches in %s: too few to tell", n, b.MaxTime)
	case s.Shape == stats.ShapeStalls && s.Period > 0:
		return fmt.Sprintf("unsteady: one batch in %d takes %.1fx", s.Period, s.StallFactor)
	case s.Shape == stats.ShapeStalls:
		return fmt.Sprintf("unsteady: %d of %d batches take %.1fx", s.Stalls, n-r.Warmup, s.StallFactor)
	case s.Shape == stats.ShapeModes:
		return "unsteady: batches have one of two speeds"
	case !s.Steady:
		return fmt.Sprintf("not converged in %d batches, trend %+.1f %% per quarter", n, 100*s.Trend)
	case s.Shape == stats.ShapeSlowdown:
		return fmt.Sprintf("slower after %d", s.Warmup)
	}
	return fmt.Sprintf("after %d", s.Warmup)
}
