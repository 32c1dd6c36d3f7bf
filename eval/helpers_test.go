package eval

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// quickHead is a suite's head that costs little; %s are datasets and variants.
const quickHead = `name: tiny
metrics: [R@1, R@5, MAP, MRR, nDCG@10]
resamples: 100
timing: {items: 2, rounds: 1, warmup: 0}
datasets:
%s
variants:
%s`

const (
	// Small pictures: what is drawn, written and read is most of what a short run costs, above all under the race detector.
	single = "  - {name: single, scenes: {objects: 1, count: 12, per_set: 3, seed: 1, size: 96x72}}"
	double = "  - {name: double, scenes: {objects: 2, count: 8, seed: 2, size: 96x72}}"

	// Two share their work; one differs in the pixels only.
	three = `  - {name: ref}
  - {name: hf, tokenizer: hf}
  - {name: go, preprocess: go_image}`
)

func parse(t testing.TB, sets, variants string) *suite.Suite {
	t.Helper()
	s, err := suite.Parse(fmt.Appendf(nil, quickHead, sets, variants))
	require.NoError(t, err)
	return s
}

// untimed parses a suite of which nothing is timed or proven.
func untimed(t testing.TB, sets, variants string) *suite.Suite {
	t.Helper()
	s := parse(t, sets, variants)
	s.Skip = []string{suite.PartTiming, suite.PartProof}
	return s
}

// bare parses a suite that is scored and compared, and no more.
func bare(t testing.TB, sets, variants string) *suite.Suite {
	t.Helper()
	s := parse(t, sets, variants)
	s.Skip = suite.Parts()
	return s
}

// config is of a run over the real models, in folders of the test's own.
func config(t testing.TB, s *suite.Suite) Config {
	t.Helper()
	testenv.Library(t, "onnxruntime")
	testenv.Library(t, "jpeg")
	testdata, dir := filepath.Join(testenv.Root(t), "testdata"), t.TempDir()
	return Config{
		Suite: s, Out: filepath.Join(dir, "out"), Cache: filepath.Join(dir, "cache"), Build: "test",
		Env: encoders.Env{Models: os.DirFS(filepath.Join(testdata, "models"))}, Art: os.DirFS(filepath.Join(testdata, "art")),
	}
}

func mustRun(t testing.TB, cfg Config) Outcome {
	t.Helper()
	out, err := Run(t.Context(), cfg)
	require.NoError(t, err)
	return out
}

func load(t testing.TB, dir string) *store.Results {
	t.Helper()
	res, err := store.LoadRun(dir)
	require.NoError(t, err)
	return res
}

// nameless takes out of rows what two runs of one plan may differ in.
func nameless(scores []store.Score) []store.Score {
	out := append([]store.Score(nil), scores...)
	for i := range out {
		out[i].RunID = ""
	}
	return out
}

// statuses are the variants' statuses by name.
func statuses(res *store.Results) map[string]string {
	out := map[string]string{}
	for _, v := range res.Variants {
		out[v.Variant] = v.Status
	}
	return out
}

// scored are the variants that have scores.
func scored(res *store.Results) map[string]bool {
	out := map[string]bool{}
	for _, s := range res.Scores {
		out[s.Variant] = true
	}
	return out
}

// pictureFolder makes red/0.png ... and blue/0.png ..., n in each.
func pictureFolder(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	for label, c := range map[string]color.RGBA{"red": {200, 0, 0, 255}, "blue": {0, 0, 200, 255}} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, label), 0o755))
		for i := range n {
			im := image.NewRGBA(image.Rect(0, 0, 40+i, 30))
			for p := range 30 * (10 + i) {
				im.SetRGBA(p%(40+i), p/(40+i), c)
			}
			f, err := os.Create(filepath.Join(dir, label, fmt.Sprintf("%d.png", i)))
			require.NoError(t, err)
			require.NoError(t, png.Encode(f, im))
			require.NoError(t, f.Close())
		}
	}
	return dir
}
