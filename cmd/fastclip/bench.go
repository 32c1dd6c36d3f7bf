package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/metrics/stats"
)

func newBenchCmd(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "time one phase of the pipelines and variants",
		Long:  `bench times one phase apart from the others, in interleaved rounds, on one goroutine.`,
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newBenchPreprocessCmd(e),
		newBenchInferenceCmd(e),
		newBenchIndexingCmd(e),
		newBenchTransformsCmd(e),
		newBenchScoringCmd(e),
		newBenchThroughputCmd(e),
		newBenchColdCmd(e),
		newBenchRoundsCmd(e),
	)
	return cmd
}

// benchOf is what of a run's configuration a bench wants.
func benchOf(c eval.Config) bench.Config {
	return bench.Config{Suite: c.Suite, Cache: c.Cache, Env: c.Env, Art: c.Art, Progress: c.Progress, Tool: c.Tool, Commit: c.Commit, Build: c.Build}
}

// benchJob is something to time; do runs it once on batch items.
type benchJob struct {
	variant, phase string
	batch          int
	do             func() error
}

// benchRow is what was measured of a job: the median of n rounds with its 95 % interval.
type benchRow struct {
	Variant  string  `json:"variant"`
	Phase    string  `json:"phase"`
	Batch    int     `json:"batch"`
	MSMedian float64 `json:"ms_median"`
	MSLow    float64 `json:"ms_low"`
	MSHigh   float64 `json:"ms_high"`
	N        int     `json:"n"`
}

// timeJobs runs every job once unmeasured, and then the jobs in turn, rounds times, so that a
// machine's slow minute falls on all of them. Each turn of a job is so many runs, of which the
// last is measured: what others left in the caches is not the job's time. A job that fails once
// is left out and returned.
func timeJobs(jobs []benchJob, rounds, runs int, stop func() error) (rows []benchRow, failed map[string]error, err error) {
	ms, failed := make([][]float64, len(jobs)), map[string]error{}
	for round := range rounds + 1 {
		for i, j := range jobs {
			name := j.phase + " " + j.variant
			took := time.Duration(0)
			for run := 0; run < runs && failed[name] == nil; run++ {
				if err := stop(); err != nil {
					return nil, nil, err
				}
				begin := time.Now()
				failed[name] = j.do()
				took = time.Since(begin)
			}
			if failed[name] == nil && round > 0 {
				ms[i] = append(ms[i], float64(took)/float64(time.Millisecond))
			}
		}
	}
	for i, j := range jobs {
		name := j.phase + " " + j.variant
		if failed[name] != nil {
			continue
		}
		delete(failed, name)
		low, high := stats.MedianCI(ms[i])
		rows = append(rows, benchRow{j.variant, j.phase, j.batch, stats.Median(ms[i]), low, high, len(ms[i])})
	}
	return rows, failed, nil
}

// writeBench prints a table, or a JSON object a line.
func writeBench(w io.Writer, rows []benchRow, asJSON bool) error {
	if asJSON {
		out, errs := json.NewEncoder(w), error(nil)
		for _, r := range rows {
			errs = errors.Join(errs, out.Encode(r))
		}
		return errs
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "phase\tvariant\tbatch\tms (median)\t95 % CI\trounds")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%d\t%.3f\t%.3f to %.3f\t%d\n", r.Phase, r.Variant, r.Batch, r.MSMedian, r.MSLow, r.MSHigh, r.N)
	}
	return table.Flush()
}
