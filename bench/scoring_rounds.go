package bench

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/fastclip/fastclip/bench/peer"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/turns"
)

// ScoringConfig says what to score, how often, and which other program takes turns.
type ScoringConfig struct {
	Images, Captions, Dim, Rounds int
	Peer                          string
}

// PhasePeer is the other program's time, beside PhaseTotal. The two of CPU are the time of all threads, which other
// work on the machine changes less.
const (
	PhaseCPU      = "total, CPU"
	PhasePeer     = "peer"
	PhasePeersCPU = "peer, CPU"
)

// ScoringRounds scores round after round. It returns one row per part and one for the total.
func ScoringRounds(ctx context.Context, cfg ScoringConfig) (rows []JobRow, err error) {
	s, err := NewScoring(cfg.Images, cfg.Captions, cfg.Dim)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fastclip-scoring-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sides := []func() ([]ScoringPhase, error){func() ([]ScoringPhase, error) {
		at, before := time.Now(), machine.CPUTime()
		phases, err := s.Run(ctx, dir)
		return append(phases, ScoringPhase{PhaseTotal, time.Since(at)}, ScoringPhase{PhaseCPU, machine.CPUTime() - before}), err
	}}
	if cfg.Peer != "" {
		peer, err := peer.StartRounds(ctx, cfg.Peer, cfg.Images*cfg.Captions, cfg.Images, cfg.Dim)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, peer.Close()) }()
		sides = append(sides, func() ([]ScoringPhase, error) {
			spent, err := peer.Round()
			return []ScoringPhase{{PhasePeer, spent.Wall}, {PhasePeersCPU, spent.CPU}}, err
		})
	}
	var names []string
	ms := map[string][]float64{}
	err = turns.Take(len(sides), cfg.Rounds+1, func(round, i int) error {
		phases, err := sides[i]()
		if err != nil || round == 0 {
			return err
		}
		for _, p := range phases {
			if p.Took == 0 { // a program that does not tell
				continue
			}
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
		mid, low, high := Interval(ms[name])
		rows = append(rows, JobRow{Variant: "scoring", Phase: name, Batch: cfg.Images * cfg.Captions, MSMedian: mid, MSLow: low, MSHigh: high, N: len(ms[name])})
	}
	return rows, nil
}
