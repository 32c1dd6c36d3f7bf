// Package datasetscmd has the commands of fastclip datasets.
package datasetscmd

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
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

func newDatasetsLsCmd(e *cli.Env) *cobra.Command {
	var cache string
	cmd := &cobra.Command{
		Use:   "ls [SUITE]",
		Short: "list the datasets of a suite: source, sizes, licence, hash",
		Long: `ls opens every dataset of a suite (an embedded one or a YAML file; default: default) and
prints one line for each. It reads every picture once, for the hash.

Exit status: 0 done, 1 some dataset could not be opened (named on stderr), 2 wrong call.`,
		Args: cli.UsageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			suite, err := loadSuite(append(args, "default")[0])
			if err != nil {
				return err
			}
			return listDatasets(cmd.Context(), e, suite, cache)
		},
	}
	cmd.Flags().StringVar(&cache, "cache", "", "cache folder (default: $FASTCLIP_CACHE, else the user's cache folder)")
	return cmd
}

func listDatasets(ctx context.Context, e *cli.Env, suite *suite.Suite, cache string) error {
	table := tabwriter.NewWriter(e.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSOURCE\tIMAGES\tTEXTS\tLICENCE\tHASH")
	failed := false
	var notes []string
	for _, d := range suite.Datasets {
		ds, err := openDataset(ctx, d, suite.Dir, cache)
		if err != nil {
			fmt.Fprintf(e.Stderr, "dataset %s: %v\n", d.Name, err)
			failed = true
			continue
		}
		info := ds.Info()
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\n", d.Name, d.SourceName(), info.Images, info.Texts, info.Licence, info.Hash)
		if !info.Account.Whole() {
			notes = append(notes, fmt.Sprintf("%s: not all is used: %s", d.Name, info.Account))
		}
		for _, m := range info.Suspect {
			notes = append(notes, fmt.Sprintf("%s: %s: %d, for example %q", d.Name, m.What, m.Count, m.Example))
		}
		if err := ds.Close(); err != nil {
			return err
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(e.Stdout, note)
	}
	return failure(failed)
}
