package gate_test

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

func TestRunAgainstItselfPasses(t *testing.T) {
	for seed := range uint64(5) {
		n := night{seed: seed, noise: 0.3, flips: 0.2}
		run := n.run()
		c := compare.Runs(run, run, compare.Options{})
		for _, s := range c.Scores {
			assert.Zero(t, s.Delta)
			assert.Zero(t, s.Changed)
			assert.Equal(t, 1.0, s.P)
		}
		for _, d := range c.Drift {
			assert.Zero(t, d.MeanAbs)
			assert.Equal(t, 1.0, d.CosineMin)
		}
		for _, m := range c.Timings {
			assert.Equal(t, 1.0, m.Ratio)
			assert.InDelta(t, 1, m.Relative, 1e-12)
		}
		assert.Empty(t, c.Environment)
		assert.Empty(t, c.Problems)
		got := gate.Judge(c, defaultPolicy(t))
		assert.Equal(t, gate.Pass, got.Verdict)
		assert.Equal(t, "PASS: 4 variants, score 8, drift 8, slowdown 8 comparisons within the limits", got.Headline())
	}
}

func TestDamageIsFound(t *testing.T) {
	cases := map[string]struct {
		head     night
		headline string
	}{
		"drift that is none": {night{drift: map[string]float64{"a": 9e-6}}, ""},
		"another picture": {night{drift: map[string]float64{"a": 0.19}},
			"REGRESSION: a on d: image embeddings are 0.19 from BASE's (mean |a-b|, limit 0.0001; largest 0.19, least cosine 0.98"},
		"a lost score": {night{queries: 500, lost: map[string]int{"b": 25}},
			"REGRESSION: b on d: R@1 t2i fell from 70.0 to 65.0: 5.0 points (95 % 3."},
		"slower": {night{noise: 0.01, slower: map[string]float64{"c": 0.3}}, "REGRESSION: c: a"},
		"faster": {night{noise: 0.01, slower: map[string]float64{"c": -0.3}}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			base := night{seed: 1, queries: c.head.queries, noise: c.head.noise}
			c.head.seed = 2
			got := verdict(t, base.run(), c.head.run())
			if c.headline == "" {
				assert.Equal(t, gate.Pass, got.Verdict, got.Headline())
				return
			}
			assert.Equal(t, gate.Regression, got.Verdict)
			assert.Equal(t, 1, got.Verdict.ExitCode())
			require.GreaterOrEqual(t, len(got.Headline()), len(c.headline), got.Headline())
			assert.Equal(t, c.headline, got.Headline()[:len(c.headline)])
			for _, f := range got.Regressions {
				assert.Equal(t, got.Regressions[0].Variant, f.Variant, f.Text)
			}
		})
	}
}

// TestDriftLimit: of the reference, which has no drift from itself, only the distance from BASE counts.
func TestDriftLimit(t *testing.T) {
	for by, want := range map[float64]gate.Verdict{0: gate.Pass, 9e-5: gate.Pass, 1.2e-4: gate.Regression} {
		head := night{drift: map[string]float64{"ref": by}}.run()
		assert.Equal(t, want, verdict(t, night{}.run(), head).Verdict, by)
	}
}

