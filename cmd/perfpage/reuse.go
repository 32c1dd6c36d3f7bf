package main

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/fastclip/fastclip/bench"
)

// Caches of the section on reuse. drawn has the pictures, r4's cache belongs to nine variants, and r5's begins as a copy of either.
const (
	draw      = "test -d drawn/cache/scenes || fastclip eval alone.yaml --scores-only --cache drawn/cache --out drawn/out"
	fromDrawn = "rm -rf r5 && mkdir -p r5/cache && cp -r drawn/cache/scenes r5/cache/"
	fresh     = "rm -rf r4 && mkdir -p r4/cache && cp -r drawn/cache/scenes r4/cache/"
	fromNine  = "rm -rf r5 && cp -r r4 r5"
	scoresOf  = "fastclip eval %s.yaml --scores-only --cache %s/cache --out %s/%s"
	wholeOf   = "fastclip eval %s.yaml --cache %s/cache --out %s/%s"
)

func evalIn(command, suite, dir, out string) string {
	return fmt.Sprintf(command, suite, dir, dir, out)
}

func reuseSection() section {
	c, nine, again, alone := evalIn, &walls{}, &walls{}, &walls{}
	return section{id: "reuse", title: "What a change costs", heavy: true,
		text: "2,000 scenes that are already drawn, and mini in nine variants with the same preprocessing. The tenth variant, `v10`, is the same again with an option spelled out; in `one`, `v9` is changed. All rows except the last two leave out timings, noise floor and swaps (`--scores-only`).\n" +
			"Two runs with an empty cache differ by half a second by chance. The tenth variant's cost is therefore the median of eleven rounds, with its 95 % interval in brackets. Whenever something changed, the results of all variants are written again. In the last two rows, all variants are also timed again: in turn with the reference, round by round.",
		rows: []row{
			{"nine variants, from nothing", 11, draw + " && " + fromDrawn, c(scoresOf, "nine", "r5", "nine"), nine.note},
			{"ONNX Runtime alone, as many pictures, two calls at once", 11, "", ortAlone("../../testdata/models/mini"), alone.printed},
			{"ten variants, from nothing", 11, fromDrawn, c(scoresOf, "ten", "r5", "ten"), nine.more("nine variants", alone)},
			{"nine variants, for the rows below", 1, fresh, c(scoresOf, "nine", "r4", "nine"), nil},
			{"nothing changed", 3, "", c(scoresOf, "nine", "r4", "nine"), nil},
			{"nothing changed, another folder: results written again", 3, fromNine, c(scoresOf, "nine", "r5", "again"), again.note},
			{"a tenth variant in a later run", 3, fromNine, c(scoresOf, "ten", "r5", "ten"), again.more("nothing changed, another folder", nil)},
			{"one variant of nine changed in a later run", 3, fromNine, c(scoresOf, "one", "r5", "one"), again.more("nothing changed, another folder", nil)},
			{"nine variants, timings and all", 1, fromDrawn, c(wholeOf, "nine", "r5", "nine"), nil},
			{"a tenth variant in a later run, timings and all", 1, "", c(wholeOf, "ten", "r5", "ten"), nil},
		}}
}

// tenthSection adds a tenth variant whose loading and scoring take little time compared with its encoding.
func tenthSection() section {
	c, nine, alone := evalIn, &walls{}, &walls{}
	return section{id: "reuse-vit", title: "A tenth variant that is large", heavy: true, needs: []string{"vit-b-32"},
		text: "As above, but the tenth variant is ViT-B/32 in fp32, beside nine variants of mini with the same preprocessing. Its cost includes its load, and the encoding and scoring of its 210 texts with 2,000 pictures. The cost is the median of three rounds; the brackets give the smallest and the largest value.",
		rows: []row{
			{"nine variants of mini, from nothing", 3, draw + " && " + fromDrawn, c(scoresOf, "nine", "r5", "nine"), nine.note},
			{"ONNX Runtime alone, as many pictures, two calls at once", 3, "", ortAlone("vit-b-32"), alone.printed},
			{"and ViT-B/32 as a tenth, from nothing", 3, fromDrawn, c(scoresOf, "ten-vit", "r5", "ten"), nine.more("nine variants", alone)},
		}}
}

// ortAlone runs a model on as many pictures as are drawn, on two cores as eval does.
func ortAlone(model string) string {
	return "echo | uv run -q --script ../../testdata/oracles/ort_alone.py " + model + "/image.onnx 2000 32 1 2"
}

// walls are the times of a row's runs, for comparison with other rows.
type walls struct{ wall, cpu []float64 }

func (w *walls) note(_ string, _ []byte, u used) (string, error) {
	w.wall, w.cpu = append(w.wall, u.wall.Seconds()), append(w.cpu, u.cpu.Seconds())
	return "", nil
}

// printed reads the seconds that a peer printed.
func (w *walls) printed(_ string, stdout []byte, _ used) (string, error) {
	s, err := strconv.ParseFloat(string(bytes.TrimSpace(stdout)), 64)
	w.wall = append(w.wall, s)
	return fmt.Sprintf("%.1f s of it the model", middle(w.wall)), err
}

// more shows how much longer a row takes than the same round of another row. If there is a peer, it also shows the peer's time in that round.
func (w *walls) more(than string, peer *walls) showing {
	own := &walls{}
	return func(work string, out []byte, u used) (string, error) {
		if _, err := own.note(work, out, u); err != nil {
			return "", err
		}
		wall := less(own.wall, w.wall)
		text := fmt.Sprintf("%+.1f s, %+.1f CPU s to %s", middle(wall), middle(less(own.cpu, w.cpu)), than)
		if peer == nil {
			return text, nil
		}
		beside := less(wall, peer.wall)
		mid, low, high := bench.Interval(beside)
		return fmt.Sprintf("%s: %+.1f s (%+.1f to %+.1f) to the peer's model", text, mid, low, high), nil
	}
}

// less subtracts b from a, round by round.
func less(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

func middle(v []float64) float64 {
	mid, _, _ := bench.Interval(v)
	return mid
}
