package score

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
)

// TRECOptions choose which part of a run is written as TREC files.
type TRECOptions struct {
	Depth    int // number of best items per query; 0 means all
	MaxLines int // most run lines to write; 0 means no limit
}

// TRECFiles are one search of a variant: its judgements and what it retrieved.
type TRECFiles struct{ Dataset, Variant, Direction, Qrels, Run string }

// WriteTREC writes the searches of a finished run for trec_eval: DIR/DATASET.DIRECTION.qrels, and
// DIR/VARIANT.DATASET.DIRECTION.run. Similarities have all their digits, so that trec_eval and `fastclip score`
// give the numbers of scores.parquet. White space in names is written as %20 and so on. The similarities are
// computed again from the run's embeddings.
func WriteTREC(ctx context.Context, run, dir string, o TRECOptions) ([]TRECFiles, error) {
	folder, err := store.Open(run)
	if err != nil {
		return nil, err
	}
	res, err := store.LoadRun(run, store.TableRun, store.TableDatasets, store.TableVariants, store.TableItems)
	if err != nil {
		return nil, err
	}
	if len(res.Items) == 0 {
		return nil, fmt.Errorf("%s has no items.parquet, because an older fastclip wrote it: run eval again", run)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var out []TRECFiles
	for _, d := range res.Datasets {
		s := setOfItems(res.Items, d.Dataset)
		if slices.ContainsFunc(res.Scores, func(x store.Score) bool { return x.Dataset == d.Dataset && x.SampledFrom != nil }) {
			return nil, fmt.Errorf("%s: this run searched for a sample of the queries, and TREC files are of all: evaluate again with a larger max_pairs", d.Dataset)
		}
		searches, err := Searches(s, &suite.Suite{Resamples: 1, MaxPairs: math.MaxInt64}, 0)
		if err != nil {
			return nil, err
		}
		lines := 0
		for _, x := range searches {
			if x.depth = len(x.items); o.Depth > 0 {
				x.depth = min(x.depth, o.Depth)
			}
			lines += len(x.Counted) * x.depth
		}
		if lines > o.MaxLines && o.MaxLines > 0 {
			return nil, fmt.Errorf("%s: %d lines for each variant: keep the best of each query only (--depth 1000), or allow all (--depth 0)", d.Dataset, lines)
		}
		for _, v := range res.Variants {
			if v.Status != store.StatusOK {
				continue
			}
			files, err := writeSearches(ctx, folder, dir, d.Dataset, v.Variant, searches)
			if err != nil {
				return nil, fmt.Errorf("%s on %s: %w", v.Variant, d.Dataset, err)
			}
			out = append(out, files...)
		}
	}
	return out, nil
}

// setOfItems is a dataset as a run stored it.
func setOfItems(items []store.Item, dataset string) *embed.Set {
	s := &embed.Set{}
	for _, x := range items {
		switch {
		case x.Dataset != dataset:
		case x.Modality == "image":
			s.Good = append(s.Good, datasets.Image{ID: x.ID, Name: x.ID, Labels: x.Labels})
		default:
			s.Texts = append(s.Texts, datasets.Text{ID: x.ID, Text: x.Text, Labels: x.Labels, Images: x.Images})
		}
	}
	return s
}

func writeSearches(ctx context.Context, folder *store.Folder, dir, dataset, variant string, searches []*search) ([]TRECFiles, error) {
	units := map[string]rank.Unit{}
	for _, modality := range []string{"image", "text"} {
		rows, err := folder.ReadEmbeddings(variant, dataset, modality)
		if err != nil {
			return nil, err
		}
		var data []float32
		dim := 0
		for _, r := range rows {
			dim = len(r.Embedding)
			data = append(data, r.Embedding...)
		}
		units[modality] = rank.Normalise(data, len(rows), dim)
	}
	sides := map[string][2]string{store.TextToImage: {"text", "image"}, store.ImageToText: {"image", "text"}, store.ImageToImage: {"image", "image"}}
	var out []TRECFiles
	for _, x := range searches {
		f := TRECFiles{
			Dataset: dataset, Variant: variant, Direction: x.Direction,
			Qrels: filepath.Join(dir, dataset+"."+x.Direction+".qrels"),
			Run:   filepath.Join(dir, strings.ReplaceAll(variant, "/", "_")+"."+dataset+"."+x.Direction+".run"),
		}
		side := sides[x.Direction]
		if err := errors.Join(writeLines(f.Qrels, x.writeQrels), writeLines(f.Run, func(w *bufio.Writer) error {
			return x.writeRun(ctx, w, strings.ReplaceAll(variant, "/", "_"), units[side[0]], units[side[1]])
		})); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func writeLines(name string, fill func(w *bufio.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	return errors.Join(fill(w), w.Flush(), file.Close())
}

func (d *search) writeQrels(w *bufio.Writer) error {
	for _, q := range d.Counted {
		for _, i := range d.Relevant[q] {
			if d.Self && int(i) == q {
				continue
			}
			if _, err := fmt.Fprintf(w, "%s 0 %s 1\n", trecName(d.queries[q]), trecName(d.items[i])); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *search) writeRun(ctx context.Context, w *bufio.Writer, name string, queries, items rank.Unit) error {
	ids := make([]string, len(d.items))
	for i, id := range d.items {
		ids[i] = trecName(id)
	}
	sims, order := make([]float64, items.N), make([]int, 0, items.N)
	var line []byte
	for _, q := range d.Counted {
		if err := ctx.Err(); err != nil {
			return err
		}
		queries.Dot(q, items, sims)
		order = order[:0]
		for i := range sims {
			if !d.Self || i != q {
				order = append(order, i)
			}
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(sims[b], sims[a]), cmp.Compare(ids[b], ids[a])) })
		for rank, i := range order[:min(len(order), d.depth)] {
			line = append(append(append(append(line[:0], trecName(d.queries[q])...), " Q0 "...), ids[i]...), ' ')
			line = append(strconv.AppendInt(line, int64(rank+1), 10), ' ')
			line = append(append(append(strconv.AppendFloat(line, sims[i]+0, 'g', -1, 64), ' '), name...), '\n')
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// trecName is an id with those characters escaped that would end a column.
func trecName(id string) string {
	if !strings.ContainsFunc(id, unprintable) && !strings.HasPrefix(id, "#") && id != "" {
		return id
	}
	var b strings.Builder
	for i, r := range id {
		if unprintable(r) || i == 0 && r == '#' {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return cmp.Or(b.String(), "%")
}

func unprintable(r rune) bool { return r <= ' ' || r == '%' || r == 0x7f || r == 0x85 || r == 0xa0 }