func TestStageIsNamed(t *testing.T) {
	drift := night{drift: map[string]float64{"a": 0.01}}.run()
	assert.Contains(t, verdict(t, night{}.run(), drift).Headline(), "first stage that went wrong: model")

	model := night{drift: map[string]float64{"a": 0.01, "ref": 0.01}}.run()
	model.Variants[0].ImageSHA256 = "other"
	got := verdict(t, night{}.run(), model)
	assert.True(t, slices.ContainsFunc(got.Regressions, func(f gate.Finding) bool {
		return f.Variant == "ref" && f.Stage == "model (image model sha256 changed)"
	}), "%v", got.Regressions)

	squash := night{drift: map[string]float64{"a": 0.01}}.run()
	for i, d := range squash.Drift {
		if d.Variant == "a" && d.Stage == "swap:geometry" {
			squash.Drift[i].Value = 0.009
		}
	}
	squash.Variants[1].PreprocessKey = "decode=x@1 geometry=squash resize=a b"
	base := night{}.run()
	base.Variants[1].PreprocessKey = "decode=x@1 geometry=crop resize=a b"
	assert.Contains(t, verdict(t, base, squash).Headline(), "first stage that went wrong: geometry (geometry stage changed)")

	// A model that is another moves the swaps of stages that are as they were.
	for _, name := range []string{"image model sha256", "options"} {
		base, moved := night{}.run(), night{drift: map[string]float64{"a": 0.01}}.run()
		for i, d := range moved.Drift {
			if d.Variant == "a" && strings.HasPrefix(d.Stage, "swap:") {
				moved.Drift[i].Value = 0.009
			}
		}
		// Another release of the decoder makes the same pixels.
		base.Variants[1].PreprocessKey, moved.Variants[1].PreprocessKey = "decode=x@1 geometry=crop", "decode=x@2 geometry=crop"
		before, after := "{}", `{"session.x64quantprecision":"1"}`
		if base.Variants[1].Options = &before; name == "options" {
			moved.Variants[1].Options = &after
		} else {
			moved.Variants[1].ImageSHA256 = "other"
		}
		assert.Contains(t, verdict(t, base, moved).Headline(), "first stage that went wrong: model (decode stage, "+name+" changed)")
	}

	// What the reference differs from itself by is no stage.
	base, shaky := night{}.run(), night{drift: map[string]float64{"a": 0.01}}.run()
	base.Drift = slices.DeleteFunc(base.Drift, func(d store.Drift) bool { return strings.HasPrefix(d.Stage, "swap:") })
	shaky.Drift = slices.DeleteFunc(shaky.Drift, func(d store.Drift) bool { return strings.HasPrefix(d.Stage, "swap:") })
	for i, stage := range []string{"floor:threads", "floor:twice", "keep:geometry"} {
		shaky.Drift = append([]store.Drift{{Dataset: "d", Variant: "a", Reference: "ref", Modality: "image", Stage: stage, Stat: "mean_abs", Value: float64(i + 1), N: 8}}, shaky.Drift...)
	}
	assert.Contains(t, verdict(t, base, shaky).Headline(), "first stage that went wrong: image embedding")

	lost := night{lost: map[string]int{"a": 20}}.run()
	assert.Contains(t, verdict(t, night{}.run(), lost).Headline(), "first stage that went wrong: rank (the embeddings are BASE's)")

	slow := night{noise: 0.01, slower: map[string]float64{"a": 0.5}}.run()
	for _, f := range verdict(t, night{seed: 1, noise: 0.01}.run(), slow).Regressions {
		assert.Equal(t, map[string]string{"image": "preprocess", "text": "encode"}[f.Where], f.Stage, f.Text)
	}
}

// TestPreprocessingIsNamed: a pipeline with another key is named, though no swap and no checkpoint moved.
func TestPreprocessingIsNamed(t *testing.T) {
	for want, c := range map[string]struct {
		base, head string // keys
		change     func(v *store.Variant)
	}{
		"geometry (geometry stage changed)":                  {"decode=x@1 geometry=crop resize=a b", "decode=x@1 geometry=pad resize=a b", nil},
		"fill (fill stage changed)":                          {"decode=x@1 geometry=pad fill=3", "decode=x@1 geometry=pad", nil},
		"size (size stage changed)":                          {"decode=x@1 geometry=pad", "decode=x@1 geometry=pad size=336", nil},
		"colour (colour stage changed)":                      {"decode=x@1 colour=rgb geometry=pad", "decode=x@1 geometry=pad colour=rgb", nil},
		"preprocess (preprocess key changed)":                {"a server's", "another server's", nil},
		"preprocess (preprocess, preprocess key changed)":    {"decode=x@1", "", func(v *store.Variant) { v.Preprocess = "server" }},
		"resize (preprocess, resize stage changed)":          {"decode=x@1 resize=a", "decode=x@1 resize=b", func(v *store.Variant) { v.Preprocess = "fast" }},
		"preprocess (preprocess changed)":                    {"", "", func(v *store.Variant) { v.Preprocess = "fast" }},
		"model (resize stage, image model sha256 changed)":   {"decode=x@1 resize=a", "decode=x@1 resize=b", func(v *store.Variant) { v.ImageSHA256 = "other" }},
		"model (preprocess key, image model sha256 changed)": {"decode=x@1", "other", func(v *store.Variant) { v.ImageSHA256 = "other" }},
		"image embedding":                                    {},
	} {
		base, head := night{}.run(), night{drift: map[string]float64{"a": 0.01}}.run()
		unmoved := head.Drift[:0]
		for i, d := range head.Drift {
			if d.Stage == "normalise" || strings.HasPrefix(d.Stage, "swap:") {
				unmoved = append(unmoved, base.Drift[i])
			}
		}
		head.Drift = unmoved
		base.Variants[1].PreprocessKey, head.Variants[1].PreprocessKey = c.base, c.head
		if c.change != nil {
			c.change(&head.Variants[1])
		}
		assert.Contains(t, verdict(t, base, head).Headline()+";", "first stage that went wrong: "+want+";")
	}
}

