// Package modelscmd contains the commands of fastclip models.
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
		Short: "list, check, fetch, export, derive and plan models",
		Args:  cli.KnownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelsLsCmd(e), newModelsCheckCmd(e), newModelsPullCmd(e), newModelsExportCmd(e), newModelsDeriveCmd(e), newModelsPlanCmd(e), newModelsFetchCmd(e))
	return cmd
}

func newModelsLsCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "list the built-in models, their files and sizes",
		Args:  cli.UsageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			models, err := fastclip.Models()
			if err != nil {
				return err
			}
			return listModels(e, models, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

// listedModel is a row of models ls, with its files.
type listedModel struct {
	Name  string       `json:"name"`
	About string       `json:"about"`
	Files []listedFile `json:"files"`
}

type listedFile struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func listModels(e *cli.Env, models fs.FS, asJSON bool) error {
	all, err := builtinModels(models)
	if err != nil {
		return err
	}
	if asJSON {
		return cli.WriteJSON(e.Stdout, all)
	}
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	for _, m := range all {
		fmt.Fprintf(w, "%s\t%s\n", m.Name, m.About)
		for _, f := range m.Files {
			fmt.Fprintf(w, "  %s\t%d bytes\n", f.Name, f.Bytes)
		}
	}
	return w.Flush()
}

func builtinModels(models fs.FS) (all []listedModel, err error) {
	names, err := encoders.BuiltinNames(models)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		m, err := encoders.OpenModel(name, models)
		if err != nil {
			return nil, err
		}
		files, err := m.Files()
		if err != nil {
			return nil, err
		}
		listed := listedModel{Name: name, About: modelcheck.About(m, files)}
		for _, f := range files {
			data, sum, err := m.Read(f)
			if err != nil {
				return nil, err
			}
			listed.Files = append(listed.Files, listedFile{f, len(data), sum})
		}
		all = append(all, listed)
	}
	return all, nil
}
