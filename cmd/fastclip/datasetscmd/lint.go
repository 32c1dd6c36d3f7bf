package datasetscmd

import (
	"context"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/spf13/cobra"
)

func newDatasetsLintCmd(e *cli.Env) *cobra.Command {
	var cache string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint SUITE|FOLDER|FILE...",
		Short: "find problems in datasets",
		Long: `lint checks the datasets of suites, of folders (one folder per label, or captions beside the
pictures) and of files (csv, tsv, jsonl, tar, parquet). It reads every picture, decodes it with
the decoders of the suite's variants, and tokenizes every text. Then it prints a table of
problems:
  - pictures that cannot be listed, read or decoded, and pictures without captions
  - the same bytes or the same decoded pixels twice, in one dataset or in two (name all splits
    in one call)
  - captions that are empty, repeated or cut at CLIP's 77 tokens
  - texts that are probably mistakes (a URL, "nan", a wrong encoding ...)
  - files and rows that are left out
  - labels with over ten times as many pictures as another label
  - sizes that differ from the published split's

Exit status: 0 nothing found, 1 something found, 2 wrong call.`,
		Args: cli.UsageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return lintAll(cmd.Context(), e, args, cache, asJSON) },
	}
	cmd.Flags().StringVar(&cache, "cache", "", "cache folder (default: $FASTCLIP_CACHE, else the user's cache folder)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func lintAll(ctx context.Context, e *cli.Env, args []string, cache string, asJSON bool) error {
	tokens, err := tokenize.New(tokenize.ModeOpenAI)
	if err != nil {
		return err
	}
	l := &linter{tokens: tokens, pictures: map[[16]byte]seenAt{}, pixels: map[[16]byte]seenAt{}}
	var maker pipelines.Maker
	defer maker.Close()
	for _, arg := range args {
		suite, err := lintTarget(arg)
		if err != nil {
			return cli.WrongCall(err)
		}
		l.decoders = decoders(&maker, suite, e.Stderr)
		for _, d := range suite.Datasets {
			if err := l.open(ctx, d, suite.Dir, cache); err != nil {
				return err
			}
		}
	}
	if err := l.print(e.Stdout, asJSON); err != nil {
		return err
	}
	return failure(len(l.found) > 0)
}

// lintTarget reads a suite, or makes one from a folder or file.
func lintTarget(arg string) (*suite.Suite, error) {
	if slices.Contains(suite.Names(), arg) || strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml") {
		return suite.Load(arg)
	}
	d, err := guessDataset(arg)
	return &suite.Suite{Datasets: []suite.DatasetSpec{d}, Dir: "."}, err
}
