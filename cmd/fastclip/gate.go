package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/eval/baseline"
	"github.com/fastclip/fastclip/eval/compare"
	"github.com/fastclip/fastclip/eval/gate"
)

func newGateCmd(e *env) *cobra.Command {
	var format, policyPath string
	var opt compare.Options
	var show bool
	cmd := &cobra.Command{
		Use:   "gate [BASE] HEAD",
		Short: "pass, regression or could not be measured",
		Long: `gate judges run HEAD against run BASE by a policy: drift of embeddings, lost scores, slower
variants. The first line has the verdict, the worst offender and the first stage that went
wrong. What is missing or could not be measured never passes.

BASE is a run's folder, or the file that pins one (see fastclip baseline); without it,
` + baseline.DefaultFile + `. A pinned run that is missing, or has another content than was pinned, is exit 3.

Exit status: 0 pass, 1 regression (even when something else could not be measured), 2 wrong
call or policy, 3 could not be measured (also: a run that is not finished or cannot be read).`,
		Example: `  fastclip gate results/20260102-030405    # against the run that baseline.yaml pins
  fastclip gate results/baseline results/20260102-030405
  fastclip gate results/baseline results/20260102-030405 --format github >> "$GITHUB_STEP_SUMMARY"
  fastclip gate --show-policy > policy.yaml`,
		Args: usageArgs(func(cmd *cobra.Command, args []string) error {
			if show {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.RangeArgs(1, 2)(cmd, args)
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			if show {
				_, err := e.stdout.Write(gate.DefaultPolicy())
				return err
			}
			if err := knownFormat(format, gate.Formats()); err != nil {
				return err
			}
			policy, err := gate.LoadPolicy(policyPath)
			if err != nil {
				return usageError{err}
			}
			if len(args) == 1 {
				args = []string{baseline.DefaultFile, args[0]}
			}
			return runGate(e, args[0], args[1], format, policy, opt)
		},
	}
	cmd.Flags().StringVar(&policyPath, "policy", "", "a policy file (default: the embedded one)")
	cmd.Flags().StringVar(&format, "format", "text", "one of "+strings.Join(gate.Formats(), ", "))
	cmd.Flags().BoolVar(&opt.OtherHardware, "other-hardware", false, "judge timings of unlike machines, too")
	cmd.Flags().BoolVar(&show, "show-policy", false, "print the default policy file")
	return cmd
}

func runGate(e *env, baseDir, headDir, format string, policy *gate.Policy, opt compare.Options) error {
	var result *gate.Result
	if base, head, err := loadRuns(baseDir, headDir); err != nil {
		result = gate.NotRun(baseDir, headDir, err)
	} else {
		result = gate.Judge(compare.Runs(base, head, opt), policy)
	}
	if err := gate.Write(e.stdout, format, result); err != nil {
		return err
	}
	if code := result.Verdict.ExitCode(); code != exitDone {
		return exitError{code: code}
	}
	return nil
}
