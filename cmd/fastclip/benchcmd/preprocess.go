package benchcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/internal/isa"
	"github.com/spf13/cobra"
)

type benchPreprocessFlags struct {
	image    string
	peers    []string
	rounds   int
	cores    int
	json     bool
	variants []string
	configs  []string
	isa      string
}

func newBenchPreprocessCmd(e *cli.Env) *cobra.Command {
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

--config FILE times the pipeline of a model's preprocessor_config.json or open_clip_config.json, or of
their folder, and may be given many times. hf_peer.py takes the same files before the picture.

--cores N also measures pictures per second on one core and on N cores, and prints the ratio.
--isa chooses the instruction set of Pillow's resize (default: the widest of this processor). It is one of
` + strings.Join(isa.Names(), ", ") + `. All of them give the same bytes.

What is not available here is named on stderr. Exit status: 0 done, 1 something that is
available failed on this picture, 2 wrong call.`,
		Example: `  fastclip bench preprocess --image photo.jpg --json
  fastclip bench preprocess --image photo.jpg --peer "uv run -q --script testdata/oracles/pillow_peer.py" \
      --peer "uv run -q --script testdata/oracles/opencv_peer.py"
  fastclip bench preprocess --image photo.jpg --only original_clip --cores 2`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runBenchPreprocess(cmd.Context(), e, f) },
	}
	cmd.Flags().StringVar(&f.image, "image", "", "the picture file")
	cmd.Flags().StringArrayVar(&f.peers, "peer", nil, "a command to compare with")
	cmd.Flags().IntVar(&f.cores, "cores", 1, "also measure pictures per second on this many cores")
	cmd.Flags().StringVar(&f.isa, "isa", "", "the instruction set that Pillow's resize runs on")
	cmd.Flags().StringVar(&f.isa, "unit", "", "old name of --isa")
	_ = cmd.Flags().MarkHidden("unit") // cannot fail: the flag exists
	cmd.Flags().IntVar(&f.rounds, "rounds", f.rounds, "number of measured rounds, after one that does not count")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object per line instead of a table")
	cmd.Flags().StringSliceVar(&f.variants, "only", nil, "only these pipelines")
	cmd.Flags().StringArrayVar(&f.configs, "config", nil, "also the pipeline of a model's preprocessing; without --only, no other")
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
		return fmt.Errorf("--cores %d: want 1 to %d, the cores of this machine", f.cores, runtime.NumCPU())
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

func runBenchPreprocess(ctx context.Context, e *cli.Env, f benchPreprocessFlags) error {
	if err := f.check(); err != nil {
		return cli.WrongCall(err)
	}
	data, err := os.ReadFile(f.image)
	if err != nil {
		return cli.WrongCall(err)
	}
	done, err := bench.Preprocess(ctx, bench.PreprocessConfig{
		Path: f.image, Data: data, Only: f.variants, Configs: f.configs, Peers: f.peers, Rounds: f.rounds, Cores: f.cores, ISA: f.isa, Stderr: e.Stderr,
	})
	if err != nil {
		return err
	}
	if err := errors.Join(writeBench(e.Stdout, done.Rows, f.json), writePeer(e.Stdout, done.Compared, f.json), writeScaling(e.Stdout, done.Scaled, f.json)); err != nil {
		return err
	}
	if done.Failed {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}
