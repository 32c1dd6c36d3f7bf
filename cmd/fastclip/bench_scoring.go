package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/metrics/stats"
)

type benchScoringFlags struct {
	images, captions, dim, rounds int
	peer                          string
	json                          bool
}

func newBenchScoringCmd(e *env) *cobra.Command {
	f := benchScoringFlags{images: 5000, captions: 5, dim: 512, rounds: 5}
	cmd := &cobra.Command{
		Use:   "scoring",
		Short: "time the scoring of a set of captions, beside numpy's matrix product",
		Long: `scoring generates embeddings of pictures and captions and scores them as eval does: all
metrics in both directions with their intervals, and the outcome of every query, written as Parquet.
--peer COMMAND starts another program, such as testdata/oracles/numpy_matmul.py, that multiplies
matrices of the same sizes in turn with it. That program gets texts, images and dim as its
arguments and a line on stdin for each round. It answers with seconds.

Exit status: 0 done, 1 failed, 2 wrong call.`,
		Example: `  fastclip bench scoring --peer "uv run -q --script testdata/oracles/numpy_matmul.py"`,
		Args:    usageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runBenchScoring(cmd.Context(), e, f) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.IntVar(&f.images, "images", f.images, "number of pictures")
	fl.IntVar(&f.captions, "captions", f.captions, "captions per picture")
	fl.IntVar(&f.dim, "dim", f.dim, "values per embedding")
	fl.IntVar(&f.rounds, "rounds", f.rounds, "number of measured rounds, after one that does not count")
	fl.StringVar(&f.peer, "peer", "", "program to time in turn with this one")
	fl.BoolVar(&f.json, "json", false, "print one JSON object per line instead of a table")
	return cmd
}

func runBenchScoring(ctx context.Context, e *env, f benchScoringFlags) (err error) {
	if f.rounds < 1 {
		return usageError{fmt.Errorf("--rounds %d: want at least 1", f.rounds)}
	}
	s, err := bench.NewScoring(f.images, f.captions, f.dim)
	if err != nil {
		return usageError{err}
	}
	dir, err := os.MkdirTemp("", "fastclip-scoring-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var peer *roundPeer
	if f.peer != "" {
		if peer, err = startRounds(ctx, f.peer, f.images*f.captions, f.images, f.dim); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, peer.close()) }()
	}
	var names []string
	took := map[string][]float64{}
	note := func(name string, d time.Duration) {
		if took[name] == nil {
			names = append(names, name)
		}
		took[name] = append(took[name], d.Seconds()*1e3)
	}
	for round := range f.rounds + 1 {
		if peer != nil {
			d, err := peer.round()
			if err != nil {
				return err
			}
			if round > 0 {
				note("peer", d)
			}
		}
		phases, err := s.Run(ctx, dir)
		if err != nil {
			return err
		}
		var total time.Duration
		for _, p := range phases {
			if total += p.Took; round > 0 {
				note(p.Name, p.Took)
			}
		}
		if round > 0 {
			note("total", total)
		}
	}
	return printScoring(e, f, names, took)
}

func printScoring(e *env, f benchScoringFlags, names []string, took map[string][]float64) error {
	table := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	if !f.json {
		fmt.Fprintf(table, "%d pictures x %d texts x %d, ms\tmedian\t95 %% interval\n", f.images, f.images*f.captions, f.dim)
	}
	for _, name := range names {
		low, high := stats.MedianCI(took[name])
		row := bench.JobRow{Variant: "scoring", Phase: name, Batch: f.images * f.captions, MSMedian: stats.Median(took[name]), MSLow: low, MSHigh: high, N: len(took[name])}
		if f.json {
			if err := json.NewEncoder(e.stdout).Encode(row); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%.0f\t%.0f - %.0f\n", name, row.MSMedian, row.MSLow, row.MSHigh)
	}
	if peak := peakMemory(); peak > 0 && !f.json {
		fmt.Fprintf(table, "peak memory\t%d MiB\n", peak>>20)
	}
	if peer := took["peer"]; len(peer) > 0 && !f.json {
		limit := 1.5*stats.Median(peer) + 1000
		fmt.Fprintf(table, "1.5 x peer + 1 s\t%.0f\n", limit)
	}
	return table.Flush()
}

// peakMemory is the most that the process has had in memory, in bytes; 0 where that is not known.
func peakMemory() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err == nil {
				return kb << 10
			}
		}
	}
	return 0
}
