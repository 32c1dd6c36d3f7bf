package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/testenv"
)

const (
	single = "  - {name: single, scenes: {objects: 1, count: 12, per_set: 3, seed: 1}}"
	three  = `  - {name: ref}
  - {name: hf, tokenizer: hf}
  - {name: go, preprocess: go_image}`
)

// parse makes a suite that runs quickly.
func parse(t testing.TB, sets, variants string) *suite.Suite {
	t.Helper()
	s, err := suite.Parse(fmt.Appendf(nil, "name: tiny\nresamples: 100\ndatasets:\n%s\nvariants:\n%s", sets, variants))
	require.NoError(t, err)
	return s
}

// config uses the real models, in the test's own folders.
func config(t testing.TB, s *suite.Suite) Config {
	t.Helper()
	testenv.Library(t, "onnxruntime")
	testenv.Library(t, "jpeg")
	testdata := filepath.Join(testenv.Root(t), "testdata")
	return Config{Suite: s, Cache: t.TempDir(), Build: "test", Env: encoders.Env{Models: os.DirFS(filepath.Join(testdata, "models"))}, Art: os.DirFS(filepath.Join(testdata, "art"))}
}