func TestReferenceThatMovedIsNoFaultOfOthers(t *testing.T) {
	head := night{drift: map[string]float64{"ref": 0.1}}.run()
	for i := range head.Drift {
		head.Drift[i].Value = 0.1
	}
	got := verdict(t, night{}.run(), head)
	for _, f := range got.Regressions {
		assert.Equal(t, "ref", f.Variant, f.Text)
	}
	assert.Len(t, got.Regressions, 1)
	assert.Contains(t, got.Headline(), "REGRESSION: ref on d: the reference itself changed: its image embeddings are")

	both := night{drift: map[string]float64{"ref": 0.1, "a": 3}, lost: map[string]int{"a": 60}}.run()
	assert.Contains(t, verdict(t, night{}.run(), both).Headline(), "REGRESSION: ref on d: the reference itself changed", "before what is larger")
}

// TestAnotherReference: runs with unlike references say how far the one is from the other.
func TestAnotherReference(t *testing.T) {
	head := night{drift: map[string]float64{"a": 0.25}}.run()
	head.Variants[0].IsReference, head.Variants[1].IsReference = false, true
	c := compare.Runs(night{}.run(), head, compare.Options{Resamples: 100})
	reasons := ""
	for _, p := range c.Problems {
		reasons += p.Reason + "\n"
	}
	assert.Contains(t, reasons, "the reference is a in HEAD, ref in BASE: drifts from it are not compared; the one is from the other by (mean |a-b|) d, images: 0.25 (least cosine")
	assert.Contains(t, reasons, "d, texts: the same to the bit")
	assert.Contains(t, gate.Judge(c, defaultPolicy(t)).Headline(), "REGRESSION: the reference is a in HEAD, ref in BASE; a on d: ", "what all is measured from is said first")
	head = night{}.run()
	head.Variants[0].IsReference, head.Variants[1].IsReference, head.Datasets[0].SHA256 = false, true, "another"
	assert.Contains(t, verdict(t, night{}.run(), head).Headline(), "NOT MEASURED: the reference is a in HEAD, ref in BASE", "before what else was not")
}

func TestSlowMachineIsNotMeasured(t *testing.T) {
	got := verdict(t, night{noise: 0.02}.run(), night{seed: 1, noise: 0.02, machine: 1.3}.run())
	assert.Equal(t, gate.NotMeasured, got.Verdict)
	assert.Contains(t, got.Headline(), "NOT MEASURED: all variants took 3")

	slow := night{seed: 1, noise: 0.02, machine: 1.3, slower: map[string]float64{"a": 1}}.run()
	got = verdict(t, night{noise: 0.02}.run(), slow)
	assert.Equal(t, gate.Regression, got.Verdict)
	assert.Contains(t, got.Headline(), "REGRESSION: a: a")
	assert.Contains(t, got.Headline(), "could not be measured")
	assert.Equal(t, 1, got.Verdict.ExitCode())
}

