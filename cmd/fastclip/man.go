package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newManCmd() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "man --out DIR",
		Short: "write the manual: a man page for each command",
		Example: `  fastclip man --out ~/.local/share/man/man1
  man fastclip-eval`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return cli.WrongCall(errors.New("--out DIR is missing"))
			}
			if err := os.MkdirAll(out, 0o755); err != nil {
				return fmt.Errorf("write man pages: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // without dates, so that the same program writes the same pages
			return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "fastclip " + cli.Version(), Manual: "fastclip"}, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the folder for the pages; created if missing")
	return cmd
}
