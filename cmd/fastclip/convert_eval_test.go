package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets/export"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestConvertedSetsScoreTheSame makes a set, writes it in every format, and evaluates all copies in one run. Each copy has the scores of the original, to the
// last bit.
func TestConvertedSetsScoreTheSame(t *testing.T) {
	testenv.Library(t, "onnxruntime")
	for name, c := range map[string]struct {
		scenes, extra string
		want          []string // direction and metric that must be among the scores
		captionsOnly  bool
	}{
		"captions": {"--objects 2 --count 40 --size 128x96 --captions 5", "", []string{"t2i R@1", "i2t R@10", "t2i nDCG@10"}, true},
		"labels":   {"--objects 1 --count 40 --size 128x96 --seed 2", `templates: ["a photo of a {}", "{}"], `, []string{"t2i R@1", "i2i R@10", "i2t acc@1", "i2t mean_per_class_recall"}, false},
		"pairs":    {"--objects 2 --count 40 --size 128x96", "", []string{"t2i R@1", "i2i R@10"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			in := func(name string) string { return filepath.ToSlash(filepath.Join(dir, name)) }
			fastclipIn(t, dir, append(strings.Fields("datasets make scenes "+c.scenes), "--out", in("source"))...)
			suite := strings.Builder{}
			suite.WriteString("name: formats\nresamples: 200\nmetrics: [R@1, R@5, R@10, nDCG@10]\ndatasets:\n")
			for _, format := range append([]string{"source"}, export.Formats()...) {
				line := fmt.Sprintf("  - {name: source, webdataset: {shards: %q}}\n", in("source/test/0.tar"))
				if format != "source" {
					line = fastclipIn(t, dir, "datasets", "convert", in("source/test/0.tar"), "--to", format, "--shard", "15", "--out", in(format))
				}
				_, rest, found := strings.Cut(line, ", ")
				require.True(t, found, line)
				suite.WriteString("  - {name: " + format + ", " + c.extra + rest)
			}
			suite.WriteString("variants:\n  - {name: onnx/mini, model: mini}\n")
			require.NoError(t, os.WriteFile(in("suite.yaml"), []byte(suite.String()), 0o644))
			fastclipIn(t, dir, "eval", in("suite.yaml"), "--scores-only", "--out", in("run"))

			res, err := store.LoadRun(in("run"), store.TableScores)
			require.NoError(t, err)
			scores := map[string][]store.Score{}
			var have []string
			for _, s := range res.Scores {
				if s.Dataset == "source" {
					have = append(have, s.Direction+" "+s.Metric)
				}
				name := s.Dataset
				s.Dataset = ""
				scores[name] = append(scores[name], s)
			}
			assert.Subset(t, have, c.want)
			for _, format := range export.Formats() {
				want, got := values(scores["source"]), values(scores[format])
				if format == "folder" && c.captionsOnly {
					assert.Subset(t, want, got) // its captions are not grouped by picture, so there is no i2i
					assert.NotEmpty(t, got)
					continue
				}
				assert.Equal(t, want, got, format)
			}
		})
	}
}

// values lists scores without intervals, which differ because each dataset has its own random draws.
func values(scores []store.Score) (out []string) {
	for _, s := range scores {
		out = append(out, fmt.Sprintf("%s %s %v of %d, ties %v to %v", s.Direction, s.Metric, s.Value, s.NQueries, s.TieLow, s.TieHigh))
	}
	return out
}
