package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/internal/machine"
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

func runBenchScoring(ctx context.Context, e *env, f benchScoringFlags) error {
	if f.rounds < 1 {
		return usageError{fmt.Errorf("--rounds %d: want at least 1", f.rounds)}
	}
	if f.images < 1 || f.captions < 1 || f.dim < 1 {
		return usageError{fmt.Errorf("--images %d --captions %d --dim %d: want at least 1 of each", f.images, f.captions, f.dim)}
	}
	rows, err := scoringRounds(ctx, scoringConfig{Images: f.images, Captions: f.captions, Dim: f.dim, Rounds: f.rounds, Peer: f.peer})
	if err != nil {
		return err
	}
	return printScoring(e, f, rows)
}

// scoringConfig says what to score, how often, and with which other program in turn.
type scoringConfig struct {
	Images, Captions, Dim, Rounds int
	Peer                          string
}

// phasePeer is what the other program's time is called.
const phasePeer = "peer"

// scoringRounds scores round after round; a row a part, and one for all of them.
func scoringRounds(ctx context.Context, cfg scoringConfig) (rows []bench.JobRow, err error) {
	s, err := bench.NewScoring(cfg.Images, cfg.Captions, cfg.Dim)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fastclip-scoring-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sides := []func() ([]bench.ScoringPhase, error){func() ([]bench.ScoringPhase, error) {
		phases, err := s.Run(ctx, dir)
		total := time.Duration(0)
		for _, p := range phases {
			total += p.Took
		}
		return append(phases, bench.ScoringPhase{Name: "total", Took: total}), err
	}}
	if cfg.Peer != "" {
		peer, err := startRounds(ctx, cfg.Peer, cfg.Images*cfg.Captions, cfg.Images, cfg.Dim)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, peer.close()) }()
		sides = append(sides, func() ([]bench.ScoringPhase, error) {
			d, err := peer.round()
			return []bench.ScoringPhase{{Name: phasePeer, Took: d}}, err
		})
	}
	var names []string
	ms := map[string][]float64{}
	err = inTurn(len(sides), cfg.Rounds+1, func(round, i int) error {
		phases, err := sides[i]()
		if err != nil || round == 0 {
			return err
		}
		for _, p := range phases {
			if ms[p.Name] == nil {
				names = append(names, p.Name)
			}
			ms[p.Name] = append(ms[p.Name], toMS(p.Took))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		low, high := stats.MedianCI(ms[name])
		rows = append(rows, bench.JobRow{Variant: "scoring", Phase: name, Batch: cfg.Images * cfg.Captions, MSMedian: stats.Median(ms[name]), MSLow: low, MSHigh: high, N: len(ms[name])})
	}
	return rows, nil
}

func printScoring(e *env, f benchScoringFlags, rows []bench.JobRow) error {
	table := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	if !f.json {
		fmt.Fprintf(table, "%d pictures x %d texts x %d, ms\tmedian\t95 %% interval\n", f.images, f.images*f.captions, f.dim)
	}
	limit := 0.0
	for _, row := range rows {
		if f.json {
			if err := json.NewEncoder(e.stdout).Encode(row); err != nil {
				return err
			}
			continue
		}
		if row.Phase == phasePeer {
			limit = 1.5*row.MSMedian + 1000
		}
		fmt.Fprintf(table, "%s\t%.0f\t%.0f - %.0f\n", row.Phase, row.MSMedian, row.MSLow, row.MSHigh)
	}
	if peak := machine.PeakRSS(); peak > 0 && !f.json {
		fmt.Fprintf(table, "peak memory\t%d MiB\n", peak>>20)
	}
	if limit > 0 {
		fmt.Fprintf(table, "1.5 x peer + 1 s\t%.0f\n", limit)
	}
	return table.Flush()
}
