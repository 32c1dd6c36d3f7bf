package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// cell is a row of the result that is being measured.
type cell struct {
	InferenceRow
	v     *variants.Variant
	start *towerStart
	px    encoders.Pixels
	tk    encoders.Tokens
	first encoders.Embeddings // result of the first call
	worst float64             // lowest cosine between a later call's embeddings and those of the first call
	done  bool
	total time.Duration
	made  int // number of calls so far
	look  int // number of calls at which to check again whether the times have settled
}

// towerStart is shared by the cells of one tower of an opened variant.
type towerStart struct{ first time.Duration }

// clock measures wall time and CPU time; tests replace it.
type clock struct {
	now func() time.Time
	cpu func() time.Duration
}

func systemClock() clock { return clock{time.Now, machine.NewProcesses().CPUTime} }

func (c *cell) fail(err error) {
	c.Status, c.Reason, c.done = variants.StatusOf(err), variants.Reason(err), true
}

// prepare makes the inputs with the pipeline and the tokenizer of input.
func (c *cell) prepare(ctx context.Context, s *embed.Set, input *variants.Variant) error {
	if c.Tower == store.TowerText && c.v.Info.ImageOnly {
		return encoders.ErrNoText
	}
	if c.Tower == store.TowerText {
		texts := make([]string, c.Batch)
		for i := range texts {
			texts[i] = s.Texts[i%len(s.Texts)].Text
		}
		var err error
		c.tk, err = input.Tokens(ctx, texts)
		return err
	}
	if input.Info.Files {
		return c.files(ctx, s)
	}
	n := input.Pipe.Len()
	c.px = encoders.Pixels{N: c.Batch, Size: input.Info.ImageSize, Data: make([]float32, c.Batch*n)}
	for i := range c.Batch {
		if i >= len(s.Images) {
			copy(c.px.Data[i*n:(i+1)*n], c.px.Data[i%len(s.Images)*n:])
			continue
		}
		im := s.Images[i]
		data, err := im.Read(ctx)
		if err != nil {
			return fmt.Errorf("read %s: %w", im.Name, err)
		}
		if err := input.Pipe.Run(data, c.px.Data[i*n:(i+1)*n], nil); err != nil {
			return fmt.Errorf("%s: %w", im.Name, err)
		}
	}
	return nil
}

// files reads the inputs for an encoder that takes files.
func (c *cell) files(ctx context.Context, s *embed.Set) error {
	c.px = encoders.Pixels{N: c.Batch, Files: make([][]byte, c.Batch)}
	for i := range c.px.Files {
		im := s.Images[i%len(s.Images)]
		var err error
		if c.px.Files[i], err = im.Read(ctx); err != nil {
			return fmt.Errorf("read %s: %w", im.Name, err)
		}
	}
	return nil
}

// call runs the cell once. Its time can count from the second call on.
func (c *cell) call(ctx context.Context, clk clock, timeout time.Duration, counts bool) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cpu, start := clk.cpu(), clk.now()
	var e encoders.Embeddings
	var err error
	if c.Tower == store.TowerText {
		e, err = c.v.Enc.EncodeTexts(ctx, c.tk)
	} else {
		e, err = c.v.Enc.EncodeImages(ctx, c.px)
	}
	took := max(clk.now().Sub(start), 1)
	if err != nil {
		c.fail(err)
		return
	}
	c.total += took
	c.made++
	if c.start.first == 0 {
		c.start.first = took
	}
	if c.FirstShape == 0 {
		c.FirstShape, c.first, c.worst = took, e, 1
		return
	}
	c.worst = min(c.worst, leastCosine(e, c.first))
	if !counts {
		return
	}
	c.Series, c.calls = append(c.Series, took), append(c.calls, c.made)
	if !elsewhere(c.v.Spec) {
		c.CPU = append(c.CPU, clk.cpu()-cpu)
	}
}

// elsewhere reports whether another program does a variant's work.
func elsewhere(s encoders.Spec) bool { return s.URL != "" }

// settle decides whether the cell has been measured long enough.
func (c *cell) settle(t suite.Bench) {
	over := c.total >= t.MaxTime
	n := len(c.Series)
	enough := n >= t.MinCalls && c.total >= t.MinTime
	if !over && (!enough || n < c.look) {
		return // checking after every call would find a quiet period by chance
	}
	c.look = n + max(8, n/8)
	c.conclude(t)
	c.done = c.done || over || c.Steady || (c.Shape == stats.ShapeStalls || c.Shape == stats.ShapeModes) && n >= 2*t.MinCalls
}

// conclude records the results of the whole series.
func (c *cell) conclude(t suite.Bench) {
	c.Steadiness = stats.Steady(Milliseconds(c.Series))
	c.Short = len(c.Series) < t.MinCalls
}
