package datasetscmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
)

func loadSuite(name string) (*suite.Suite, error) {
	suite, err := suite.Load(name)
	if err != nil {
		return nil, cli.WrongFile(err)
	}
	return suite, nil
}

// failure gives exit status 1 for problems that were reported before.
func failure(failed bool) error {
	if failed {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}

func openDataset(ctx context.Context, d suite.DatasetSpec, dir, cache string) (datasets.Dataset, error) {
	art, err := fastclip.Art()
	if err != nil {
		return nil, err
	}
	if cache == "" {
		if cache, err = cli.CacheDir(); err != nil {
			return nil, err
		}
	}
	return d.Open(ctx, dir, art, cache)
}

// guessDataset guesses the kind of dataset from a folder or file without a suite.
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
		return d, fmt.Errorf("%s is not a suite, folder, table, tar file or parquet file", path)
	}
	return d, nil
}

// hasCaptions reports whether any picture has a text file beside it.
func hasCaptions(dir string) bool {
	found := errors.New("found")
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error { // not with an fs.FS, which refuses names that are not UTF-8
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
