package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports"
)

func newExplainCmd(e *env) *cobra.Command {
	var variant string
	cmd := &cobra.Command{
		Use:   "explain RUN --variant V",
		Short: "why a variant differs from the reference: stages, queries, pictures",
		Long: `explain says how a variant of a finished run differs from the reference: what is set
differently, the drift at each checkpoint, the drift of each stage alone, the text queries
whose best picture changed (near tie or real), and the pictures that moved most.

Exit status: 0 done, 2 wrong call, no finished run or no such variant.`,
		Example: `  fastclip explain results/20260102-030405 --variant fast/mini`,
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if variant == "" {
				return usageError{errors.New("which variant? name one with --variant")}
			}
			err := reports.Explain(e.stdout, args[0], variant)
			switch {
			case errors.Is(err, reports.ErrVariant):
				return usageError{err}
			case errors.Is(err, store.ErrIncomplete), errors.Is(err, os.ErrNotExist):
				return usageError{fmt.Errorf("%s is no finished run: %w: name the folder that fastclip eval printed", args[0], err)}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&variant, "variant", "", "the variant to explain")
	return cmd
}
