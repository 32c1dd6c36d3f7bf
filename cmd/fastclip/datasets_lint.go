package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/eval"
)

func newDatasetsLintCmd(e *env) *cobra.Command {
	var cache string
	cmd := &cobra.Command{
		Use:   "lint SUITE|FOLDER|FILE...",
		Short: "what is wrong with datasets",
		Long: `lint reads and decodes every picture and tokenizes every text of the datasets of suites, of
folders (a folder a label, or captions beside the pictures) and of files (csv, tsv, jsonl,
tar, parquet), and prints a table of what it finds: pictures that cannot be listed, read or
decoded, the same bytes twice (in one dataset or two), captions that are empty, repeated or
cut at CLIP's 77 tokens, pictures without captions, labels of which one has over ten times
another's pictures, and sizes that differ from the published split's.

Exit status: 0 nothing found, 1 something found, 2 wrong call.`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return lintAll(cmd.Context(), e, args, cache) },
	}
	cmd.Flags().StringVar(&cache, "cache", "", "folder of finished work (default: $FASTCLIP_CACHE, else the user's cache folder)")
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
	pictures map[[16]byte]string // by content
	found    []flaw
}

func lintAll(ctx context.Context, e *env, args []string, cache string) error {
	tokens, err := tokenize.New(tokenize.ModeOpenAI)
	if err != nil {
		return err
	}
	l := &linter{tokens: tokens, pictures: map[[16]byte]string{}}
	table := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "DATASET\tIMAGES\tTEXTS\tCAPTIONS AN IMAGE\tLABELS\tIMAGES A LABEL\tHASH")
	for _, arg := range args {
		suite, err := lintTarget(arg)
		if err != nil {
			return usageError{err}
		}
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
	return errors.Join(table.Flush(), failure(len(l.found) > 0))
}

// lintTarget is a suite, or one around a folder or file.
func lintTarget(arg string) (*eval.Suite, error) {
	if slices.Contains(eval.SuiteNames(), arg) || strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml") {
		return eval.LoadSuite(arg)
	}
	d, err := guessDataset(arg)
	return &eval.Suite{Datasets: []eval.DatasetSpec{d}, Dir: "."}, err
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

func (l *linter) open(ctx context.Context, table *tabwriter.Writer, d eval.DatasetSpec, dir, cache string) error {
	ds, err := openDataset(ctx, d, dir, cache)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		l.add(d.Name, "cannot be opened", err.Error())
		return nil
	}
	defer ds.Close()
	info := ds.Info()
	captions, err := l.texts(ctx, d.Name, ds)
	if err != nil {
		return err
	}
	labels, err := l.images(ctx, d.Name, ds, captions)
	if err != nil {
		return err
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
	fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%d\t%s\t%s\n", d.Name, info.Images, info.Texts, span(captions), len(labels), span(labels), info.Hash)
	return nil
}

// texts looks at the texts, and counts the captions of each picture.
func (l *linter) texts(ctx context.Context, name string, ds datasets.Dataset) (map[string]int, error) {
	captions := map[string]int{}
	seen := map[[16]byte]bool{}
	for t, err := range ds.Texts(ctx) {
		if err != nil {
			return nil, err
		}
		for _, id := range t.Images {
			captions[id]++
		}
		sum := short([]byte(strings.Join(strings.Fields(strings.ToLower(t.Text)), " ")))
		if seen[sum] {
			l.add(name, "repeated texts", fmt.Sprintf("%s: %q", t.ID, t.Text))
		}
		seen[sum] = true
		if ids := l.tokens.Encode(t.Text, clipContext+1); l.tokens.EOTIndex(ids) == clipContext {
			l.add(name, fmt.Sprintf("texts cut at %d tokens", clipContext), t.ID)
		}
	}
	return captions, nil
}

// clipContext is the number of tokens that CLIP's text tower takes.
const clipContext = 77

func short(data []byte) [16]byte {
	sum := sha256.Sum256(data)
	return [16]byte(sum[:16])
}

// images looks at the pictures, and counts those of each label.
func (l *linter) images(ctx context.Context, name string, ds datasets.Dataset, captions map[string]int) (map[string]int, error) {
	labels := map[string]int{}
	var batch []datasets.Image
	for im, err := range ds.Images(ctx) {
		if stop := ctx.Err(); stop != nil {
			return nil, stop
		}
		if err != nil {
			l.add(name, "items that cannot be listed", fmt.Sprintf("%s: %v", im.Name, err))
			continue
		}
		for _, label := range im.Labels {
			labels[label]++
		}
		if len(captions) > 0 && captions[im.ID] == 0 {
			l.add(name, "pictures without captions", im.Name)
		}
		if batch = append(batch, im); len(batch) == 32 {
			l.decode(ctx, name, batch)
			batch = batch[:0]
		}
	}
	l.decode(ctx, name, batch)
	return labels, ctx.Err()
}

// decode reads a batch on all cores, and looks at it in its order.
func (l *linter) decode(ctx context.Context, name string, batch []datasets.Image) {
	sums, errs := make([][16]byte, len(batch)), make([]error, len(batch))
	var group errgroup.Group
	group.SetLimit(4)
	for i, im := range batch {
		group.Go(func() error {
			data, err := im.Read(ctx)
			if err == nil {
				sums[i] = short(data)
				_, err = preprocess.GoDecoder{}.Decode(data)
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait() // the errors are findings
	for i, im := range batch {
		if errs[i] != nil && ctx.Err() == nil {
			l.add(name, "unreadable pictures", fmt.Sprintf("%s: %v", im.Name, errs[i]))
		}
		if sums[i] == [16]byte{} {
			continue
		}
		if first, again := l.pictures[sums[i]]; again {
			l.add(name, "the same picture twice", fmt.Sprintf("%s is %s", im.Name, first))
		} else {
			l.pictures[sums[i]] = name + ": " + im.Name
		}
	}
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
