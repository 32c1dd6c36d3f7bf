package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
)

type benchPreprocessFlags struct {
	image    string
	peer     string
	rounds   int
	json     bool
	variants []string
}

func newBenchPreprocessCmd(e *env) *cobra.Command {
	f := benchPreprocessFlags{rounds: 30}
	cmd := &cobra.Command{
		Use:   "preprocess --image FILE",
		Short: "decode by decoder, and each pipeline on the decoded picture",
		Long: `preprocess times decode for each decoder, and for each pipeline the way from the picture
that its decoder made to the normalised tensor.

--peer COMMAND starts another program, which gets the picture as its last argument, has it do
the same jobs in turn with ours, and prints our time, its own and the ratio.
testdata/oracles/pillow_peer.py is the real Pillow.

What is not available here is named on stderr. Exit status: 0 done, 1 something that is
available failed on this picture, 2 wrong call.`,
		Example: `  fastclip bench preprocess --image photo.jpg --json
  fastclip bench preprocess --image photo.jpg --peer "uv run -q --script testdata/oracles/pillow_peer.py"`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runBenchPreprocess(cmd.Context(), e, f) },
	}
	cmd.Flags().StringVar(&f.image, "image", "", "the picture file")
	cmd.Flags().StringVar(&f.peer, "peer", "", "a command to compare with")
	cmd.Flags().IntVar(&f.rounds, "rounds", f.rounds, "measured rounds, after one that is not")
	cmd.Flags().BoolVar(&f.json, "json", false, "one JSON object a line instead of a table")
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
	maker := &pipelines.Maker{}
	defer func() { err = errors.Join(err, maker.Close()) }()
	b := &preprocessBench{e: e, data: data, decoded: map[string]*preprocess.Picture{}}
	for _, name := range pipelines.Names() {
		if len(f.variants) > 0 && !slices.Contains(f.variants, name) {
			continue
		}
		pipe, err := maker.Lookup(name, pipelines.Options{})
		if err != nil {
			fmt.Fprintf(e.stderr, "%s: %v\n", name, err)
			b.failed = b.failed || !errors.Is(err, preprocess.ErrUnavailable)
			continue
		}
		b.add(pipe)
	}
	jobs := append(b.decode, b.transform...)
	var other *peer
	if strings.TrimSpace(f.peer) != "" {
		if other, err = startPeer(ctx, f.peer, f.image, e.stderr); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, other.close()) }()
		jobs = append(jobs, other.jobs(jobs)...)
	}
	rows, failed, err := timeJobs(jobs, f.rounds, ctx.Err)
	if err != nil {
		return err
	}
	var compared []peerRow
	if other != nil {
		rows, compared = other.compare(rows)
	}
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		fmt.Fprintf(e.stderr, "%s: %s: %v\n", f.image, name, failed[name])
	}
	if err := errors.Join(writeBench(e.stdout, rows, f.json), writePeer(e.stdout, compared, f.json)); err != nil {
		return err
	}
	if b.failed || len(failed) > 0 {
		return exitError{code: exitFailures}
	}
	return nil
}

// preprocessBench gathers the jobs: one a decoder, one a pipeline.
type preprocessBench struct {
	e                 *env
	data              []byte
	decoded           map[string]*preprocess.Picture // by decoder; nil: it cannot
	decode, transform []benchJob
	failed            bool
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
			b.decode = append(b.decode, benchJob{dec.Name(), "decode", 1, func() error {
				_, err := dec.Decode(b.data)
				return err
			}})
		}
	}
	if pic == nil {
		return
	}
	dst := make([]float32, pipe.Len())
	b.transform = append(b.transform, benchJob{pipe.Name, "preprocess", 1, func() error { return pipe.Transform.Apply(pic, dst, nil) }})
}
