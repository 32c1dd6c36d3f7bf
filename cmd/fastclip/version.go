package main

import (
	"cmp"
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/spf13/cobra"
)

func newVersionCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print this program's version, commit, Go version and platform",
		Example: `  fastclip version
  fastclip version --json | jq -r .commit`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			a := cli.ThisProgram()
			if asJSON {
				return cli.WriteJSON(e.Stdout, a)
			}
			_, err := fmt.Fprintf(e.Stdout, "fastclip %s\ncommit %s\n%s %s/%s, build tags: %s\n",
				a.Version, cmp.Or(a.Commit, "not recorded"), a.Go, a.OS, a.Arch, cmp.Or(a.Tags, "none"))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}
