package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/stats"
)

// Towers that can be timed.
const (
	TowerImage = "image"
	TowerText  = "text"
)

// InferenceConfig says what to time.
type InferenceConfig struct {
	Config
	Towers  []string
	Batches []int
	Threads []int
	MinTime time.Duration // of measured calls a cell
	MinReps int           // calls a cell, at least
	MaxTime time.Duration // a cell that has not settled by then says so
}

// InferenceRow is a cell: one variant's tower at a batch size and a number of threads.
type InferenceRow struct {
	Variant, Tower      string
	Batch, Threads      int
	Status, Reason      string          // Status is StatusOK or what went wrong
	Load, First         time.Duration   // opening the variant; its first call
	Series              []time.Duration // every later call, in order
	CPU                 time.Duration   // of this process during Series
	Warmup              int             // calls of Series before it settled
	Steady              bool
	Trend               float64 // of a series that has not settled: relative, per quarter
	SpeedUp             float64 // median over rounds of the reference's time over this one's; NaN without
	SpeedLow, SpeedHigh float64 // its 95 % interval
	MeanAbs             float64 // of the embeddings made while timing, against the reference's; NaN without
}

// cell is a row under measurement.
type cell struct {
	InferenceRow
	v     *variant
	px    encoders.Pixels
	tk    encoders.Tokens
	last  encoders.Embeddings
	done  bool
	total time.Duration
}

// Inference times the towers of a suite's variants. Each round calls every cell once, another
// one first each time, so that a slow minute of the machine hits all; a cell is done when it has
// had its time and has settled, or when its longest time is over.
func Inference(ctx context.Context, cfg InferenceConfig) ([]InferenceRow, error) {
	cache, err := OpenCache(cfg.Cache, true)
	if err != nil {
		return nil, err
	}
	r := &run{cfg: cfg.Config, suite: cfg.Suite, host: ThisHost(), cache: cache, progress: newProgress(cfg.Progress)}
	r.opener = newOpener(cfg.Env, r.host.CPU, cfg.Build)
	defer r.progress.stop()
	rows, err := r.inference(ctx, cfg)
	for _, s := range r.sets {
		err = errors.Join(err, s.ds.Close())
	}
	return rows, errors.Join(err, r.opener.Close())
}

func (r *run) inference(ctx context.Context, cfg InferenceConfig) ([]InferenceRow, error) {
	r.suite.Datasets = r.suite.Datasets[:1]
	if err := r.openSets(ctx); err != nil {
		return nil, err
	}
	cells, err := r.cells(ctx, cfg)
	if err != nil {
		return nil, err
	}
	r.progress.phase("timing inference", len(cells))
	for round := 0; ; round++ {
		left := 0
		for i := range cells {
			c := cells[(i+round)%len(cells)]
			if c.done {
				continue
			}
			left++
			c.call(ctx)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if c.settle(cfg); c.done {
				r.progress.add(1)
			}
		}
		if left == 0 {
			break
		}
	}
	rows := make([]InferenceRow, len(cells))
	for i, c := range cells {
		c.compare(reference(cells, c, r.suite.Reference))
		rows[i] = c.InferenceRow
	}
	return rows, nil
}

// cells opens every combination and prepares its inputs: the first pictures and texts of the
// first dataset, through the variant's own pipeline and tokenizer.
func (r *run) cells(ctx context.Context, cfg InferenceConfig) ([]*cell, error) {
	var out []*cell
	s := r.sets[0]
	seen := map[string]string{}
	for _, spec := range r.suite.Variants {
		same := spec
		same.Name, same.Preprocess, same.Tokenizer, same.Batch, same.Threads = "", "", "", 0, 0
		if first := seen[fmt.Sprintf("%+v", same)]; first != "" && spec.Name != r.suite.Reference {
			r.progress.say("%s: the same models as %s: not timed again", spec.Name, first)
			continue
		}
		seen[fmt.Sprintf("%+v", same)] = spec.Name
		for _, threads := range cfg.Threads {
			for _, batch := range cfg.Batches {
				spec.Threads, spec.Batch = threads, batch
				start := time.Now()
				v := r.opener.open(ctx, spec, r.suite.Context)
				load := time.Since(start)
				for _, tower := range cfg.Towers {
					c := &cell{v: v, InferenceRow: InferenceRow{
						Variant: spec.Name, Tower: tower, Batch: batch, Threads: threads, Status: v.status, Reason: v.reason, Load: load,
					}}
					if v.ok() {
						if err := c.prepare(ctx, r, s); err != nil {
							if ctx.Err() != nil {
								return nil, ctx.Err()
							}
							c.Status, c.Reason = statusOf(err), reason(err)
						}
					}
					c.done = c.Status != StatusOK
					out = append(out, c)
				}
			}
		}
	}
	return out, nil
}

