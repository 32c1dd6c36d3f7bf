package judgecmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/spf13/cobra"
)

func NewCompareCmd(e *cli.Env) *cobra.Command {
	var format string
	var all bool
	var opt compare.Options
	cmd := &cobra.Command{
		Use:   "compare BASE HEAD",
		Short: "compare two finished runs",
		Long: `compare prints what differs between two finished runs: environments; scores, paired over the
same queries; drift of HEAD's embeddings from BASE's; timings. The verdict is first, and of the
tables only the rows that show a difference; --all has the others, in which ~ marks what the test
does not show. Times from different machines are compared only with --other-hardware. BASE is a
run's folder, or the file that pins one (see fastclip baseline).

Exit status: 0 done, 2 wrong call or no finished run.`,
		Example: `  fastclip compare results/20260101-030405 results/20260102-030405`,
		Args:    cli.UsageArgs(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := knownFormat(format, compare.Formats()); err != nil {
				return err
			}
			base, head, err := loadRuns(args[0], args[1])
			if err != nil {
				return cli.WrongCall(err)
			}
			c := compare.Runs(base, head, opt)
			if format == "md" && !all {
				return compare.WriteBrief(e.Stdout, c)
			}
			return compare.Write(e.Stdout, format, c)
		},
	}
	cmd.Flags().StringVar(&format, "format", "md", "one of "+strings.Join(compare.Formats(), ", "))
	cmd.Flags().BoolVar(&all, "all", false, "md: also print the rows that show no difference, and what the drift could have changed")
	cmd.Flags().BoolVar(&opt.OtherHardware, "other-hardware", false, "also compare timings from different machines")
	return cmd
}

func knownFormat(format string, formats []string) error {
	if slices.Contains(formats, format) {
		return nil
	}
	return cli.WrongCall(fmt.Errorf("unknown format %q: want one of %s", format, strings.Join(formats, ", ")))
}

// loadRuns reads two runs. A baseline file may name BASE.
func loadRuns(baseArg, headDir string) (base, head compare.Run, err error) {
	head, headErr := compare.Load(headDir)
	dir, err := baseDir(baseArg, headDir)
	if err != nil {
		return base, head, fmt.Errorf("BASE: %w", err)
	}
	if base, err = compare.Load(dir); err != nil {
		return base, head, fmt.Errorf("BASE %s: %w", baseArg, err)
	}
	if headErr != nil {
		return base, head, fmt.Errorf("HEAD %s: %w", headDir, headErr)
	}
	return base, head, nil
}
