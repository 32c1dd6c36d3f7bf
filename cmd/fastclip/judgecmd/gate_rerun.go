package judgecmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
)

// rerun makes the re-runs, each in its own process. If BASE's program is given, it and this program take turns.
func rerun(ctx context.Context, e *cli.Env, f confirmFlags, base, head compare.Run, c *compare.Comparison, opt compare.Options) ([]*compare.Comparison, error) {
	if !c.SameMachine && f.baseProgram == "" && !opt.OtherHardware {
		return nil, fmt.Errorf("%w: BASE ran on another machine, and no --base-program was given", errNotAtHand)
	}
	own, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	dir, err := os.MkdirTemp("", "fastclip-gate-")
	if err != nil {
		return nil, fmt.Errorf("re-run: %w", err)
	}
	defer os.RemoveAll(dir)
	if f.baseProgram != "" {
		opt.OtherHardware = true // both now run on this machine
	}
	var again []*compare.Comparison
	for i := range f.reruns {
		rows := map[string][]store.Timing{}
		sides := []struct {
			name, program string
			run           compare.Run
		}{{"HEAD", own, head}, {"BASE", f.baseProgram, base}}
		if i%2 == 1 {
			sides[0], sides[1] = sides[1], sides[0]
		}
		for _, s := range sides {
			if s.program == "" {
				continue
			}
			fmt.Fprintf(e.Stderr, "timing %s again, %d of %d\n", s.name, i+1, f.reruns)
			if rows[s.name], err = timeAgain(ctx, s.program, s.run.Results, f, filepath.Join(dir, "timings.parquet")); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
		again = append(again, c.Again(base, head, rows["BASE"], rows["HEAD"], opt))
	}
	return again, nil
}

// timeAgain has a program repeat a run's timings.
func timeAgain(ctx context.Context, program string, run *store.Results, f confirmFlags, file string) ([]store.Timing, error) {
	name := f.suite
	if name == "" {
		name = run.Run.Suite
	}
	if f.suite == "" && !embedded(name) {
		return nil, fmt.Errorf("%w: suite %s is not built in: name its file with --suite", errNotAtHand, name)
	}
	if run.Run.PlanSHA256 == "" {
		return nil, fmt.Errorf("%w: the run has no plan_sha256, which a re-run needs", errNotAtHand)
	}
	args := []string{"bench", "rounds", name, "--plan", run.Run.PlanSHA256, "-o", file}
	for _, v := range run.Variants {
		args = append(args, "--only", v.Variant)
	}
	for _, d := range run.Datasets {
		args = append(args, "--datasets", d.Dataset)
	}
	if f.cache != "" {
		args = append(args, "--cache", f.cache)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, errors.New("stopped")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w: %s", errNotAtHand, program, err, lastLine(stderr.String()))
	}
	return store.Read[store.Timing](file)
}

func embedded(name string) bool {
	for _, n := range suite.Names() {
		if n == name {
			return true
		}
	}
	return false
}

// lastLine finds the line of a program's stderr that says why it ended: the one before the hint on usage.
func lastLine(s string) string {
	last := ""
	for line := range strings.Lines(s) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "fastclip: "); ok {
			last = text
		}
	}
	return last
}
