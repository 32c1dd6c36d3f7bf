package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/internal/store"
)

// towers writes a model's two towers to a folder.
func towers(t testing.TB, image, text []byte) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "image.onnx"), image, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "text.onnx"), text, 0o644))
	return dir
}

// measured are "modality stage" of a variant's mean differences.
func measured(res *store.Results, variant, stat string) []string {
	var out []string
	for _, d := range res.Drift {
		if d.Variant == variant && d.Stat == stat {
			out = append(out, d.Modality+" "+d.Stage)
		}
	}
	return out
}

// TestOtherShapes: variants of other picture sizes, dimensions and lengths than the reference are
// compared where the shapes agree, and the rows say where not.
func TestOtherShapes(t *testing.T) {
	models := map[string]string{
		"small": towers(t, onnxtest.Image(16, 8), onnxtest.Text(8)), "large": towers(t, onnxtest.Image(24, 8), onnxtest.Text(8)),
		"wide": towers(t, onnxtest.Image(16, 12), onnxtest.Text(12)), "both": towers(t, onnxtest.Image(24, 12), onnxtest.Text(12)),
	}
	names := []string{"small", "large", "wide", "both"}
	for _, ref := range []string{"small", "both"} {
		var variants []string
		for _, n := range names {
			variants = append(variants, fmt.Sprintf("  - {name: %s, model: %s}", n, models[n]))
		}
		s := parse(t, "  - {name: d, scenes: {objects: 1, count: 6, per_set: 3, seed: 1, size: 96x72}}", strings.Join(variants, "\n")+"\nreference: "+ref)
		res := load(t, mustRun(t, config(t, s)).Dir)
		for _, n := range names {
			assert.Equal(t, store.StatusOK, statuses(res)[n], n)
			assert.True(t, scored(res)[n], n)
		}
		got := func(v, stat string) []string { return measured(res, v, stat) }
		if ref == "small" {
			assert.Subset(t, got("large", "mean_abs"), []string{"image decode", "image embedding", "image unit", "text embedding", "similarity similarity", "image swap:model", "image keep:model"})
			assert.Equal(t, []string{"image decode", "image resize", "image normalise"}, got("large", "other_size"))
			assert.Empty(t, got("large", "other_shape"))
			assert.Subset(t, got("wide", "mean_abs"), []string{"image normalise", "similarity similarity"})
			assert.Equal(t, []string{"image embedding", "text embedding"}, got("wide", "other_shape"))
			assert.Equal(t, got("wide", "other_shape"), got("both", "other_shape"))
		}
		for _, v := range []string{"large", "wide", "both"} {
			if v != ref {
				assert.Contains(t, got(v, "top1_changed"), "similarity rank")
			}
		}
		assert.True(t, slices.ContainsFunc(res.Timings, func(row store.Timing) bool { return row.Variant == "both" && row.Phase == store.PhaseEncode }))
		for _, d := range res.Drift {
			assert.False(t, d.Value != d.Value, "%+v", d)
		}
	}
}
