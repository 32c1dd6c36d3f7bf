package bench

import (
	"context"
	"errors"
	"time"

	"github.com/fastclip/fastclip/bench/peer"
	"github.com/fastclip/fastclip/internal/turns"
)

// ThroughputRounds embeds a dataset round after round. A peer, if there is one, takes turns with it.
func ThroughputRounds(ctx context.Context, cfg Config, rounds int, command string) (rows []ThroughputRow, err error) {
	x, err := OpenThroughput(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	images, batch, threads, calls := x.Shape()
	sides := []func() (time.Duration, error){func() (time.Duration, error) { return x.Round(ctx) }}
	if command != "" {
		peer, err := peer.StartRounds(ctx, command, images, batch, threads, calls)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, peer.Close()) }()
		sides = append(sides, peer.Wall)
	}
	took := make([][]time.Duration, len(sides))
	err = turns.Take(len(sides), rounds+1, func(round, i int) error {
		d, err := sides[i]()
		if round > 0 {
			took[i] = append(took[i], d)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, phase := range []string{"embed", "peer"}[:len(sides)] {
		var rate []float64
		for _, d := range took[i] {
			rate = append(rate, float64(images)/d.Seconds())
		}
		mid, low, high := Interval(rate)
		rows = append(rows, ThroughputRow{x.Variant(), phase, batch, threads, calls, images, mid, low, high, len(rate), nil})
	}
	if len(sides) > 1 {
		var share []float64
		for i, d := range took[1] {
			share = append(share, d.Seconds()/took[0][i].Seconds())
		}
		mid, low, high := Interval(share)
		rows[0].Share = &shared{mid, low, high}
	}
	return rows, nil
}

// ThroughputRow is a line of the JSON output.
type ThroughputRow struct {
	Variant string  `json:"variant"`
	Phase   string  `json:"phase"` // embed, or peer for ONNX Runtime alone
	Batch   int     `json:"batch"`
	Threads int     `json:"threads"`
	Calls   int     `json:"calls"` // calls at the same time
	Items   int     `json:"items"` // items per round
	Median  float64 `json:"items_per_s"`
	Low     float64 `json:"items_per_s_low"`
	High    float64 `json:"items_per_s_high"`
	N       int     `json:"n"`
	Share   *shared `json:"share_of_peer,omitempty"`
}

// shared is the peer's time divided by our own, paired by round.
type shared struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}