func (c *cell) prepare(ctx context.Context, r *run, s *set) error {
	if c.Tower == TowerText {
		texts := make([]string, c.Batch)
		for i := range texts {
			texts[i] = s.texts[i%len(s.texts)].Text
		}
		c.tk = r.tokens(c.v, texts)
		return nil
	}
	n := c.v.pipe.Len()
	c.px = encoders.Pixels{N: c.Batch, Size: c.v.info.ImageSize, Data: make([]float32, c.Batch*n)}
	for i := range c.Batch {
		im := s.images[i%len(s.images)]
		data, err := im.Read(ctx)
		if err != nil {
			return fmt.Errorf("read %s: %w", im.Name, err)
		}
		if err := c.v.pipe.Run(data, c.px.Data[i*n:(i+1)*n], nil); err != nil {
			return fmt.Errorf("%s: %w", im.Name, err)
		}
	}
	return nil
}

// call runs the cell once.
func (c *cell) call(ctx context.Context) {
	cpu, start := cpuTime(), time.Now()
	var e encoders.Embeddings
	var err error
	if c.Tower == TowerText {
		e, err = c.v.enc.EncodeTexts(ctx, c.tk)
	} else {
		e, err = c.v.enc.EncodeImages(ctx, c.px)
	}
	took := time.Since(start)
	if err != nil {
		c.Status, c.Reason, c.done = statusOf(err), reason(err), true
		return
	}
	c.total += took
	if c.last = e; c.First == 0 {
		c.First = max(took, 1)
		return
	}
	c.Series = append(c.Series, took)
	c.CPU += cpuTime() - cpu
}

// settle decides whether the cell has been measured enough.
func (c *cell) settle(cfg InferenceConfig) {
	if c.done || len(c.Series) < cfg.MinReps || c.total < cfg.MinTime {
		return
	}
	over := c.total >= cfg.MaxTime
	if n := len(c.Series); !over && n%8 != 0 {
		return // looking at every call would find a quiet spell by chance
	}
	c.Warmup, c.Steady, c.Trend = stats.Steady(milliseconds(c.Series))
	c.done = c.Steady || over
}

func milliseconds(d []time.Duration) []float64 {
	out := make([]float64, len(d))
	for i, x := range d {
		out[i] = float64(x) / float64(time.Millisecond)
	}
	return out
}

// reference finds the cell of the reference variant with the same tower, batch and threads.
func reference(cells []*cell, c *cell, name string) *cell {
	for _, o := range cells {
		if o.Variant == name && o.Tower == c.Tower && o.Batch == c.Batch && o.Threads == c.Threads && o.Status == StatusOK {
			return o
		}
	}
	return nil
}

// compare fills what is relative to the reference. Rounds that both were in, settled, are paired.
func (c *cell) compare(ref *cell) {
	c.SpeedUp, c.SpeedLow, c.SpeedHigh, c.MeanAbs = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if ref == nil || c.Status != StatusOK {
		return
	}
	var ratios []float64
	n, from := min(len(c.Series), len(ref.Series)), max(c.Warmup, ref.Warmup)
	if from >= n {
		from = n / 2 // one settled after the other was done: what they share of rounds is all there is
	}
	for i := from; i < n; i++ {
		ratios = append(ratios, float64(ref.Series[i])/float64(c.Series[i]))
	}
	c.SpeedUp = stats.Median(ratios)
	c.SpeedLow, c.SpeedHigh = stats.MedianCI(ratios)
	if c.last.N == ref.last.N && c.last.Dim == ref.last.Dim {
		var d stats.AbsDiff
		d.Add(c.last.Data, ref.last.Data)
		c.MeanAbs, _, _, _ = d.Result()
	}
}
