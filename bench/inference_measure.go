package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/turns"
	"github.com/fastclip/fastclip/metrics/stats"
)

// In a turn, a cell makes some calls that do not count and then turnCalls calls that do. The first calls find
// the caches full of other cells' weights, which would not happen if one variant ran alone. An int8 text tower
// of 38 MB takes 1.8 times as long at first and needs six calls or 35 ms to recover; calls of 25 ms or more
// took no longer than alone.
const (
	turnCalls = 4
	leadCalls = 8
	leadTime  = 50 * time.Millisecond // the calls that do not count stop after this time at the latest, and take at most a tenth of a row's time
)

// measurement calls cells in turn until all are done.
type measurement struct {
	cells     []*cell
	bench     suite.Bench
	timeout   time.Duration // time limit for a call
	reference string
	clock     clock
	tick      func() // called after each round
}

// wrongCosine is a limit for the cosine to the reference's embedding. An embedding below it is wrong, not only
// less precise: int8 and fp16 weights stay far above.
const wrongCosine = 0.9

// sameCosine is the least cosine between the embeddings of two calls with the same input.
const sameCosine = 0.9999

func (m *measurement) run(ctx context.Context) error {
	more := func(round int) bool {
		if round > 0 {
			m.tick()
		}
		return m.unfinished()
	}
	return turns.While(len(m.cells), more, func(_, i int) error { return m.turn(ctx, m.cells[i]) })
}

// turn gives a cell its turn, unless it has failed or has used up its time.
func (m *measurement) turn(ctx context.Context, c *cell) error {
	start, led, counted := c.total, 0, 0
	lead := min(leadTime, m.bench.MaxTime/10)
	for counted < turnCalls && c.Status == store.StatusOK && c.total < m.bench.MaxTime {
		counts := led >= leadCalls || led > 0 && c.total-start >= lead
		if counts {
			counted++
		} else {
			led++
		}
		c.call(ctx, m.clock, m.timeout, counts)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.Status == store.StatusOK {
			c.settle(m.bench)
		}
	}
	return nil
}

// unfinished reports whether any cell is not done. All cells continue until all are done, because they are paired by round.
func (m *measurement) unfinished() bool {
	return slices.ContainsFunc(m.cells, func(c *cell) bool { return !c.done })
}

// pairs reports whether two cells are compared with each other.
func (c *cell) pairs(o *cell) bool {
	return o.Tower == c.Tower && o.Batch == c.Batch && o.Threads == c.Threads
}

func (m *measurement) rows() []InferenceRow {
	for _, c := range m.cells {
		c.conclude(m.bench)
	}
	rows := make([]InferenceRow, len(m.cells))
	for i, c := range m.cells {
		var ref *cell
		for _, o := range m.cells {
			if o.Variant == m.reference && o.pairs(c) && o.Status == store.StatusOK {
				ref = o
			}
		}
		c.First = c.start.first
		c.againstReference(ref)
		c.judge()
		rows[i] = c.InferenceRow
	}
	return rows
}

// againstReference fills in the comparison with the reference. It pairs the rounds in which both had settled.
func (c *cell) againstReference(ref *cell) {
	c.SpeedUp, c.SpeedLow, c.SpeedHigh, c.MeanAbs, c.CosineMin = math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if ref == nil || c.Status != store.StatusOK {
		return
	}
	var ratios []float64
	n, from := min(len(c.Series), len(ref.Series)), max(c.Warmup, ref.Warmup)
	if from >= n {
		from = n / 2 // a row that has not settled has no steady state, so all common rounds count
	}
	for i := from; i < n; i++ {
		ratios = append(ratios, float64(ref.Series[i])/float64(c.Series[i]))
	}
	c.SpeedUp = stats.Median(ratios)
	c.SpeedLow, c.SpeedHigh = stats.MedianCI(ratios)
	if c.first.N == ref.first.N && c.first.Dim == ref.first.Dim {
		var d stats.AbsDiff
		d.Add(c.first.Data, ref.first.Data)
		c.MeanAbs, _, _, _ = d.Result()
		c.CosineMin = leastCosine(c.first, ref.first)
	}
}

// judge records why the embeddings made during timing are wrong, if they are.
func (c *cell) judge() {
	switch {
	case c.Status != store.StatusOK || c.FirstShape == 0:
	case !(leastCosine(c.first, c.first) > sameCosine):
		c.Wrong = "embeddings have values that are not finite, or are all 0"
	case !(c.worst >= sameCosine):
		c.Wrong = fmt.Sprintf("calls with the same input give different embeddings: cosine down to %.4f", c.worst)
	case c.CosineMin < wrongCosine:
		c.Wrong = fmt.Sprintf("cosine to the reference's embeddings down to %.4f", c.CosineMin)
	}
}

// leastCosine is the lowest cosine over the rows, or NaN if a row has none.
func leastCosine(a, b encoders.Embeddings) float64 {
	least := math.Inf(1)
	for i := range min(a.N, b.N) {
		var ab, aa, bb float64
		x, y := a.Row(i), b.Row(i)
		for k := range x {
			ab, aa, bb = ab+float64(x[k])*float64(y[k]), aa+float64(x[k])*float64(x[k]), bb+float64(y[k])*float64(y[k])
		}
		least = math.Min(least, ab/math.Sqrt(aa*bb)) // math.Min keeps NaN
	}
	return least
}
