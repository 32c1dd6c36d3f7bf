package datasetscmd

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/spf13/cobra"
)

func newDatasetsLsCmd(e *cli.Env) *cobra.Command {
	var cache string
	var asJSON bool
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
			return listDatasets(cmd.Context(), e, suite, cache, asJSON)
		},
	}
	cmd.Flags().StringVar(&cache, "cache", "", "cache folder (default: $FASTCLIP_CACHE, else the user's cache folder)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

// listedDataset is a row of datasets ls.
type listedDataset struct {
	Name    string   `json:"name"`
	Source  string   `json:"source"`
	Images  int      `json:"images"`
	Texts   int      `json:"texts"`
	Licence string   `json:"licence"`
	Hash    string   `json:"hash"`
	Notes   []string `json:"notes"`
	Error   string   `json:"error,omitempty"`
}

func listDatasets(ctx context.Context, e *cli.Env, suite *suite.Suite, cache string, asJSON bool) error {
	all, failed := []listedDataset{}, false
	for _, d := range suite.Datasets {
		row, err := listDataset(ctx, d, suite.Dir, cache)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(e.Stderr, "dataset %s: %v\n", d.Name, err)
			row.Error, failed = err.Error(), true
		}
		all = append(all, row)
	}
	if asJSON {
		if err := cli.WriteJSON(e.Stdout, all); err != nil {
			return err
		}
		return failure(failed)
	}
	table := tabwriter.NewWriter(e.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSOURCE\tIMAGES\tTEXTS\tLICENCE\tHASH")
	for _, d := range all {
		if d.Error == "" {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\n", d.Name, d.Source, d.Images, d.Texts, d.Licence, d.Hash)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, d := range all {
		for _, note := range d.Notes {
			fmt.Fprintf(e.Stdout, "%s: %s\n", d.Name, note)
		}
	}
	return failure(failed)
}

func listDataset(ctx context.Context, d suite.DatasetSpec, dir, cache string) (listedDataset, error) {
	row := listedDataset{Name: d.Name, Source: d.SourceName(), Notes: []string{}}
	ds, err := openDataset(ctx, d, dir, cache)
	if err != nil {
		return row, err
	}
	info := ds.Info()
	row.Images, row.Texts, row.Licence, row.Hash = info.Images, info.Texts, info.Licence, info.Hash
	if !info.Account.Whole() {
		row.Notes = append(row.Notes, fmt.Sprintf("not all is used: %s", info.Account))
	}
	for _, m := range info.Suspect {
		row.Notes = append(row.Notes, fmt.Sprintf("%s: %d, for example %q", m.What, m.Count, m.Example))
	}
	return row, ds.Close()
}
