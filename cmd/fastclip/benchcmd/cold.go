package benchcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/spf13/cobra"
)

// coldStarter measures in a separate process: it starts this program with a hidden command.
func coldStarter(suite string) func(ctx context.Context, variant, tower string, batch, threads int) (bench.ColdStart, error) {
	return func(ctx context.Context, variant, tower string, batch, threads int) (bench.ColdStart, error) {
		self, err := os.Executable()
		if err != nil {
			return bench.ColdStart{}, fmt.Errorf("find this program: %w", err)
		}
		var out, problem bytes.Buffer
		cmd := exec.CommandContext(ctx, self, "bench", "cold-start", suite, variant, tower, strconv.Itoa(batch), strconv.Itoa(threads))
		cmd.Stdout, cmd.Stderr = &out, &problem
		start := time.Now()
		if err := cmd.Run(); err != nil {
			return bench.ColdStart{}, fmt.Errorf("%w: %s", err, strings.TrimSpace(problem.String()))
		}
		var cold struct {
			bench.ColdStart
			Done time.Time `json:"done"`
		}
		if err := json.Unmarshal(out.Bytes(), &cold); err != nil {
			return bench.ColdStart{}, fmt.Errorf("cold start: %w", err)
		}
		cold.Start = cold.Done.Sub(start)
		return cold.ColdStart, nil
	}
}

func newBenchColdCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:    "cold-start SUITE VARIANT TOWER BATCH THREADS",
		Short:  "open one variant, make two calls, and print the times and the memory used",
		Hidden: true,
		Args:   cli.UsageArgs(cobra.ExactArgs(5)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runBenchCold(cmd.Context(), e, args)
		},
	}
}

func runBenchCold(ctx context.Context, e *cli.Env, args []string) error {
	suite, err := suite.Load(args[0])
	if err != nil {
		return cli.WrongCall(err)
	}
	batch, err := strconv.Atoi(args[3])
	if err != nil || batch < 1 {
		return cli.WrongCall(fmt.Errorf("batch %q: want a number from 1", args[3]))
	}
	threads, err := strconv.Atoi(args[4])
	if err != nil || threads < 1 {
		return cli.WrongCall(fmt.Errorf("threads %q: want a number from 1", args[4]))
	}
	for i := range suite.Variants {
		suite.Variants[i].Batch, suite.Variants[i].Threads = batch, threads
	}
	cfg, err := runcmd.EvalConfig(e, suite, runcmd.EvalFlags{})
	if err != nil {
		return err
	}
	one, err := variants.OpenSingle(ctx, suite, args[1], cfg.Env)
	if err != nil {
		return err
	}
	defer one.Close()
	var done time.Time
	for range 2 { // some runtimes need more memory in the second call
		if args[2] == store.TowerText {
			texts := make([]string, batch)
			for i := range texts {
				texts[i] = "a photo of a dog and a bicycle"
			}
			_, err = one.Texts(ctx, texts)
		} else {
			_, err = one.Images(ctx, batch, make([]float32, batch*one.PixelsLen()))
		}
		if err != nil {
			return err
		}
		if done.IsZero() {
			done = time.Now()
		}
	}
	return json.NewEncoder(e.Stdout).Encode(map[string]any{"done": done, "peak_rss": machine.PeakRSS()})
}
