package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// InferenceConfig says what to time. The suite's Bench says how long each cell is measured.
type InferenceConfig struct {
	Config  Config
	Towers  []string
	Batches []int
	Threads []int
	// Cold measures a cell in a new process, from its start. nil means unknown.
	Cold func(ctx context.Context, variant, tower string, batch, threads int) (ColdStart, error)
}

// ColdStart is what a new process needs to open a variant and to make its first call.
type ColdStart struct {
	Start   time.Duration `json:"start"`    // from the start of the process to the first embeddings
	PeakRSS int64         `json:"peak_rss"` // bytes, of the process and those it started
}

// InferenceRow is a cell: one variant's tower at a batch size and a number of threads.
type InferenceRow struct {
	Variant, Tower   string
	Batch, Threads   int
	Status, Reason   string          // Status is StatusOK or what went wrong
	Faults           []string        // contradictions between the model's files, or between files and graphs
	Load             time.Duration   // opening the variant in this process
	First            time.Duration   // the tower's first call, whatever its batch
	FirstShape       time.Duration   // the first call of this batch
	Series           []time.Duration // of the calls that count
	calls            []int           // number of calls made up to each of Series
	CPU              []time.Duration // of each call of Series, in this process and those it started; nil when unknown
	Cold             ColdStart
	stats.Steadiness         // of Series; Warmup is calls of Series
	Short            bool    // its longest time was over before its least number of calls
	SpeedUp          float64 // median over rounds of the reference's time over this one's; NaN without
	SpeedLow         float64 // of its 95 % interval
	SpeedHigh        float64
	MeanAbs          float64 // of the first embeddings made while timing, against the reference's; NaN without
	CosineMin        float64 // of the same
	Wrong            string  // why the embeddings made while timing are wrong; empty when they are right
}

// MeanStd is the mean and the standard deviation of the milliseconds of the calls that count.
func (r InferenceRow) MeanStd() (mean, std float64) { return stats.MeanStd(Milliseconds(r.Settled())) }

// Settled returns the calls that count: those after the warm-up.
func (r InferenceRow) Settled() []time.Duration { return r.Series[min(r.Warmup, len(r.Series)):] }

// Calls is the number of calls that had been made after the first n of Series. It includes the first call
// and the calls that do not count.
func (r InferenceRow) Calls(n int) int {
	if n == 0 {
		return 1
	}
	return r.calls[n-1]
}

// SettledCPU is the CPU time of the calls that count; ok is false when it is unknown.
func (r InferenceRow) SettledCPU() (total time.Duration, ok bool) {
	for _, d := range r.CPU[min(r.Warmup, len(r.CPU)):] {
		total += d
	}
	return total, len(r.CPU) > 0
}

// Inference times the towers of a suite's variants. Each round calls every cell a few times, and
// another cell comes first each time, so that a slow minute of the machine affects all. A cell is done when it
// has had its time and its calls and has settled, or when its longest time is over. Cells that are compared
// take turns until all of them are done, because they are paired by round. The warnings say what was unsteady
// about the machine.
func Inference(ctx context.Context, cfg InferenceConfig) (rows []InferenceRow, warnings []string, err error) {
	r := newWorkbench(cfg.Config)
	rows, warnings, err = r.inference(ctx, cfg)
	return rows, warnings, errors.Join(err, r.close())
}

func (r *workbench) inference(ctx context.Context, cfg InferenceConfig) ([]InferenceRow, []string, error) {
	if err := r.openSet(ctx); err != nil {
		return nil, nil, err
	}
	w := newNoise()
	var rows []InferenceRow
	for _, threads := range cfg.Threads { // models stay open for one number of threads only
		cells, err := r.cells(ctx, cfg, threads)
		if err != nil {
			return nil, nil, err
		}
		if err := r.coldStarts(ctx, cfg, cells); err != nil {
			return nil, nil, err
		}
		r.progress.Phase(fmt.Sprintf("timing inference, threads %d", threads), len(cells))
		for _, group := range byTowerAndBatch(cells) {
			m := &measurement{cells: group, bench: r.suite.Bench, timeout: r.suite.Timeout, reference: r.suite.Reference, clock: systemClock(), tick: w.tick}
			if err := m.run(ctx); err != nil {
				return nil, nil, err
			}
			rows = append(rows, m.rows()...)
			r.progress.Add(len(group))
		}
		if err := r.opener.CloseEncoders(); err != nil {
			return nil, nil, err
		}
	}
	return rows, w.warnings(r.host.Cores), nil
}

// byTowerAndBatch groups the cells by tower and batch.
func byTowerAndBatch(cells []*cell) [][]*cell {
	var out [][]*cell
	for _, c := range cells {
		at := slices.IndexFunc(out, func(group []*cell) bool { return group[0].pairs(c) })
		if at < 0 {
			at, out = len(out), append(out, nil)
		}
		out[at] = append(out[at], c)
	}
	return out
}

// cells opens every variant for a number of threads, and prepares the inputs of each tower and batch: the
// first pictures and texts of the first dataset. A variant of the reference's model gets the reference's
// tensors and ids, because only the model's own call is compared.
func (r *workbench) cells(ctx context.Context, cfg InferenceConfig, threads int) ([]*cell, error) {
	var out []*cell
	s, ref := r.set, (*variants.Variant)(nil)
	seen := map[string]string{}
	for _, spec := range suite.ReferenceFirst(r.suite.Variants, r.suite.Reference) {
		same := spec
		same.Name, same.Named, same.Preprocess, same.Tokenizer, same.Batch, same.Threads = "", nil, "", "", 0, 0
		if first := seen[fmt.Sprintf("%+v", same)]; first != "" {
			r.progress.Say("%s: the same models as %s: not timed again", spec.Name, first)
			continue
		}
		seen[fmt.Sprintf("%+v", same)] = spec.Name
		spec.Threads, spec.Batch = threads, slices.Max(cfg.Batches)
		start := time.Now()
		v := r.opener.Open(ctx, spec, r.suite.Context)
		load := time.Since(start)
		r.tell(v)
		if spec.Name == r.suite.Reference {
			ref = v
		}
		input := v
		if ref.OK() && spec.Model == ref.Spec.Model && v.Info.ImageSize == ref.Info.ImageSize {
			input = ref
		}
		for _, tower := range cfg.Towers {
			shared := &towerStart{}
			for _, batch := range cfg.Batches {
				c := &cell{v: v, start: shared, InferenceRow: InferenceRow{
					Variant: spec.Name, Tower: tower, Batch: batch, Threads: threads, Status: v.Status, Reason: v.Reason, Faults: v.Info.Faults, Load: load,
				}}
				if v.OK() {
					if err := c.prepare(ctx, s, input); err != nil {
						if ctx.Err() != nil {
							return nil, ctx.Err()
						}
						c.fail(err)
					}
				}
				c.done = c.Status != store.StatusOK // otherwise the others would be called for ever
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// coldStarts measures each cell's cold start in a new process, before anything is timed in this one.
func (r *workbench) coldStarts(ctx context.Context, cfg InferenceConfig, cells []*cell) error {
	if cfg.Cold == nil {
		return nil
	}
	r.progress.Phase("cold starts, a process each", len(cells))
	for _, c := range cells {
		if c.Status == store.StatusOK {
			cold, err := cfg.Cold(ctx, c.Variant, c.Tower, c.Batch, c.Threads)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.progress.Say("%s %s batch %d: cold start not measured: %v", c.Variant, c.Tower, c.Batch, err)
			}
			c.Cold = cold
		}
		r.progress.Add(1)
	}
	return nil
}
