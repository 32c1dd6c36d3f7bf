package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/eval/suite"
)

func newDatasetsLintCmd(e *env) *cobra.Command {
	var cache string
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
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return lintAll(cmd.Context(), e, args, cache) },
	}
	cmd.Flags().StringVar(&cache, "cache", "", "cache folder (default: $FASTCLIP_CACHE, else the user's cache folder)")
	return cmd
}

// flaw is one line of lint's table; items of one kind are counted together.
type flaw struct {
	dataset, what string
	count         int
	example       string
}

// linter gathers findings; it keeps a short hash of every picture and text, and names of
// pictures, for the repetitions.
type linter struct {
	tokens   *tokenize.Tokenizer
	pictures map[[16]byte]seenAt // by bytes
	pixels   map[[16]byte]seenAt // by decoded pixels
	sets     int                 // opened so far
	decoders []decode.Decoder
	found    []flaw
	balances []string // of sets of which not all is used
}

func lintAll(ctx context.Context, e *env, args []string, cache string) error {
	tokens, err := tokenize.New(tokenize.ModeOpenAI)
	if err != nil {
		return err
	}
	l := &linter{tokens: tokens, pictures: map[[16]byte]seenAt{}, pixels: map[[16]byte]seenAt{}}
	var maker pipelines.Maker
	defer maker.Close()
	table := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "DATASET\tIMAGES\tTEXTS\tCAPTIONS AN IMAGE\tLABELS\tIMAGES A LABEL\tHASH")
	for _, arg := range args {
		suite, err := lintTarget(arg)
		if err != nil {
			return usageError{err}
		}
		l.decoders = decoders(&maker, suite, e.stderr)
		for _, d := range suite.Datasets {
			if err := l.open(ctx, table, d, suite.Dir, cache); err != nil {
				return err
			}
		}
	}
	if len(l.found) > 0 {
		fmt.Fprintln(table, "\nDATASET\tFINDING\tCOUNT\tFOR EXAMPLE")
	}
	for _, f := range l.found {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", f.dataset, f.what, f.count, strings.Join(strings.Fields(f.example), " "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for i, b := range l.balances {
		if i == 0 {
			fmt.Fprintln(e.stdout)
		}
		fmt.Fprintln(e.stdout, b)
	}
	return failure(len(l.found) > 0)
}

// lintTarget is a suite, or one around a folder or file.
func lintTarget(arg string) (*suite.Suite, error) {
	if slices.Contains(suite.Names(), arg) || strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml") {
		return suite.Load(arg)
	}
	d, err := guessDataset(arg)
	return &suite.Suite{Datasets: []suite.DatasetSpec{d}, Dir: "."}, err
}

func (l *linter) add(dataset, what, example string) {
	for i, f := range l.found {
		if f.dataset == dataset && f.what == what {
			l.found[i].count++
			return
		}
	}
	l.found = append(l.found, flaw{dataset, what, 1, example})
}

func (l *linter) open(ctx context.Context, table *tabwriter.Writer, d suite.DatasetSpec, dir, cache string) error {
	ds, err := openDataset(ctx, d, dir, cache)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		l.add(d.Name, "cannot be opened", err.Error())
		return nil
	}
	defer ds.Close()
	l.sets++
	info := ds.Info()
	captions, err := l.texts(ctx, d.Name, ds)
	if err != nil {
		return err
	}
	labels, err := l.images(ctx, d.Name, ds, captions)
	if err != nil {
		return err
	}
	for _, r := range info.Account.Reasons {
		if r.Fate != "refused" && !r.Asked { // the former are items that cannot be listed
			l.found = append(l.found, flaw{d.Name, fmt.Sprintf("%s: %s", r.Fate, r.Why), r.Count, r.Example})
		}
	}
	for _, m := range info.Suspect {
		l.found = append(l.found, flaw{d.Name, m.What, m.Count, m.Example})
	}
	if info.Blank > 0 {
		l.found = append(l.found, flaw{d.Name, "empty captions", info.Blank, "left out"})
	}
	if least, most := extremes(labels); most > 10*least {
		l.found = append(l.found, flaw{d.Name, "unbalanced labels", len(labels), fmt.Sprintf("%d to %d pictures a label", least, most)})
	}
	if wrong := published(d, info); wrong != "" {
		l.found = append(l.found, flaw{d.Name, "not the published size", 1, wrong})
	}
	if !info.Account.Whole() {
		l.balances = append(l.balances, fmt.Sprintf("%s: not all is used: %s", d.Name, info.Account))
	}
	fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%d\t%s\t%s\n", d.Name, info.Images, info.Texts, span(captions), len(labels), span(labels), info.Hash)
	return nil
}

func extremes(counts map[string]int) (least, most int) {
	if len(counts) == 0 {
		return 0, 0
	}
	all := slices.Collect(maps.Values(counts))
	return slices.Min(all), slices.Max(all)
}

func span(counts map[string]int) string {
	least, most := extremes(counts)
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d-%d", least, most)
}
