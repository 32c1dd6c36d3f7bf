package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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

func runBenchPreprocess(ctx context.Context, e *env, f benchPreprocessFlags) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	data, err := os.ReadFile(f.image)
	if err != nil {
		return usageError{err}
	}
	done, err := runPreprocessJobs(ctx, preprocessConfig{
		Path: f.image, Data: data, Only: f.variants, Peers: f.peers, Rounds: f.rounds, Cores: f.cores, ISA: f.isa, Stderr: e.stderr,
	})
	if err != nil {
		return err
	}
	if err := errors.Join(writeBench(e.stdout, done.Rows, f.json), writePeer(e.stdout, done.Compared, f.json), writeScaling(e.stdout, done.Scaled, f.json)); err != nil {
		return err
	}
	if done.Failed {
		return exitError{code: exitFailures}
	}
	return nil
}

// preprocessConfig says what to time of decoders and pipelines.
type preprocessConfig struct {
	Path          string // of the picture
	Data          []byte
	Only          []string // names of pipelines; none: all
	Peers         []string // commands of programs that do the same in turn
	Rounds, Cores int
	ISA           string
	Stderr        io.Writer // gets what cannot be measured, with the reason
}

// preprocessResult is what runPreprocessJobs measured.
type preprocessResult struct {
	Rows     []bench.JobRow
	Compared []peerRow
	Scaled   []scalingRow
	Failed   bool // something that is available here failed on this picture
}

// runPreprocessJobs times each decoder, each pipeline on the decoded picture, and each pipeline on the file.
func runPreprocessJobs(ctx context.Context, cfg preprocessConfig) (out preprocessResult, err error) {
	maker := &pipelines.Maker{ISA: cfg.ISA}
	defer func() { err = errors.Join(err, maker.Close()) }()
	b := &preprocessBench{stderr: cfg.Stderr, data: cfg.Data, decoded: map[string]*picture.Picture{}}
	for _, name := range pipelines.Names() {
		if len(cfg.Only) > 0 && !slices.Contains(cfg.Only, name) {
			continue
		}
		pipe, err := maker.Lookup(name, pipelines.Options{})
		if err != nil {
			fmt.Fprintf(cfg.Stderr, "%s: %v\n", name, err)
			b.failed = b.failed || !errors.Is(err, machine.ErrUnavailable)
			continue
		}
		b.add(pipe)
	}
	jobs := append(append(b.decode, b.transform...), b.file...)
	var peers []*peer
	for _, command := range cfg.Peers {
		p, err := startPeer(ctx, command, cfg.Path, cfg.Stderr)
		if err != nil {
			return out, err
		}
		defer func() { err = errors.Join(err, p.close()) }()
		peers = append(peers, p)
		jobs = append(jobs, p.jobs(jobs)...)
	}
	rows, failed, err := bench.TimeJobs(jobs, cfg.Rounds, bench.RunsATurn, ctx.Err)
	if err != nil {
		return out, err
	}
	out.Rows = rows
	for _, p := range peers {
		var more []peerRow
		out.Rows, more = p.compare(out.Rows)
		out.Compared = append(out.Compared, more...)
	}
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		fmt.Fprintf(cfg.Stderr, "%s: %s: %v\n", cfg.Path, name, failed[name])
	}
	out.Failed = b.failed || len(failed) > 0
	if cfg.Cores > 1 {
		out.Scaled, err = scaleAll(ctx, b.parallel, cfg.Cores)
	}
	return out, err
}

// preprocessBench gathers the jobs: one a decoder, one a pipeline.
type preprocessBench struct {
	stderr  io.Writer
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
			fmt.Fprintf(b.stderr, "decode %s: %v\n", dec.Name(), err)
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