func TestFastMachineHidesNothing(t *testing.T) {
	base := night{noise: 0.01}.run()
	got := verdict(t, base, night{seed: 1, noise: 0.01, machine: 0.7}.run())
	assert.Equal(t, gate.Pass, got.Verdict, got.Headline())
	assert.Contains(t, got.Notes[0], "all variants took 30 % less for images")

	slow := map[string]float64{"a": 0.2}
	got = verdict(t, base, night{seed: 1, noise: 0.01, machine: 0.7, slower: slow}.run())
	assert.Equal(t, gate.NotMeasured, got.Verdict, "slower than the others, but no slower than in BASE")
	assert.Contains(t, got.Headline(), "NOT MEASURED: a: images took ")

	got = verdict(t, base, night{seed: 1, noise: 0.01, machine: 0.9, slower: slow}.run())
	assert.Equal(t, gate.Regression, got.Verdict, got.Headline())
}

// TestNotMeasured: what is missing or broken gives 3, never 0.
func TestNotMeasured(t *testing.T) {
	cases := map[string]func(r *compare.Run){
		"variant missing":        func(r *compare.Run) { r.Variants = r.Variants[:3] },
		"variant failed":         func(r *compare.Run) { r.Variants[1].Status, r.Variants[1].Reason = "failed", "no model" },
		"no variants":            func(r *compare.Run) { r.Variants = nil },
		"dataset missing":        func(r *compare.Run) { r.Datasets = nil },
		"dataset differs":        func(r *compare.Run) { r.Datasets[0].SHA256 = "other" },
		"scores missing":         func(r *compare.Run) { r.Scores = nil },
		"a score missing":        func(r *compare.Run) { r.Scores = r.Scores[1:] },
		"a score NaN":            func(r *compare.Run) { r.Scores[0].Value = math.NaN() },
		"a score of no queries":  func(r *compare.Run) { r.Scores[0].NQueries = 0 },
		"queries missing":        func(r *compare.Run) { r.Queries = nil },
		"a query missing":        func(r *compare.Run) { r.Queries = r.Queries[1:] },
		"another query":          func(r *compare.Run) { r.Queries[0].QueryID = "other" },
		"a query twice":          func(r *compare.Run) { r.Queries[0].QueryID = r.Queries[1].QueryID },
		"a query NaN":            func(r *compare.Run) { r.Queries[0].Value = math.NaN() },
		"drift missing":          func(r *compare.Run) { r.Drift = nil },
		"drift NaN":              func(r *compare.Run) { r.Drift[1].Value = math.NaN() },
		"timings missing":        func(r *compare.Run) { r.Timings = nil },
		"only warm-up":           func(r *compare.Run) { r.Timings = r.Timings[:12] },
		"times of zero":          func(r *compare.Run) { setAll(r.Timings, func(t *store.Timing) { t.NS = 0 }) },
		"no items":               func(r *compare.Run) { setAll(r.Timings, func(t *store.Timing) { t.Items = 0 }) },
		"few rounds":             func(r *compare.Run) { r.Timings = r.Timings[:36] },
		"a phase missing":        func(r *compare.Run) { setAll(r.Timings, func(t *store.Timing) { t.Phase = "encode" }) },
		"other cpu":              func(r *compare.Run) { r.Run.CPUModel = "other" },
		"another reference":      func(r *compare.Run) { r.Variants[0].IsReference, r.Variants[1].IsReference = false, true },
		"no embeddings":          func(r *compare.Run) { r.Embeddings = noEmbeddings },
		"embeddings unreadable":  func(r *compare.Run) { r.Embeddings = brokenEmbeddings },
		"embeddings NaN":         func(r *compare.Run) { r.Embeddings = oneEmbedding("0", float32(math.NaN())) },
		"other items":            func(r *compare.Run) { r.Embeddings = oneEmbedding("other", 1) },
		"embeddings of less dim": func(r *compare.Run) { r.Embeddings = oneEmbedding("0") },
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			base, head := night{seed: 1}.run(), night{seed: 1}.run()
			damage(&head)
			got := verdict(t, base, head)
			assert.Equal(t, gate.NotMeasured, got.Verdict)
			assert.Equal(t, 3, got.Verdict.ExitCode())
			assert.Contains(t, got.Headline(), "NOT MEASURED: ")
			writeAll(t, got)
		})
	}
	for _, name := range []string{"scores missing", "queries missing", "no embeddings", "timings missing", "no variants", "dataset missing", "only warm-up"} {
		t.Run("in both: "+name, func(t *testing.T) {
			base, head := night{seed: 1}.run(), night{seed: 1}.run()
			cases[name](&base)
			cases[name](&head)
			assert.Equal(t, gate.NotMeasured, verdict(t, base, head).Verdict)
			if name != "no embeddings" {
				assert.Equal(t, gate.NotMeasured, verdict(t, base, night{seed: 1}.run()).Verdict, "in BASE alone")
			}
		})
	}
}

