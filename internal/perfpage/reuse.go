package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/fastclip/fastclip/eval/stats"
	"github.com/fastclip/fastclip/internal/store"
)

// Caches of the section on reuse: r4's is that of nine variants, r5's begins as a copy of it, or with
// nothing but the drawn pictures.
const (
	drawn     = "mkdir -p r4/cache && fastclip eval alone.yaml --scores-only --limit 2 --cache r4/draw --out r4/drawn && mv r4/draw/scenes r4/cache/ && rm -rf r4/draw r4/drawn"
	fromDrawn = "rm -rf r5 && mkdir -p r5/cache && cp -r r4/cache/scenes r5/cache/"
	fromNine  = "rm -rf r5 && cp -r r4 r5"
	scoresOf  = "fastclip eval %s.yaml --scores-only --cache %s/cache --out %s/%s"
	wholeOf   = "fastclip eval %s.yaml --cache %s/cache --out %s/%s"
)

func evalIn(command, suite, dir, out string) string {
	return fmt.Sprintf(command, suite, dir, dir, out)
}

func reuseSection() section {
	c, nine, again := evalIn, &walls{}, &walls{}
	return section{id: "reuse", title: "What a change costs", heavy: true,
		text: "2,000 drawn scenes that are there already, mini in nine variants, one preprocessing; `v10` is one more of the same, `one` has `v9` changed. The rows to the second last leave out timings, noise floor and swaps (`--scores-only`).\n" +
			"Whenever something changed, the results of all variants are written anew, and in the last two rows all are timed anew: in turn, round by round, with the reference.",
		rows: []row{
			{"`v10` alone, with timings", 1, "rm -rf r4 && " + drawn + " && " + fromDrawn, c(wholeOf, "alone", "r5", "alone"), encodes("r5/alone", "v10")},
			{"nine variants, from nothing", 3, fromDrawn, c(scoresOf, "nine", "r5", "nine"), nine.note},
			{"ten variants, from nothing", 3, fromDrawn, c(scoresOf, "ten", "r5", "ten"), nine.more("nine variants")},
			{"nine variants, for the rows below", 1, "", c(scoresOf, "nine", "r4", "nine"), nil},
			{"nothing changed", 3, "", c(scoresOf, "nine", "r4", "nine"), nil},
			{"nothing changed, another folder: results written again", 3, fromNine, c(scoresOf, "nine", "r5", "again"), again.note},
			{"a tenth variant in a later run", 3, fromNine, c(scoresOf, "ten", "r5", "ten"), again.more("nothing changed, another folder")},
			{"one variant of nine changed in a later run", 3, fromNine, c(scoresOf, "one", "r5", "one"), again.more("nothing changed, another folder")},
			{"nine variants, timings and all", 1, fromDrawn, c(wholeOf, "nine", "r5", "nine"), nil},
			{"a tenth variant in a later run, timings and all", 1, "", c(wholeOf, "ten", "r5", "ten"), nil},
		}}
}

// tenthSection is a tenth variant beside whose encode its load and its scoring are small.
func tenthSection() section {
	c, nine, alone := evalIn, &walls{}, &walls{}
	return section{id: "reuse-vit", title: "A tenth variant that is large", heavy: true, needs: []string{"vit-b-32"},
		text: "As above, but the tenth variant is ViT-B/32 in fp32, beside nine of mini with the same preprocessing; `v10`'s load, and the encode and scoring of its 210 texts with 2,000 pictures, are in what it costs.",
		rows: []row{
			{"nine variants of mini, from nothing", 3, "rm -rf r4 && " + drawn + " && " + fromDrawn, c(scoresOf, "nine", "r5", "nine"), nine.note},
			{"ONNX Runtime alone, as many pictures, two calls at once", 3, "", "echo | uv run -q --script ../../testdata/oracles/ort_alone.py vit-b-32/image.onnx 2000 32 1 2", alone.printed},
			{"and ViT-B/32 as a tenth, from nothing", 3, fromDrawn, c(scoresOf, "ten-vit", "r5", "ten"), nine.moreThan(alone, "nine variants")},
		}}
}

// walls are the times of a row's runs, which others are compared with.
type walls struct{ wall, cpu []float64 }

func (w *walls) note(_ string, _ []byte, u used) (string, error) {
	w.wall, w.cpu = append(w.wall, u.wall.Seconds()), append(w.cpu, u.cpu.Seconds())
	return "", nil
}

// printed takes the seconds that a peer printed.
func (w *walls) printed(_ string, stdout []byte, _ used) (string, error) {
	s, err := strconv.ParseFloat(string(bytes.TrimSpace(stdout)), 64)
	w.wall = append(w.wall, s)
	return fmt.Sprintf("%.1f s of it the model", middle(w.wall)), err
}

// more says by how much a row takes longer than the same round of another.
func (w *walls) more(than string) showing {
	own := &walls{}
	return func(work string, out []byte, u used) (string, error) {
		_, err := own.note(work, out, u)
		return fmt.Sprintf("%+.1f s, %+.1f CPU s to %s", middle(less(own.wall, w.wall)), middle(less(own.cpu, w.cpu)), than), err
	}
}

// moreThan is more, beside what a peer took of the same round.
func (w *walls) moreThan(peer *walls, than string) showing {
	own, more := &walls{}, w.more(than)
	return func(work string, out []byte, u used) (string, error) {
		text, err := more(work, out, u)
		if err == nil {
			_, err = own.note(work, out, u)
		}
		return fmt.Sprintf("%s: %+.1f s to the peer's model", text, middle(less(less(own.wall, w.wall), peer.wall))), err
	}
}

// less is a without b, round by round.
func less(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

func middle(v []float64) float64 { return stats.Median(slices.Clone(v)) }

// encodes is how long a variant's encode of a run's items takes on one core, from its timings.
func encodes(out, variant string) showing {
	return func(work string, _ []byte, _ used) (string, error) {
		res, err := store.LoadRun(filepath.Join(work, out), store.TableTimings, store.TableDatasets)
		if err != nil {
			return "", err
		}
		took := map[string][]float64{}
		for _, t := range res.Timings {
			if t.Variant == variant && t.Phase == "encode" && t.Warm {
				took[t.Modality] = append(took[t.Modality], float64(t.NS)/float64(t.Items))
			}
		}
		var images, texts int64
		for _, d := range res.Datasets {
			images, texts = images+d.Images, texts+d.Texts
		}
		core := time.Duration(float64(images)*middle(took["image"]) + float64(texts)*middle(took["text"]))
		return fmt.Sprintf("encode of %d pictures and %d texts: %.2f s of one core", images, texts, core.Seconds()), nil
	}
}
