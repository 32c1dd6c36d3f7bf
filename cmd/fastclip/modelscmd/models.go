// Package modelscmd has the commands of fastclip models.
package modelscmd

import (
	"fmt"
	"io/fs"
	"text/tabwriter"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modelcheck"
	"github.com/spf13/cobra"
)

func NewModelsCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "models",
		Short: "list, check, fetch, export and derive models",
		Args:  cli.KnownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelsLsCmd(e), newModelsCheckCmd(e), newModelsPullCmd(e), newModelsExportCmd(e), newModelsDeriveCmd(e), newModelsFetchCmd(e))
	return cmd
}

func newModelsLsCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "list the built-in models, their files and sizes",
		Args:  cli.UsageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			models, err := fastclip.Models()
			if err != nil {
				return err
			}
			return listModels(e, models)
		},
	}
}

func listModels(e *cli.Env, models fs.FS) error {
	names, err := encoders.BuiltinNames(models)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	for _, name := range names {
		m, err := encoders.OpenModel(name, models)
		if err != nil {
			return err
		}
		files, err := m.Files()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\n", name, modelcheck.About(m, files))
		for _, f := range files {
			data, _, err := m.Read(f)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "  %s\t%d bytes\n", f, len(data))
		}
	}
	return w.Flush()
}
