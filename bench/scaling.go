package bench

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/internal/turns"
	"github.com/fastclip/fastclip/metrics/stats"
)

// parallelJob is work that many goroutines do at once. Each goroutine makes its own copy.
type parallelJob struct {
	variant string
	make    func() func() error
}

// ScalingRow says how much faster several cores are than one.
type ScalingRow struct {
	Variant string  `json:"variant"`
	Phase   string  `json:"phase"` // always "scaling"
	Cores   int     `json:"cores"`
	One     float64 `json:"per_second_one"` // pictures per second on one core
	All     float64 `json:"per_second"`     // pictures per second on all cores
	Ratio   float64 `json:"ratio"`
}

// Counting begins after a warm-up, when the threads have found their cores and their memory. A turn is so long
// that the scheduler does not show, and there are enough turns for a median.
const (
	scalingWarmUp = 100 * time.Millisecond
	scalingTurn   = 300 * time.Millisecond
	scalingTurns  = 7
)

// scaleAll measures one goroutine and all of them in turn.
func scaleAll(ctx context.Context, jobs []parallelJob, cores int) (rows []ScalingRow, err error) {
	for _, j := range jobs {
		rates, ratio := [2][]float64{}, []float64{}
		err := turns.Take(2, scalingTurns, func(_, i int) error {
			rate, err := perSecond(ctx, j, []int{1, cores}[i])
			rates[i] = append(rates[i], rate)
			return err
		})
		if err != nil {
			return nil, err
		}
		for i, one := range rates[0] {
			ratio = append(ratio, rates[1][i]/one)
		}
		rows = append(rows, ScalingRow{j.variant, "scaling", cores, stats.Median(rates[0]), stats.Median(rates[1]), stats.Median(ratio)})
	}
	return rows, nil
}

// perSecond is how many jobs n goroutines do per second, all at once. Each goroutine is timed separately.
func perSecond(ctx context.Context, j parallelJob, n int) (float64, error) {
	g, ctx := errgroup.WithContext(ctx)
	rates, begin := make([]float64, n), time.Now()
	for i := range n {
		do := j.make()
		g.Go(func() error {
			done, from := -1, begin // warming up, does not count
			for ctx.Err() == nil {
				if err := do(); err != nil {
					return fmt.Errorf("%s: %w", j.variant, err)
				}
				now := time.Now()
				if done++; done == 0 && now.Sub(begin) < scalingWarmUp {
					done = -1
				} else if done == 0 {
					from = now
				} else if took := now.Sub(from); took >= scalingTurn {
					rates[i] = float64(done) / took.Seconds()
					return nil
				}
			}
			return ctx.Err()
		})
	}
	err := g.Wait()
	sum := 0.0
	for _, r := range rates {
		sum += r
	}
	return sum, err
}
