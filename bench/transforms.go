package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/stats"
)

// TransformRow is the result for one pipeline.
type TransformRow struct {
	Variant   string             `json:"variant"`
	MS        map[string]float64 `json:"ms_median"` // by picture
	Processed float64            `json:"processed_diff"`
	Encoded   float64            `json:"encode_diff"`
	Stage     string             `json:"enters_at"`
	Share     float64            `json:"share"` // this difference as a share of the sum over the single stages
	Cause     string             `json:"cause"`
}

// Picture is a file on which pipelines are compared.
type Picture struct {
	Path string
	Data []byte
}

// Transforms compares every pipeline with the reference: its time on all pictures, and its difference on
// the first one.
type Transforms struct {
	Model     *variants.Single
	Maker     *pipelines.Maker
	Reference string // name of the reference pipeline
	Pictures  []Picture
	Cause     func(pipeline, stage string) string // explains a pipeline's difference in a stage in words
	Stderr    io.Writer                           // for what is left out, with the reason

	failed bool
}

// Run measures all pipelines. failed means that a pipeline which is available here failed on a picture.
func (t *Transforms) Run(ctx context.Context, rounds int) (rows []TransformRow, failed bool, err error) {
	ref, err := t.Maker.Lookup(t.Reference, pipelines.Options{})
	if err != nil {
		return nil, false, err
	}
	var jobs []Job
	for _, name := range pipelines.Names() {
		pipe, err := t.Maker.Lookup(name, pipelines.Options{})
		if err == nil {
			var row TransformRow
			if row, err = t.row(ctx, ref, pipe, t.Pictures[0].Data); err == nil {
				rows = append(rows, row)
				jobs = append(jobs, t.jobs(pipe)...)
			}
		}
		if err != nil {
			fmt.Fprintf(t.Stderr, "%s: %v\n", name, err)
			t.failed = t.failed || !errors.Is(err, machine.ErrUnavailable)
		}
	}
	timed, refused, err := TimeJobs(jobs, rounds, RunsATurn, ctx.Err)
	if err != nil {
		return nil, false, err
	}
	for name, err := range refused {
		fmt.Fprintf(t.Stderr, "%s: %v\n", name, err)
		t.failed = true
	}
	for i := range rows {
		for _, r := range timed {
			if r.Variant == rows[i].Variant {
				rows[i].MS[r.Phase] = r.MSMedian
			}
		}
	}
	return rows, t.failed, nil
}

// jobs times a pipeline on every picture that its decoder takes. The phase is the picture's name.
func (t *Transforms) jobs(pipe *preprocess.Pipeline) (out []Job) {
	for _, p := range t.Pictures {
		pic, err := pipe.Decoder.Decode(p.Data)
		if err != nil {
			fmt.Fprintf(t.Stderr, "%s: %s: %v\n", p.Path, pipe.Name, err)
			t.failed = true
			continue
		}
		dst := make([]float32, pipe.Len())
		out = append(out, Job{pipe.Name, filepath.Base(p.Path), 1, func() error { return pipe.Transform.Apply(pic, dst, nil) }})
	}
	return out
}

// row compares a pipeline with the reference, as a whole and stage by stage.
func (t *Transforms) row(ctx context.Context, ref, pipe *preprocess.Pipeline, file []byte) (TransformRow, error) {
	row := TransformRow{Variant: pipe.Name, MS: map[string]float64{}}
	var err error
	if row.Processed, row.Encoded, err = t.diff(ctx, ref, pipe, file); err != nil || row.Processed == 0 {
		return row, err
	}
	var sum, largest float64
	for _, stage := range preprocess.Stages() {
		swapped, err := ref.Swap(stage, pipe)
		if err != nil {
			return row, err
		}
		_, alone, err := t.diff(ctx, ref, swapped, file)
		if err != nil {
			return row, err
		}
		if sum += alone; alone > largest {
			largest, row.Stage, row.Cause = alone, stage, t.Cause(pipe.Key(), stage)
		}
	}
	if sum > 0 {
		row.Share = largest / sum
	}
	return row, nil
}

// diff returns the mean |a-b| of the tensors and of the embeddings.
func (t *Transforms) diff(ctx context.Context, ref, pipe *preprocess.Pipeline, file []byte) (processed, encoded float64, err error) {
	var tensors, embeddings [2][]float32
	for i, p := range []*preprocess.Pipeline{ref, pipe} {
		tensors[i] = make([]float32, p.Len())
		if err := p.Run(file, tensors[i], nil); err != nil {
			return 0, 0, err
		}
		e, err := t.Model.Images(ctx, 1, tensors[i])
		if err != nil {
			return 0, 0, err
		}
		embeddings[i] = e.Data
	}
	return meanAbs(tensors[0], tensors[1]), meanAbs(embeddings[0], embeddings[1]), nil
}

func meanAbs(a, b []float32) float64 {
	var d stats.AbsDiff
	d.Add(a, b)
	mean, _, _, _ := d.Result()
	return mean
}
