package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/stats"
	"github.com/fastclip/fastclip/reports"
)

type benchTransformsFlags struct {
	images         []string
	suite, variant string
	rounds         int
	json           bool
}

func newBenchTransformsCmd(e *env) *cobra.Command {
	f := benchTransformsFlags{suite: "default", variant: "onnx/mini", rounds: 30}
	cmd := &cobra.Command{
		Use:   "transforms --image FILE [--image FILE]",
		Short: "compare pipelines: time, difference in tensor and embedding, and the stage it enters at",
		Long: `transforms prints the table of the research notes. For each pipeline and every picture, it shows
the time from the decoded picture to the tensor. For the first picture, it also shows the mean
|a-b| to original_clip of the tensor (processed diff) and of the embedding by one model (encode
diff), and the stage at which most of the difference enters. To find that stage, it runs
original_clip with one stage at a time taken from the pipeline. A share under 100 % means that
other stages also matter.

Exit status: 0 done, 1 a pipeline failed on a picture (named on stderr), 2 wrong call.`,
		Example: `  fastclip bench transforms --image CLIP.png --image photo.jpg`,
		Args:    usageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runBenchTransforms(cmd.Context(), e, f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.images, "image", nil, "a picture file; the first one is compared")
	fl.StringVar(&f.suite, "suite", f.suite, "the suite that contains --variant")
	fl.StringVar(&f.variant, "variant", f.variant, "the variant whose model makes the embeddings")
	fl.IntVar(&f.rounds, "rounds", f.rounds, "number of measured rounds, after one that does not count")
	fl.BoolVar(&f.json, "json", false, "print one JSON object per line instead of a table")
	return cmd
}

// transformRow is a pipeline's line.
type transformRow struct {
	Variant   string             `json:"variant"`
	MS        map[string]float64 `json:"ms_median"` // by picture
	Processed float64            `json:"processed_diff"`
	Encoded   float64            `json:"encode_diff"`
	Stage     string             `json:"enters_at"`
	Share     float64            `json:"share"` // of the single stages' diffs
	Cause     string             `json:"cause"`
}

func runBenchTransforms(ctx context.Context, e *env, f benchTransformsFlags) (err error) {
	if len(f.images) == 0 || f.rounds < 1 {
		return usageError{errors.New("--image FILE is missing, or --rounds is below 1")}
	}
	suite, err := suite.Load(f.suite)
	if err != nil {
		return usageError{err}
	}
	cfg, err := evalConfig(e, suite, evalFlags{cache: os.DevNull})
	if err != nil {
		return err
	}
	model, err := variants.OpenSingle(ctx, suite, f.variant, cfg.Env)
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	t := &transforms{e: e, model: model, maker: &pipelines.Maker{}}
	defer func() { err = errors.Join(err, t.maker.Close()) }()
	rows, err := t.run(ctx, f)
	if err != nil {
		return err
	}
	if err := writeTransforms(e, rows, f); err != nil {
		return err
	}
	if t.failed {
		return exitError{code: exitFailures}
	}
	return nil
}

type transforms struct {
	e      *env
	model  *variants.Single
	maker  *pipelines.Maker
	failed bool
}

func (t *transforms) run(ctx context.Context, f benchTransformsFlags) ([]transformRow, error) {
	ref, err := t.maker.Lookup(referencePipeline, pipelines.Options{})
	if err != nil {
		return nil, err
	}
	var files [][]byte
	for _, path := range f.images {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, usageError{err}
		}
		files = append(files, data)
	}
	var rows []transformRow
	var jobs []benchJob
	for _, name := range pipelines.Names() {
		pipe, err := t.maker.Lookup(name, pipelines.Options{})
		if err == nil {
			var row transformRow
			if row, err = t.compare(ctx, ref, pipe, files[0]); err == nil {
				rows = append(rows, row)
				jobs = append(jobs, t.jobs(pipe, files, f.images)...)
			}
		}
		if err != nil {
			fmt.Fprintf(t.e.stderr, "%s: %v\n", name, err)
			t.failed = t.failed || !errors.Is(err, machine.ErrUnavailable)
		}
	}
	timed, failed, err := timeJobs(jobs, f.rounds, runsATurn, ctx.Err)
	if err != nil {
		return nil, err
	}
	for name, err := range failed {
		fmt.Fprintf(t.e.stderr, "%s: %v\n", name, err)
		t.failed = true
	}
	for i := range rows {
		for _, r := range timed {
			if r.Variant == rows[i].Variant {
				rows[i].MS[r.Phase] = r.MSMedian
			}
		}
	}
	return rows, nil
}

// jobs time a pipeline on every picture that its decoder takes; the phase is the picture's name.
func (t *transforms) jobs(pipe *preprocess.Pipeline, files [][]byte, names []string) (out []benchJob) {
	for i, data := range files {
		pic, err := pipe.Decoder.Decode(data)
		if err != nil {
			fmt.Fprintf(t.e.stderr, "%s: %s: %v\n", names[i], pipe.Name, err)
			t.failed = true
			continue
		}
		dst := make([]float32, pipe.Len())
		out = append(out, benchJob{pipe.Name, filepath.Base(names[i]), 1, func() error { return pipe.Transform.Apply(pic, dst, nil) }})
	}
	return out
}

// compare measures a pipeline against the reference, as a whole and one stage at a time.
func (t *transforms) compare(ctx context.Context, ref, pipe *preprocess.Pipeline, file []byte) (transformRow, error) {
	row := transformRow{Variant: pipe.Name, MS: map[string]float64{}}
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
			largest, row.Stage, row.Cause = alone, stage, reports.Cause(pipe.Key(), stage)
		}
	}
	if sum > 0 {
		row.Share = largest / sum
	}
	return row, nil
}

// diff is the mean |a-b| of the tensors and of the embeddings.
func (t *transforms) diff(ctx context.Context, ref, pipe *preprocess.Pipeline, file []byte) (processed, encoded float64, err error) {
	var tensors, embeddings [2][]float32
	for i, p := range []*preprocess.Pipeline{ref, pipe} {
		tensors[i] = make([]float32, p.Len())
		if err := p.Run(file, tensors[i], nil); err != nil {
			return 0, 0, err
		}
		e, err := t.model.Images(ctx, 1, tensors[i])
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

func writeTransforms(e *env, rows []transformRow, f benchTransformsFlags) error {
	if f.json {
		out := json.NewEncoder(e.stdout)
		for _, r := range rows {
			if err := out.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	var names []string
	for _, path := range f.images {
		names = append(names, filepath.Base(path))
	}
	fmt.Fprintf(table, "transform\tms %s\tprocessed diff (mean)\tencode diff (mean)\tenters at\n", strings.Join(names, "\tms "))
	for _, r := range rows {
		fmt.Fprint(table, r.Variant)
		for _, name := range names {
			fmt.Fprintf(table, "\t%.3f", r.MS[name])
		}
		at := "-"
		if r.Stage != "" {
			at = fmt.Sprintf("%s (%.0f %%): %s", r.Stage, 100*r.Share, r.Cause)
		}
		fmt.Fprintf(table, "\t%.4f\t%.4f\t%s\n", r.Processed, r.Encoded, at)
	}
	return table.Flush()
}