// TestAnotherClassOfProcessors: integer variants hang on the processor; nothing is laid to them on
// another class, unless the policy allows it. Variants that multiply in floats are judged as ever.
func TestAnotherClassOfProcessors(t *testing.T) {
	on := func(class, cpu string, by float64, saturation *float64) compare.Run {
		r := night{seed: 1, drift: map[string]float64{"a": by}, lost: map[string]int{"a": int(1000 * by)}}.run()
		quantization, options, parts := "dynamic U8S8", "{}", "timing"
		r.Variants[1].Quantization, r.Variants[1].Options, r.Variants[1].Saturation = &quantization, &options, saturation
		r.Run.CPUClass, r.Run.CPUModel, r.Run.Skip, r.Timings = &class, cpu, &parts, nil
		return r
	}
	allow, err := gate.ParsePolicy([]byte("rules: [{match: '*', other_class: allow}]"))
	require.NoError(t, err)
	skip, err := gate.ParsePolicy([]byte("rules: [{match: a, skip: [drift, score]}, {match: '*'}]"))
	require.NoError(t, err)
	cut := 0.09
	base := on("amd64-avx512-vnni", "one", 0, nil)
	for name, c := range map[string]struct {
		head compare.Run
		want string // of the built-in policy
	}{
		"another class":                       {on("amd64-avx2", "two", 0.02, &cut), "NOT MEASURED: a: could not be measured on this machine: it multiplies in 8 bits, HEAD ran on a processor of class amd64-avx2, BASE on one of class amd64-avx512-vnni"},
		"another class, the same numbers":     {on("amd64-avx2", "two", 0, nil), "NOT MEASURED: a: could not be measured on this machine"},
		"another name, and its sums saturate": {on("amd64-avx512-vnni", "two", 0.02, &cut), "NOT MEASURED: a: could not be measured on this machine: its 8-bit sums saturate on two (HEAD) and not on one (BASE)"},
		"another name of the class":           {on("amd64-avx512-vnni", "two", 0.02, nil), "REGRESSION: a on d: R@1"},
		"the same machine":                    {on("amd64-avx512-vnni", "one", 0.02, &cut), "REGRESSION: a on d: R@1"},
	} {
		c2 := compare.Runs(base, c.head, compare.Options{Resamples: 100})
		got := gate.Judge(c2, defaultPolicy(t))
		assert.Contains(t, got.Headline(), c.want, name)
		assert.Equal(t, gate.Pass, gate.Judge(c2, skip).Verdict, name)
		if allowed := gate.Judge(c2, allow); name == "another class, the same numbers" {
			assert.Equal(t, gate.Pass, allowed.Verdict, name)
			assert.Contains(t, strings.Join(allowed.Notes, "\n"), "other_class: allow judges it all the same")
		} else {
			assert.Equal(t, gate.Regression, allowed.Verdict, name)
		}
	}
	// Which class it was nobody knows of an older program's run: the same processor is like itself, another one is not.
	older := on("", "two", 0.02, nil)
	older.Run.CPUClass = nil
	assert.Contains(t, verdict(t, base, older).Headline(), "NOT MEASURED: a: could not be measured: it multiplies in 8 bits, HEAD ran on two, BASE on one, and an older program did not record the class")
	older.Run.CPUModel = "one"
	assert.Contains(t, verdict(t, base, older).Headline(), "REGRESSION: a on d: R@1")
	// Of a run that machines of several kinds did, nothing is measured.
	mixed, yes := on("amd64-avx512-vnni", "one", 0, nil), true
	mixed.Run.Mixed = &yes
	got := gate.Judge(compare.Runs(base, mixed, compare.Options{Resamples: 100}), defaultPolicy(t))
	assert.Contains(t, got.Headline(), "NOT MEASURED: ref: could not be measured: machines of several kinds did the work (eval --mixed)")
	assert.Equal(t, gate.Pass, gate.Judge(compare.Runs(base, mixed, compare.Options{Resamples: 100}), allow).Verdict)
	// A float variant that drifted is a regression on whichever class.
	head := on("amd64-avx2", "two", 0, nil)
	plain := head.Embeddings
	head.Embeddings = func(variant, dataset, modality string) ([]store.Embedding, error) {
		if variant == "b" {
			return night{drift: map[string]float64{"b": 1}}.withDefaults().embeddings(variant, dataset, modality)
		}
		return plain(variant, dataset, modality)
	}
	assert.Contains(t, verdict(t, base, head).Headline(), "REGRESSION: b on d: image embeddings are")
}

