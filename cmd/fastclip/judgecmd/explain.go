package judgecmd

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports"
	"github.com/fastclip/fastclip/reports/why"
	"github.com/spf13/cobra"
)

func NewExplainCmd(e *cli.Env) *cobra.Command {
	var variant, format string
	var worst int
	cmd := &cobra.Command{
		Use:   "explain RUN --variant V",
		Short: "explain why a variant differs from the reference: stages, queries, pictures",
		Long: `explain shows how a variant of a finished run differs from the reference: the settings that
differ, the drift at each checkpoint, the drift of each stage alone, how much the drift may have
changed each score (the flip budget), the queries whose top result or outcome changed (near tie
or real), and the pictures and texts that moved most. If the evidence is clear, it also says what
to do next.

md is for reading, json has all numbers, csv has one row per query whose outcome changed.

Exit status: 0 done, 2 wrong call, no finished run or no such variant.`,
		Example: `  fastclip explain results/20260102-030405 --variant fast/mini
  fastclip explain results/20260102-030405 --variant int8/mini --format csv > flips.csv`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if variant == "" {
				return cli.WrongCall(errors.New("which variant? name one with --variant"))
			}
			if worst < 0 {
				return cli.WrongCall(errors.New("--worst: want 0 or more"))
			}
			if err := knownFormat(format, reports.ExplainFormats()); err != nil {
				return err
			}
			err := reports.Explain(e.Stdout, args[0], variant, format, worst)
			switch {
			case errors.Is(err, why.ErrVariant):
				return cli.WrongCall(err)
			case errors.Is(err, store.ErrIncomplete), errors.Is(err, os.ErrNotExist):
				return cli.WrongCall(fmt.Errorf("%s is no finished run: %w: name the folder that fastclip eval printed", args[0], err))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&variant, "variant", "", "the variant to explain")
	cmd.Flags().StringVar(&format, "format", "md", "one of "+strings.Join(reports.ExplainFormats(), ", "))
	cmd.Flags().IntVar(&worst, "worst", 10, "how many of the worst queries, pictures and texts are shown")
	return cmd
}
