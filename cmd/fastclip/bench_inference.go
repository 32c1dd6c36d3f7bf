package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/stats"
)

type benchInferenceFlags struct {
	only, towers     []string
	batches, threads []int
	minTime, maxTime time.Duration
	minReps          int
	json             bool
	cache            string
}

func newBenchInferenceCmd(e *env) *cobra.Command {
	f := benchInferenceFlags{
		towers: []string{eval.TowerImage, eval.TowerText}, batches: []int{1, 8, 32}, threads: []int{1},
		minTime: 500 * time.Millisecond, maxTime: 10 * time.Second, minReps: 16,
	}
	cmd := &cobra.Command{
		Use:   "inference [SUITE]",
		Short: "the model's own call: towers, batch sizes and threads of a suite's variants",
		Long: `inference times the calls of the models of a suite (the default one, or a YAML file), one
call of each in turn, until each has had its time and has settled: the halves of its series
agree after a warm-up, which is told. A row that has not settled by --max-time says so.
Inputs are the first pictures and texts of the suite's first dataset. The embeddings made
while timing are compared with the reference's.

ms are of one call of the batch. Speed-up: the reference's time over the row's, paired by
round. cpu: of this process, an item. What cannot run is named on stderr, and exit is 1.`,
		Example: `  fastclip bench inference --batch 1,32 --threads 1,2
  fastclip bench inference --only int8/mini --tower image --json`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			suite := "default"
			if len(args) == 1 {
				suite = args[0]
			}
			return runBenchInference(cmd.Context(), e, suite, f)
		},
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.only, "only", nil, "only these variants, and the reference")
	fl.StringSliceVar(&f.towers, "tower", f.towers, "image, text or both")
	fl.IntSliceVar(&f.batches, "batch", f.batches, "batch sizes")
	fl.IntSliceVar(&f.threads, "threads", f.threads, "threads a call")
	fl.DurationVar(&f.minTime, "min-time", f.minTime, "measure each row for so long at least")
	fl.DurationVar(&f.maxTime, "max-time", f.maxTime, "and for so long at most")
	fl.IntVar(&f.minReps, "min-reps", f.minReps, "calls a row, at least")
	fl.BoolVar(&f.json, "json", false, "one JSON object a line instead of a table")
	fl.StringVar(&f.cache, "cache", "", "folder of generated scenes (default: as for eval)")
	return cmd
}

func (f benchInferenceFlags) check() error {
	for _, t := range f.towers {
		if t != eval.TowerImage && t != eval.TowerText {
			return fmt.Errorf("--tower %q: want image or text", t)
		}
	}
	if len(f.towers) == 0 || len(f.batches) == 0 || len(f.threads) == 0 || slices.Min(f.batches) < 1 || slices.Min(f.threads) < 1 {
		return errors.New("--tower, --batch and --threads want at least one value, numbers from 1")
	}
	if f.minReps < 8 || f.minTime < 0 || f.maxTime < f.minTime {
		return errors.New("--min-reps wants 8 or more, --max-time at least --min-time")
	}
	return nil
}

func runBenchInference(ctx context.Context, e *env, name string, f benchInferenceFlags) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	suite, err := eval.LoadSuite(name)
	if err != nil {
		return usageError{err}
	}
	if err := suite.Select(f.only, nil); err != nil {
		return usageError{err}
	}
	cfg, err := evalConfig(e, suite, evalFlags{cache: f.cache})
	if err != nil {
		return err
	}
	rows, err := eval.Inference(ctx, eval.InferenceConfig{
		Config: cfg, Towers: f.towers, Batches: f.batches, Threads: f.threads, MinTime: f.minTime, MaxTime: f.maxTime, MinReps: f.minReps,
	})
	if err != nil {
		return err
	}
	failed := false
	var out []inferenceRow
	for _, r := range rows {
		if r.Status != eval.StatusOK {
			failed = true
			fmt.Fprintf(e.stderr, "%s %s batch %d threads %d: %s: %s\n", r.Variant, r.Tower, r.Batch, r.Threads, r.Status, r.Reason)
			continue
		}
		out = append(out, newInferenceRow(r))
	}
	if err := writeInference(e.stdout, out, f.json); err != nil {
		return err
	}
	if failed {
		return exitError{code: exitFailures}
	}
	return nil
}

