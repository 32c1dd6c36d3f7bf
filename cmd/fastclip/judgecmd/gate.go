// Package judgecmd contains the commands that read finished runs: report, compare, gate, baseline, explain, history.
package judgecmd

import (
	"errors"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/judge/baseline"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
	"github.com/spf13/cobra"
)

func NewGateCmd(e *cli.Env) *cobra.Command {
	var format, policyPath string
	var also []string
	var opt compare.Options
	var show bool
	var again confirmFlags
	var root string
	cmd := &cobra.Command{
		Use:   "gate [BASE] HEAD",
		Short: "judge a run: pass, regression or could not be measured",
		Long: `gate judges run HEAD against run BASE by a policy: drift of embeddings, lost scores, slower
variants. The first line gives the verdict, the worst offender and the first stage that went
wrong. A run never passes if something is missing or could not be measured.

BASE is a run's folder, or the file that pins one (see fastclip baseline). The default is
` + baseline.DefaultFile + `. If the pinned run is missing or its content has changed, the exit status is 3.

With --confirm, a slowdown counts only if it shows again. All variants are timed again, in turn
and round by round, each time in a new process. This works if this program, machine, suite, data
and models give HEAD's plan_sha256. Otherwise HEAD's own timings decide, and a note says so. With
--base-program, BASE's program takes turns with this one. A slowdown stands if the median of the
re-runs is beyond the limit.

With --history ROOT, gate also looks at the nights below ROOT since BASE. It compares tonight's
speed with the spread of the last 20 nights, and sums up small slowdowns over many nights.

Exit status: 0 pass, 1 regression (even if something else could not be measured), 2 wrong
call or policy, 3 could not be measured (also: a run that is not finished or cannot be read).`,
		Example: `  fastclip gate results/20260102-030405    # against the run that baseline.yaml pins
  fastclip gate results/baseline results/20260102-030405
  fastclip gate results/baseline results/20260102-030405 --format github >> "$GITHUB_STEP_SUMMARY"
  fastclip gate baseline.yaml results/20260102-030405 --write junit=gate.xml --write json=gate.json
  fastclip gate baseline.yaml nights/date=2026-01-02/run=ID --history nights
  fastclip gate --show-policy > policy.yaml`,
		Args: cli.UsageArgs(func(cmd *cobra.Command, args []string) error {
			if show {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.RangeArgs(1, 2)(cmd, args)
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			if show {
				_, err := e.Stdout.Write(gate.DefaultPolicy())
				return err
			}
			if err := knownFormat(format, gate.Formats()); err != nil {
				return err
			}
			files, err := writesOf(also)
			if err != nil {
				return err
			}
			policy, err := gate.LoadPolicy(policyPath)
			if err != nil {
				return cli.WrongFile(err)
			}
			if len(args) == 1 {
				args = []string{baseline.DefaultFile, args[0]}
			}
			if again.baseProgram != "" || again.suite != "" {
				again.on = true
			}
			if again.reruns < 1 {
				return cli.WrongCall(errors.New("--reruns: want 1 or more"))
			}
			return runGate(cmd.Context(), e, args[0], args[1], format, files, policy, opt, again, root)
		},
	}
	cmd.Flags().StringVar(&policyPath, "policy", "", "a policy file (default: the embedded one)")
	cmd.Flags().StringVar(&format, "format", "text", "one of "+strings.Join(gate.Formats(), ", "))
	cmd.Flags().StringArrayVar(&also, "write", nil, "FORMAT=FILE: also write the verdict to FILE (may be repeated)")
	cmd.Flags().BoolVar(&opt.OtherHardware, "other-hardware", false, "also judge timings from different machines")
	cmd.Flags().BoolVar(&again.on, "confirm", false, "repeat doubtful timings before judging them")
	cmd.Flags().StringVar(&again.baseProgram, "base-program", "", "the fastclip that made BASE: --confirm, with it and this program in turn")
	cmd.Flags().StringVar(&again.suite, "suite", "", "the runs' suite file, for --confirm (default: the embedded one of their name)")
	cmd.Flags().StringVar(&again.cache, "cache", "", "cache folder with the generated scenes for --confirm, as for eval")
	cmd.Flags().IntVar(&again.reruns, "reruns", 3, "how often --confirm repeats the timings")
	cmd.Flags().StringVar(&root, "history", "", "a results root that contains HEAD: also judge speed by its nights since BASE")
	cmd.Flags().BoolVar(&show, "show-policy", false, "print the default policy file")
	return cmd
}
