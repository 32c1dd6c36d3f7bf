package datasetscmd

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/eval/suite"
)

// flaw is one row of lint's table. Items with the same flaw are counted together.
type flaw struct {
	dataset, what string
	count         int
	example       string
}

// linter collects findings. To find repetitions it keeps a short hash of every picture and text, and the names of pictures.
type linter struct {
	tokens   *tokenize.Tokenizer
	pictures map[[16]byte]seenAt // by the file's bytes
	pixels   map[[16]byte]seenAt // by the decoded pixels
	sets     int                 // number of sets opened so far
	decoders []decode.Decoder
	found    []flaw
	balances []string // of sets of which only a part is used
	linted   []linted
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

func (l *linter) open(ctx context.Context, d suite.DatasetSpec, dir, cache string) error {
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
		if r.Fate != "refused" && !r.Asked { // refused items cannot be listed
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
		l.found = append(l.found, flaw{d.Name, "unbalanced labels", len(labels), fmt.Sprintf("%d to %d pictures per label", least, most)})
	}
	if wrong := published(d, info); wrong != "" {
		l.found = append(l.found, flaw{d.Name, "not the published size", 1, wrong})
	}
	if !info.Account.Whole() {
		l.balances = append(l.balances, fmt.Sprintf("%s: not all is used: %s", d.Name, info.Account))
	}
	l.linted = append(l.linted, linted{d.Name, info.Images, info.Texts, span(captions), len(labels), span(labels), info.Hash})
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