// inferenceRow is a line of the output; times are of one call, in milliseconds.
type inferenceRow struct {
	Variant   string   `json:"variant"`
	Phase     string   `json:"phase"`
	Tower     string   `json:"tower"`
	Batch     int      `json:"batch"`
	Threads   int      `json:"threads"`
	MSMedian  float64  `json:"ms_median"`
	MSLow     float64  `json:"ms_low"`
	MSHigh    float64  `json:"ms_high"`
	N         int      `json:"n"`
	MSMean    float64  `json:"ms_mean"`
	MSStd     float64  `json:"ms_std"`
	MSP90     float64  `json:"ms_p90"`
	MSP99     float64  `json:"ms_p99"`
	PerSecond float64  `json:"items_per_s"`
	CPUMS     float64  `json:"cpu_ms_item"`
	LoadMS    float64  `json:"load_ms"`
	FirstMS   float64  `json:"first_ms"`
	Warmup    int      `json:"warmup"`
	Steady    bool     `json:"steady"`
	Trend     float64  `json:"trend"`
	SpeedUp   *float64 `json:"speed_up"`
	SpeedLow  *float64 `json:"speed_up_low"`
	SpeedHigh *float64 `json:"speed_up_high"`
	MeanAbs   *float64 `json:"mean_abs"`
}

func newInferenceRow(r eval.InferenceRow) inferenceRow {
	ms := make([]float64, 0, len(r.Series))
	for _, d := range r.Series[r.Warmup:] {
		ms = append(ms, float64(d)/1e6)
	}
	row := inferenceRow{
		Variant: r.Variant, Phase: "encode", Tower: r.Tower, Batch: r.Batch, Threads: r.Threads, N: len(ms),
		MSMedian: stats.Median(ms), MSP90: stats.Quantile(ms, 0.9), MSP99: stats.Quantile(ms, 0.99),
		CPUMS: float64(r.CPU) / 1e6 / float64(len(r.Series)*r.Batch), LoadMS: float64(r.Load) / 1e6, FirstMS: float64(r.First) / 1e6,
		Warmup: r.Warmup, Steady: r.Steady, Trend: r.Trend,
		SpeedUp: known(r.SpeedUp), SpeedLow: known(r.SpeedLow), SpeedHigh: known(r.SpeedHigh), MeanAbs: known(r.MeanAbs),
	}
	row.MSMean, row.MSStd = stats.MeanStd(ms)
	row.MSLow, row.MSHigh = stats.MedianCI(ms)
	row.PerSecond = 1000 * float64(r.Batch) / row.MSMedian
	return row
}

func known(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func writeInference(w io.Writer, rows []inferenceRow, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(w)
		for _, r := range rows {
			if err := out.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "tower\tbatch\tthreads\tvariant\tms ± std\tmedian\t95 % CI\tp90\tp99\titems/s\tcpu ms/item\tspeed-up\tmean abs diff\tn\tsteady")
	for _, r := range rows {
		steady := fmt.Sprintf("after %d", r.Warmup)
		if !r.Steady {
			steady = fmt.Sprintf("no: %+.1f %% a quarter", 100*r.Trend)
		}
		speed, drift := "-", "-"
		if r.SpeedUp != nil {
			speed = fmt.Sprintf("%.2fx (%.2f to %.2f)", *r.SpeedUp, *r.SpeedLow, *r.SpeedHigh)
		}
		if r.MeanAbs != nil {
			drift = fmt.Sprintf("%.1e", *r.MeanAbs)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%.3f ± %.3f\t%.3f\t%.3f to %.3f\t%.3f\t%.3f\t%.0f\t%.3f\t%s\t%s\t%d\t%s\n", r.Tower, r.Batch, r.Threads, r.Variant,
			r.MSMean, r.MSStd, r.MSMedian, r.MSLow, r.MSHigh, r.MSP90, r.MSP99, r.PerSecond, r.CPUMS, speed, drift, r.N, steady)
	}
	return table.Flush()
}
