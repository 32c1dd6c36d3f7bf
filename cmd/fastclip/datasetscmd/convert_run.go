package datasetscmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/datasets/export"
	"github.com/fastclip/fastclip/eval/suite"
)

func convertSource(args []string, from, images string) (*suite.Suite, error) {
	if from == "" {
		return lintTarget(args[0])
	}
	d, err := sourceOf(from, images)
	return &suite.Suite{Datasets: []suite.DatasetSpec{d}, Dir: "."}, err
}

func (f *convertFlags) run(ctx context.Context, e *cli.Env, suite *suite.Suite) error {
	if !slices.Contains(export.Formats(), f.to) {
		return cli.WrongCall(fmt.Errorf("--to %q: want one of %s", f.to, strings.Join(export.Formats(), ", ")))
	}
	failed := false
	for _, d := range suite.Datasets {
		out := f.out
		if len(suite.Datasets) > 1 {
			out = filepath.Join(f.out, d.Name)
		}
		skipped, err := f.one(ctx, e, d, suite.Dir, out)
		if err != nil {
			return fmt.Errorf("dataset %s: %w", d.Name, err)
		}
		failed = failed || skipped
	}
	return failure(failed)
}

func (f *convertFlags) one(ctx context.Context, e *cli.Env, d suite.DatasetSpec, dir, out string) (skipped bool, err error) {
	ds, err := openDataset(ctx, d, dir, f.cache)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, ds.Close()) }()
	done, err := export.Write(ctx, ds, export.Options{Format: f.to, Dir: out, Split: f.split, Shard: f.shard, Skipped: func(name string, err error) {
		fmt.Fprintf(e.Stderr, "%s: skipped: %v\n", name, err)
	}})
	if err != nil {
		return false, err
	}
	template := ""
	if d.Template != "" && done.Texts == 0 {
		template = fmt.Sprintf("template: %q, ", d.Template)
	}
	fmt.Fprintf(e.Stderr, "%s: %d pictures, %d captions\n", out, done.Images, done.Texts)
	_, err = fmt.Fprintf(e.Stdout, "  - {name: %s, %s%s}\n", d.Name, template, strings.ReplaceAll(done.Source, "%s", filepath.ToSlash(out)))
	return done.Skipped > 0, err
}
