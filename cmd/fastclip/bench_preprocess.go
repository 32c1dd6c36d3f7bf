package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/isa"
	"github.com/fastclip/fastclip/internal/machine"
)

type benchPreprocessFlags struct {
	image    string
	peers    []string
	rounds   int
	cores    int
	json     bool
	variants []string
	isa      string
}

func newBenchPreprocessCmd(e *env) *cobra.Command {
	f := benchPreprocessFlags{rounds: 30}
	cmd := &cobra.Command{
		Use:   "preprocess --image FILE",
		Short: "time each decoder, and each pipeline on the decoded picture",
		Long: `preprocess times decoding for each decoder. For each pipeline, it times the way from the decoded
picture to the normalised tensor, and (phase "file") from the file in memory to the tensor.
Everything runs in turn on one goroutine. Each job runs twice, and the second run is measured. To
use one core only, start it with taskset -c 0.

--peer COMMAND starts another program with the picture as its last argument. The program does its
jobs in turn with ours; the table shows our time, its time and the ratio. --peer may be given
twice. testdata/oracles/pillow_peer.py runs the real Pillow. opencv_peer.py runs OpenCV, whose
replacements for original_clip are not exact; the table names them.

--cores N also measures pictures per second on one core and on N cores, and prints the ratio.
--isa makes Pillow's resize use another instruction set than this processor's widest, one of ` + strings.Join(isa.Names(), ", ") + `: all of them give the same bytes.

What is not available here is named on stderr. Exit status: 0 done, 1 something that is
available failed on this picture, 2 wrong call.`,
		Example: `  fastclip bench preprocess --image photo.jpg --json
  fastclip bench preprocess --image photo.jpg --peer "uv run -q --script testdata/oracles/pillow_peer.py" \
      --peer "uv run -q --script testdata/oracles/opencv_peer.py"
  fastclip bench preprocess --image photo.jpg --only original_clip --cores 2`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runBenchPreprocess(cmd.Context(), e, f) },
	}
	cmd.Flags().StringVar(&f.image, "image", "", "the picture file")
	cmd.Flags().StringArrayVar(&f.peers, "peer", nil, "a command to compare with")
	cmd.Flags().IntVar(&f.cores, "cores", 1, "also measure pictures per second on this many cores")
	cmd.Flags().StringVar(&f.isa, "isa", "", "the instruction set that Pillow's resize runs on")
	cmd.Flags().StringVar(&f.isa, "unit", "", "old name of --isa")
	_ = cmd.Flags().MarkHidden("unit") // it is there
	cmd.Flags().IntVar(&f.rounds, "rounds", f.rounds, "number of measured rounds, after one that does not count")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object per line instead of a table")
	cmd.Flags().StringSliceVar(&f.variants, "only", nil, "only these pipelines")
	return cmd
}

func (f benchPreprocessFlags) check() error {
	if f.image == "" {
		return errors.New("--image FILE is missing")
	}
	if f.rounds < 1 {
		return fmt.Errorf("--rounds %d: want 1 or more", f.rounds)
	}
	if f.cores < 1 || f.cores > runtime.NumCPU() {
		return fmt.Errorf("--cores %d: want 1 to %d, which are here", f.cores, runtime.NumCPU())
	}
	if f.isa != "" {
		if _, err := isa.Parse(f.isa); err != nil {
			return fmt.Errorf("--isa %w", err)
		}
	}
	for _, name := range f.variants {
		if !slices.Contains(pipelines.Names(), name) {
			return fmt.Errorf("--only %q: want some of %v", name, pipelines.Names())
		}
	}
	return nil
}

func runBenchPreprocess(ctx context.Context, e *env, f benchPreprocessFlags) (err error) {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	data, err := os.ReadFile(f.image)
	if err != nil {
		return usageError{err}
	}
	maker := &pipelines.Maker{ISA: f.isa}
	defer func() { err = errors.Join(err, maker.Close()) }()
	b := &preprocessBench{e: e, data: data, decoded: map[string]*picture.Picture{}}
	for _, name := range pipelines.Names() {
		if len(f.variants) > 0 && !slices.Contains(f.variants, name) {
			continue
		}
		pipe, err := maker.Lookup(name, pipelines.Options{})
		if err != nil {
			fmt.Fprintf(e.stderr, "%s: %v\n", name, err)
			b.failed = b.failed || !errors.Is(err, machine.ErrUnavailable)
			continue
		}
		b.add(pipe)
	}
	jobs := append(append(b.decode, b.transform...), b.file...)
	var peers []*peer
	for _, command := range f.peers {
		p, err := startPeer(ctx, command, f.image, e.stderr)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.close()) }()
		peers = append(peers, p)
		jobs = append(jobs, p.jobs(jobs)...)
	}
	rows, failed, err := bench.TimeJobs(jobs, f.rounds, bench.RunsATurn, ctx.Err)
	if err != nil {
		return err
	}
	var compared []peerRow
	for _, p := range peers {
		var more []peerRow
		rows, more = p.compare(rows)
		compared = append(compared, more...)
	}
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		fmt.Fprintf(e.stderr, "%s: %s: %v\n", f.image, name, failed[name])
	}
	if err := errors.Join(writeBench(e.stdout, rows, f.json), writePeer(e.stdout, compared, f.json)); err != nil {
		return err
	}
	if f.cores > 1 {
		scaled, err := scaleAll(ctx, b.parallel, f.cores)
		if err != nil {
			return err
		}
		if err := writeScaling(e.stdout, scaled, f.json); err != nil {
			return err
		}
	}
	if b.failed || len(failed) > 0 {
		return exitError{code: exitFailures}
	}
	return nil
}

// preprocessBench gathers the jobs: one a decoder, one a pipeline.
type preprocessBench struct {
	e       *env
	data    []byte
	decoded map[string]*picture.Picture // by decoder; nil: it cannot
	failed  bool

	decode, transform, file []bench.Job
	parallel                []parallelJob
}

func (b *preprocessBench) add(pipe *preprocess.Pipeline) {
	dec := pipe.Decoder
	pic, known := b.decoded[dec.Name()]
	if !known {
		var err error
		if pic, err = dec.Decode(b.data); err != nil {
			fmt.Fprintf(b.e.stderr, "decode %s: %v\n", dec.Name(), err)
			b.failed = true
		}
		b.decoded[dec.Name()] = pic
		if err == nil {
			b.decode = append(b.decode, bench.Job{Variant: dec.Name(), Phase: "decode", Batch: 1, Do: decodeJob(dec, b.data)})
		}
	}
	if pic == nil {
		return
	}
	transform := func() func() error {
		dst := make([]float32, pipe.Len())
		return func() error { return pipe.Transform.Apply(pic, dst, nil) }
	}
	dst := make([]float32, pipe.Len())
	b.transform = append(b.transform, bench.Job{Variant: pipe.Name, Phase: "preprocess", Batch: 1, Do: transform()})
	b.file = append(b.file, bench.Job{Variant: pipe.Name, Phase: "file", Batch: 1, Do: func() error { return pipe.Run(b.data, dst, nil) }})
	b.parallel = append(b.parallel, parallelJob{pipe.Name, transform})
}

// decodeJob decodes into the same memory again, where the decoder can, as a pipeline does.
func decodeJob(dec decode.Decoder, data []byte) func() error {
	if r, ok := dec.(decode.Reuser); ok {
		p := &picture.Picture{}
		return func() error { return r.DecodeInto(p, data) }
	}
	return func() error {
		_, err := dec.Decode(data)
		return err
	}
}
