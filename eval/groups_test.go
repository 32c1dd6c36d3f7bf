package eval

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/finished"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// four want an encoder each, beside the reference's and those of the noise floor.
const four = `  - {name: trim, trim: true}
  - {name: ref}
  - {name: go, preprocess: go_image}
  - {name: half, image: image.fp16.onnx, text: text.fp16.onnx, precision: fp16}
  - {name: one, batch: 1}`

// TestRunGroups: a run whose encoders are never in memory together finds what one finds that has
// all open; in the timings each variant stands beside the reference.
func TestRunGroups(t *testing.T) {
	s := parse(t, single+"\n"+double, four)
	s.Reference, s.SampleAbove = "ref", new(int)
	*s.SampleAbove = 10 // the larger one is sampled
	cfg := config(t, s)
	want := load(t, mustRun(t, cfg).Dir)
	small := *s
	small.Memory, small.SHA256 = "1KiB", "another"
	cfg.Suite, cfg.Out, cfg.Cache = &small, filepath.Join(t.TempDir(), "out"), t.TempDir()
	got := load(t, mustRun(t, cfg).Dir)

	assert.Equal(t, nameless(want.Scores), nameless(got.Scores))
	assert.Equal(t, drifts(want), drifts(got))
	assert.Equal(t, want.Failures, got.Failures)
	in, reps := map[int64]map[string]bool{}, map[int64]int64{}
	for _, x := range got.Timings {
		if in[x.Group] == nil {
			in[x.Group] = map[string]bool{}
		}
		in[x.Group][x.Variant] = true
		if of, ok := reps[x.Rep]; ok {
			assert.Equal(t, of, x.Group, "repetition %d", x.Rep)
		}
		reps[x.Rep] = x.Group
	}
	assert.Len(t, in, 3, "of the variants' encoders; the two of the noise floor are not timed")
	for n, names := range in {
		assert.True(t, names["ref"] && names["go"], "group %d", n)
	}
	for _, x := range want.Timings {
		assert.Zero(t, x.Group)
	}
}

func drifts(res *store.Results) map[string]bool {
	out := map[string]bool{}
	for _, d := range res.Drift {
		low, high, of := d.CILow, d.CIHigh, d.Of
		d.RunID, d.CILow, d.CIHigh, d.Of = "", nil, nil, nil
		key := fmt.Sprintf("%+v", d)
		if of != nil {
			key += fmt.Sprintf(" of %d", *of)
		}
		if low != nil {
			key += fmt.Sprintf(", %v to %v", *low, *high)
		}
		out[key] = true
	}
	return out
}

// TestRunGroupsOpenConcurrently: at no call more than the reference and one group are open.
func TestRunGroupsOpenConcurrently(t *testing.T) {
	s := parse(t, double, four)
	s.Reference, s.Memory, s.Skip = "ref", "1KiB", []string{suite.PartTiming, suite.PartFloor, suite.PartSwaps}
	cfg := config(t, s)
	cache, err := cache.Open(cfg.Cache, false)
	require.NoError(t, err)
	r := &run{cfg: cfg, suite: s, cache: cache, progress: progress.New(nil), opener: variants.NewOpener(cfg.Env, machine.ThisHost().CPU, cfg.Build)}
	t.Cleanup(func() { assert.NoError(t, r.opener.Close()) })
	open := func() (n int) {
		seen := map[*variants.Lazy]bool{}
		for _, v := range r.variants {
			if !seen[v.Lazy] && v.Lazy.Unwrap() != nil {
				n++
			}
			seen[v.Lazy] = true
		}
		return n
	}
	r.openVariants(t.Context())
	assert.Equal(t, 2, open())
	require.NoError(t, r.openSets(t.Context()))
	require.NoError(t, r.encode(t.Context()))
	assert.Equal(t, 2, open(), "the last group that ran")
	for _, v := range r.variants {
		assert.True(t, v.OK(), v.Reason)
		assert.Equal(t, len(r.sets[0].Good), r.sets[0].ImageEmb[v.ImageKey].N)
		assert.Equal(t, len(r.sets[0].Texts), r.sets[0].TextEmb[v.TextKey].N)
	}
	require.NoError(t, r.sets[0].Dataset.Close())
}

// TestLimit keeps the texts of the pictures that are left, and draws no other pictures.
func TestLimit(t *testing.T) {
	s := bare(t, single, "  - {name: ref}")
	s.Limit = 4 // per_set is 3: two sets of labels, one of them of a single picture
	cfg := config(t, s)
	dir := mustRun(t, cfg).Dir
	res := load(t, dir)
	assert.EqualValues(t, 4, res.Datasets[0].Images)
	assert.EqualValues(t, 2, res.Datasets[0].Texts)
	drawn, err := filepath.Glob(filepath.Join(cfg.Cache, "scenes", "*", "images", "*"))
	require.NoError(t, err)
	assert.Len(t, drawn, 4)
	items, err := finished.OpenItems(t.Context(), dir, res.Datasets[0], cfg.Art, cfg.Cache)
	require.NoError(t, err, "the pictures can be shown again")
	require.NoError(t, items.Close())
	s.Limit = 0
	all := load(t, mustRun(t, config(t, s)).Dir)
	assert.EqualValues(t, 12, all.Datasets[0].Images)
	assert.NotEqual(t, all.Datasets[0].SHA256, res.Datasets[0].SHA256)
	assert.Equal(t, all.Datasets[0].SHA256, *all.Datasets[0].SetSHA256)
}
