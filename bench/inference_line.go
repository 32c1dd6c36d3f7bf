package bench

import (
	"fmt"
	"math"
	"time"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// InferenceLine is a line of the JSON output. Times are milliseconds per call in the steady state. Unknown values are null.
type InferenceLine struct {
	Variant    string   `json:"variant"`
	Phase      string   `json:"phase"`
	Tower      string   `json:"tower"`
	Batch      int      `json:"batch"`
	Threads    int      `json:"threads"`
	Status     string   `json:"status"`
	Reason     string   `json:"reason,omitempty"`
	Faults     []string `json:"faults,omitempty"` // faults of the model's files
	MSMedian   *float64 `json:"ms_median"`
	MSLow      *float64 `json:"ms_low"`
	MSHigh     *float64 `json:"ms_high"`
	N          int      `json:"n"`
	MSMean     *float64 `json:"ms_mean"`
	MSStd      *float64 `json:"ms_std"`
	MSP50      *float64 `json:"ms_p50"`
	MSP90      *float64 `json:"ms_p90"`
	MSP99      *float64 `json:"ms_p99"`
	PerSecond  *float64 `json:"items_per_s"`
	PerCore    *float64 `json:"items_per_s_core"`
	PerDollar  *float64 `json:"items_per_dollar"`
	CPU        *float64 `json:"cpu_s_item"`
	PeakRSS    *int64   `json:"peak_rss_bytes"`
	ColdMS     *float64 `json:"cold_ms"`
	LoadMS     *float64 `json:"load_ms"`
	FirstMS    *float64 `json:"first_ms"`       // the first call of the tower
	FirstShape *float64 `json:"first_shape_ms"` // the first call with this batch
	Warmup     int      `json:"warmup"`         // calls before the steady state, including the first
	Steady     bool     `json:"steady"`
	Shape      string   `json:"shape"`
	Trend      *float64 `json:"trend"` // over the last quarter of the calls if the row has not settled
	State      string   `json:"state"` // the fields above in words
	SpeedUp    *float64 `json:"speed_up"`
	SpeedLow   *float64 `json:"speed_up_low"`
	SpeedHigh  *float64 `json:"speed_up_high"`
	MeanAbs    *float64 `json:"mean_abs"`
	CosineMin  *float64 `json:"cosine_min"`
	Wrong      string   `json:"wrong,omitempty"`
	Unsteady   []string `json:"machine_unsteady,omitempty"`
}

func NewInferenceLine(r InferenceRow, b suite.Bench, warnings []string) InferenceLine {
	row := InferenceLine{
		Variant: r.Variant, Phase: "encode", Tower: r.Tower, Batch: r.Batch, Threads: r.Threads, Status: r.Status, Reason: r.Reason, Faults: r.Faults,
		Shape: r.Shape, Wrong: r.Wrong, Unsteady: warnings,
	}
	if r.Status != store.StatusOK || len(r.Settled()) == 0 {
		return row
	}
	ms := Milliseconds(r.Settled())
	mean, std := stats.MeanStd(ms)
	low, high := stats.MedianCI(ms)
	median := stats.Median(ms)
	row.MSMedian, row.MSLow, row.MSHigh, row.N = Known(median), Known(low), Known(high), len(ms)
	row.MSMean, row.MSStd = Known(mean), Known(std)
	row.MSP50, row.MSP90, row.MSP99 = Known(median), Known(stats.Quantile(ms, 0.9)), Known(stats.Quantile(ms, 0.99))
	perSecond := 1000 * float64(r.Batch) / median
	row.PerSecond, row.PerCore = Known(perSecond), Known(perSecond/float64(r.Threads))
	if b.PricePerHour > 0 {
		row.PerDollar = Known(perSecond * 3600 / b.PricePerHour)
	}
	if cpu, ok := r.SettledCPU(); ok {
		row.CPU = Known(cpu.Seconds() / float64(len(ms)*r.Batch))
	}
	if r.Cold.PeakRSS > 0 {
		row.PeakRSS, row.ColdMS = &r.Cold.PeakRSS, Known(toMS(r.Cold.Start))
	}
	row.LoadMS, row.FirstMS, row.FirstShape = Known(toMS(r.Load)), Known(toMS(r.First)), Known(toMS(r.FirstShape))
	row.Warmup, row.Steady, row.State = r.Calls(r.Warmup), r.Steady && !r.Short, state(r, b)
	if !row.Steady {
		row.Trend = Known(r.Trend)
	}
	if r.Wrong == "" {
		row.SpeedUp, row.SpeedLow, row.SpeedHigh = Known(r.SpeedUp), Known(r.SpeedLow), Known(r.SpeedHigh)
	}
	row.MeanAbs, row.CosineMin = Known(r.MeanAbs), Known(r.CosineMin)
	return row
}

// state says in words whether, and after how many calls, the row has settled.
func state(r InferenceRow, b suite.Bench) string {
	s := r.Steadiness
	switch {
	case s.Shape == stats.ShapeStalls && s.Period > 0:
		return fmt.Sprintf("unsteady: one call in %d takes %.1fx", r.Calls(s.Period), s.StallFactor)
	case s.Shape == stats.ShapeStalls:
		return fmt.Sprintf("unsteady: %d of %d calls take %.1fx", s.Stalls, len(r.Settled()), s.StallFactor)
	case s.Shape == stats.ShapeModes:
		return "unsteady: calls have one of two speeds"
	case !s.Steady:
		return fmt.Sprintf("not converged in %d calls, trend %+.1f %% per quarter", r.Calls(len(r.Series)), 100*s.Trend)
	case r.Short:
		return fmt.Sprintf("%d of %d calls in %s", len(r.Series), b.MinCalls, b.MaxTime)
	case s.Shape == stats.ShapeSlowdown:
		return fmt.Sprintf("slower after %d", r.Calls(s.Warmup))
	}
	return fmt.Sprintf("after %d", r.Calls(s.Warmup))
}

// Milliseconds converts durations.
func Milliseconds(d []time.Duration) []float64 {
	out := make([]float64, len(d))
	for i, x := range d {
		out[i] = toMS(x)
	}
	return out
}

func toMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Known is a number for JSON, or nil if it is not finite.
func Known(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
