package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
)

func newDatasetsCmd(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "datasets",
		Short: "list, check, make and convert labelled sets of pictures",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDatasetsLsCmd(e), newDatasetsLintCmd(e), newDatasetsMakeCmd(e), newDatasetsConvertCmd(e))
	return cmd
}

func newDatasetsLsCmd(e *env) *cobra.Command {
	var cache string
	cmd := &cobra.Command{
		Use:   "ls [SUITE]",
		Short: "list the datasets of a suite: source, sizes, licence, hash",
		Long: `ls opens every dataset of a suite (an embedded one or a YAML file; default: default) and
prints one line for each. It reads every picture once, for the hash.

Exit status: 0 done, 1 some dataset could not be opened (named on stderr), 2 wrong call.`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
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

func loadSuite(name string) (*suite.Suite, error) {
	suite, err := suite.Load(name)
	if err != nil {
		return nil, wrongFile(err)
	}
	return suite, nil
}

func listDatasets(ctx context.Context, e *env, suite *suite.Suite, cache string) error {
	table := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSOURCE\tIMAGES\tTEXTS\tLICENCE\tHASH")
	failed := false
	var notes []string
	for _, d := range suite.Datasets {
		ds, err := openDataset(ctx, d, suite.Dir, cache)
		if err != nil {
			fmt.Fprintf(e.stderr, "dataset %s: %v\n", d.Name, err)
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
		fmt.Fprintln(e.stdout, note)
	}
	return failure(failed)
}

// failure is exit status 1 for what has been named already.
func failure(failed bool) error {
	if failed {
		return exitError{code: exitFailures}
	}
	return nil
}

func openDataset(ctx context.Context, d suite.DatasetSpec, dir, cache string) (datasets.Dataset, error) {
	art, err := fastclip.Art()
	if err != nil {
		return nil, err
	}
	if cache == "" {
		if cache, err = cacheDir(); err != nil {
			return nil, err
		}
	}
	return d.Open(ctx, dir, art, cache)
}

// guessDataset is the dataset that a folder or a file without a suite is.
func guessDataset(path string) (suite.DatasetSpec, error) {
	d := suite.DatasetSpec{Name: strings.ToValidUTF8(filepath.Base(filepath.Clean(path)), "?")}
	info, err := os.Stat(path)
	switch extension := strings.ToLower(filepath.Ext(path)); {
	case strings.HasSuffix(path, ".tar"):
		d.Webdataset = &suite.Webdataset{Shards: path}
	case extension == ".parquet":
		d.HFParquet = &suite.HFParquet{Files: path}
	case err != nil:
		return d, fmt.Errorf("%w: name a suite, or a folder or file of pictures", err)
	case slices.Contains([]string{".csv", ".tsv", ".jsonl", ".ndjson"}, extension):
		d.Table = &suite.Table{Path: path}
	case info.IsDir() && hasCaptions(path):
		d.Captions = &suite.Captions{Path: path}
	case info.IsDir():
		d.Folder = &suite.Folder{Path: path}
	default:
		return d, fmt.Errorf("%s is neither a suite, a folder, a table, a tar nor a parquet file", path)
	}
	return d, nil
}

// hasCaptions tells whether some picture has a text beside it.
func hasCaptions(dir string) bool {
	found := errors.New("found")
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error { // not an fs.FS: a name may be no UTF-8
		if err != nil || e.IsDir() || !datasets.IsPicture(name) {
			return nil
		}
		if _, err := os.Stat(strings.TrimSuffix(name, filepath.Ext(name)) + ".txt"); err == nil {
			return found
		}
		return nil
	})
	return errors.Is(err, found)
}