// TestBothSkipTimings: what the suites of both runs leave out is not missing; what one of them does is.
func TestBothSkipTimings(t *testing.T) {
	skipping := func(parts string) compare.Run {
		r := night{seed: 1}.run()
		r.Run.Skip, r.Timings = &parts, nil
		return r
	}
	timed := night{seed: 1}.run()
	got := verdict(t, skipping("timing"), skipping("floor,timing"))
	assert.Equal(t, gate.Pass, got.Verdict, got.Headline())
	assert.Contains(t, got.Notes, "timings are not compared: the suites of both runs skip them")
	assert.Equal(t, gate.NotMeasured, verdict(t, skipping("timing"), timed).Verdict)
	assert.Equal(t, gate.NotMeasured, verdict(t, timed, skipping("timing")).Verdict)
	assert.Equal(t, gate.NotMeasured, verdict(t, skipping("floor"), skipping("floor")).Verdict)
}

// TestNothingCompared: a policy that skips every check judges nothing.
func TestNothingCompared(t *testing.T) {
	base, head := night{seed: 1}.run(), night{seed: 1}.run()
	p, err := gate.ParsePolicy([]byte("rules: [{match: '*', skip: [score, drift, slowdown]}]"))
	require.NoError(t, err)
	got := gate.Judge(compare.Runs(base, head, compare.Options{}), p)
	assert.Equal(t, gate.NotMeasured, got.Verdict)
	assert.Contains(t, got.Headline(), "no comparison was made")
}

func TestRegressionBeatsNotMeasured(t *testing.T) {
	head := night{drift: map[string]float64{"a": 1}}.run()
	head.Timings = nil
	got := verdict(t, night{}.run(), head)
	assert.Equal(t, gate.Regression, got.Verdict)
	assert.Contains(t, got.Headline(), "REGRESSION: a on d")
	assert.Contains(t, got.Headline(), "could not be measured")
}

// TestNotBoth: a variant without a baseline is told, and judged by nobody.
func TestNewVariantIsNoted(t *testing.T) {
	base, head := night{}.run(), night{seed: 1}.run()
	base.Variants[3].Status, base.Variants[3].Reason = "unavailable", "no GPU"
	head.Variants[3].Status = "unavailable"
	got := verdict(t, base, head)
	assert.Equal(t, gate.Pass, got.Verdict, got.Headline())
	assert.Equal(t, []string{"c: no baseline, because it is unavailable in BASE (no GPU)"}, got.Notes)
}

func setAll[T any](rows []T, do func(*T)) {
	for i := range rows {
		do(&rows[i])
	}
}

func noEmbeddings(string, string, string) ([]store.Embedding, error) { return nil, fs.ErrNotExist }

func brokenEmbeddings(string, string, string) ([]store.Embedding, error) {
	return nil, errors.New("damaged Parquet file")
}

// oneEmbedding replaces the values of the first item.
func oneEmbedding(id string, values ...float32) func(string, string, string) ([]store.Embedding, error) {
	return func(variant, dataset, modality string) ([]store.Embedding, error) {
		rows, err := night{}.withDefaults().embeddings(variant, dataset, modality)
		rows[0].ID = id
		rows[0].Embedding = slices.Concat(values, rows[0].Embedding[:min(3, 4-len(values))])
		return rows, err
	}
}
