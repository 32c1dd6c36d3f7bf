package plan_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/eval/plan"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/testenv"
)

// derived stands in for derive.py, which takes seconds: it hands out mini's committed files, and leaves products as
// they are by putting the two graphs together.
func derived(t *testing.T, mini string) plan.Derive {
	return func(_ context.Context, j plan.DeriveJob) error {
		for _, tower := range j.Towers {
			for _, kind := range j.Kinds {
				if kind != "int8" {
					continue // these cannot be made, which a plan says and lives with
				}
				data, err := os.ReadFile(filepath.Join(mini, tower+"."+kind+".onnx"))
				if err != nil {
					return err
				}
				if j.Keep != "" {
					data = keeping(t, mini, tower, data, j.Keep)
				}
				if err := os.WriteFile(filepath.Join(j.Out, tower+"."+kind+".onnx"), data, 0o600); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func keeping(t *testing.T, mini, tower string, low []byte, list string) []byte {
	t.Helper()
	var keep map[string][]string
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &keep))
	high, err := os.ReadFile(filepath.Join(mini, tower+".onnx"))
	require.NoError(t, err)
	ref, own := blocks.Tower{Data: high, Output: tower + "_embeds"}, blocks.Tower{Data: low, Output: tower + "_embeds"}
	products, err := blocks.Products(ref)
	require.NoError(t, err)
	mixer, err := blocks.NewMixer(ref, own, products)
	require.NoError(t, err)
	on := mixer.Differing()
	for i, x := range products {
		on[i] = on[i] && !slices.Contains(keep[tower], x.Tensor)
	}
	data, err := mixer.Mixed(on, false)
	require.NoError(t, err)
	return data
}

// TestRun: a plan of mini ends in a folder that is a variant, with a card that says how it was made; what is
// printed was judged on items of its own.
func TestRun(t *testing.T) {
	testenv.Library(t, "onnxruntime")
	models, err := fastclip.Models()
	require.NoError(t, err)
	art, err := fastclip.Art()
	require.NoError(t, err)
	dir := t.TempDir()
	suite := filepath.Join(dir, "s.yaml")
	require.NoError(t, os.WriteFile(suite, []byte("name: s\nreference: r\nvariants: [{name: r}]\ndatasets:\n  - {name: few, scenes: {objects: 1, count: 12, per_set: 1, seed: 3}}\n"), 0o600))
	budget, err := plan.ParseBudget("mean_abs=70%")
	require.NoError(t, err)
	out := filepath.Join(dir, "planned")
	env := encoders.Env{Models: models}
	r, err := plan.Run(t.Context(), plan.Config{Model: "mini", Budget: budget, Items: suite + ":few", Out: out, Env: env, Art: art, Cache: dir, Progress: io.Discard, Pace: 1e-3,
		Derive: derived(t, filepath.Join(testenv.Root(t), "testdata", "models", "mini"))})
	require.NoError(t, err)

	assert.Equal(t, plan.Counts{Pictures: 3, Texts: 3}, r.Judged)
	assert.Contains(t, r.Missing, "image int8-static")
	made, int8 := r.Made(), r.Steps[1]
	assert.True(t, r.Decision.Met, "decided within the budget")
	assert.Less(t, made.Image, int8.Image)
	assert.Positive(t, made.Count)
	assert.Less(t, made.Count, made.Of)
	assert.Positive(t, made.Time.Value)
	at := slices.IndexFunc(r.Steps, func(s plan.Step) bool { return s.Chosen && s.Name != "made" })
	assert.InDelta(t, r.Steps[at].Image, made.Image, 0.1*int8.Image, "the folder does what its step did")
	assert.NotEqual(t, r.Decision.Image, made.Image, "other items")

	var card struct {
		Description string            `json:"description"`
		SHA256      map[string]string `json:"sha256"`
		Plan        plan.Result       `json:"plan"`
	}
	data, err := os.ReadFile(filepath.Join(out, "card.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &card))
	assert.Contains(t, card.Description, "made by fastclip models plan for the budget mean_abs=70%")
	assert.Len(t, card.SHA256, 2)
	assert.Equal(t, made.Image, card.Plan.Made().Image)
	opener := variants.NewOpener(env)
	v := opener.Open(t.Context(), encoders.Spec{Name: "x", Model: out, Precision: "int8"}.WithDefaults(), 0)
	assert.True(t, v.OK(), v.Reason)
	require.NoError(t, opener.Close())
	var page strings.Builder
	require.NoError(t, r.Write(&page))
	assert.Contains(t, page.String(), "| **made** |")
}
