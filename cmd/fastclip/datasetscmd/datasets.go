// Package datasetscmd contains the commands of fastclip datasets.
package datasetscmd

import (
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/spf13/cobra"
)

func NewDatasetsCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "datasets",
		Short: "list, check, make and convert labelled sets of pictures",
		Args:  cli.KnownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDatasetsLsCmd(e), newDatasetsLintCmd(e), newDatasetsMakeCmd(e), newDatasetsConvertCmd(e))
	return cmd
}
