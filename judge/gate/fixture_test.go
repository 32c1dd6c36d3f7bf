package gate_test

import (
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// night says what a simulated run is like; the zero value is a small quiet one.
type night struct {
	seed     uint64
	variants []string           // default: ref, a, b, c
	datasets []string           // default: d
	queries  int                // a direction; default 40
	rounds   int                // default 10
	items    int                // default 8
	noise    float64            // sd of a repetition's time, as a share
	shared   float64            // sd of a round's speed, the same for all variants, each round half the last one's
	tails    float64            // chance that a repetition takes half as long again
	student  float64            // scale of Student's t with 2 degrees of freedom, in place of the normal noise
	own      float64            // sd of a variant's own speed from round to round, each nine tenths of the last one's
	luck     float64            // sd of a variant's speed in a whole run: its process's memory, say
	warming  float64            // by how much the last round is slower than the first, for all
	machine  float64            // how much slower everything is; 0 is 1
	flips    float64            // chance that a query's outcome is another than in BASE, either way
	slower   map[string]float64 // share more time of a variant
	lost     map[string]int     // queries of R@1 that a variant loses in t2i
	lostIn   string             // a dataset; "": in all
	lostEach map[string]float64 // share of R@1's queries that a variant loses in every dataset and direction
	nine     bool               // three directions of 210 texts and 500 pictures of their label sets, as the default suite's: nine searches
	drift    map[string]float64 // added to every value of a variant's image embeddings
}

func (n night) withDefaults() night {
	if n.variants == nil {
		n.variants = []string{"ref", "a", "b", "c"}
	}
	if n.datasets == nil {
		n.datasets = []string{"d"}
	}
	n.queries, n.rounds, n.items = or(n.queries, 40), or(n.rounds, 10), or(n.items, 8)
	if n.machine == 0 {
		n.machine = 1
	}
	return n
}

func or(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}

// queryIDs are enough for the largest night.
var queryIDs = func() (out []string) {
	for q := range 500 {
		out = append(out, fmt.Sprint("q", q))
	}
	return out
}()

// run makes the results and embeddings of a night.
func (n night) run() compare.Run {
	n = n.withDefaults()
	rng := rand.New(rand.NewPCG(n.seed, 1))
	res := &store.Results{Run: store.Run{RunID: fmt.Sprintf("night-%d", n.seed), Suite: "test", CPUModel: "cpu", Cores: 2, Threads: 1, Status: store.StatusOK}}
	for _, d := range n.datasets {
		res.Datasets = append(res.Datasets, store.Dataset{Dataset: d, SHA256: "sha of " + d, Images: int64(n.items), Texts: int64(n.items)})
	}
	for _, d := range n.datasets {
		for _, direction := range []string{"t2i", "i2t"} { // what text q asks for is in picture q, and in every 210th after it
			for q := range n.of(direction) {
				modality := map[string]string{"t2i": "text", "i2t": "image"}[direction]
				res.Items = append(res.Items, store.Item{Dataset: d, Modality: modality, ID: queryIDs[q], Labels: []string{queryIDs[q%n.of("t2i")]}})
			}
		}
	}
	for i, v := range n.variants {
		res.Variants = append(res.Variants, store.Variant{Variant: v, IsReference: i == 0, Status: store.StatusOK, ImageSHA256: "model", RuntimeVersion: "1", Dim: 4})
		for _, d := range n.datasets {
			n.scores(res, rng, v, d)
			n.ladder(res, v, d, i == 0)
		}
	}
	n.timings(res, rng)
	return compare.Run{Results: res, Embeddings: n.embeddings}
}

// of is how many queries a direction has.
func (n night) of(direction string) int {
	switch {
	case !n.nine:
		return n.queries
	case direction == "t2i":
		return 210
	}
	return 500
}

// scores has R@1 of two directions, or of three; seven in ten queries hit.
func (n night) scores(res *store.Results, rng *rand.Rand, variant, dataset string) {
	directions := []string{"t2i", "i2t"}
	if n.nine {
		directions = append(directions, "i2i")
	}
	res.Queries = slices.Grow(res.Queries, len(directions)*n.of("i2t"))
	for k, direction := range directions {
		queries := n.of(direction)
		lose, hits := 0, 0.0
		if direction == "t2i" && (n.lostIn == "" || n.lostIn == dataset) {
			lose = n.lost[variant]
		}
		each, start := int(math.RoundToEven(n.lostEach[variant]*float64(queries))), k*queries/3 // other queries in each direction
		for q := range queries {
			hit := q%10 < 7
			if hit && lose > 0 {
				hit, lose = false, lose-1
			} else if hit && each > 0 && q >= start {
				hit, each = false, each-1
			} else if rng.Float64() < n.flips {
				hit = !hit
			}
			value := 0.0
			if hit {
				value = 1
			}
			hits += value
			res.Queries = append(res.Queries, store.Query{Dataset: dataset, Variant: variant, Direction: direction, QueryID: queryIDs[q], Metric: "R@1", Value: value, Group: int64(q)})
		}
		res.Scores = append(res.Scores, store.Score{Dataset: dataset, Variant: variant, Direction: direction, Metric: "R@1", Value: hits / float64(queries), NQueries: int64(queries)})
	}
}

func (n night) ladder(res *store.Results, variant, dataset string, reference bool) {
	if reference {
		return
	}
	for _, stage := range []string{"normalise", "embedding", "swap:all", "swap:geometry", "swap:model"} {
		value := 1e-6
		if stage == "embedding" || stage == "swap:all" || stage == "swap:model" {
			value += n.drift[variant]
		}
		res.Drift = append(res.Drift, store.Drift{Dataset: dataset, Variant: variant, Reference: "ref", Modality: "image", Stage: stage, Stat: "mean_abs", Value: value, N: 8})
	}
}

func (n night) timings(res *store.Results, rng *rand.Rand) {
	round, own, luck := 0.0, make([]float64, len(n.variants)), make([]float64, len(n.variants))
	for i := range own {
		own[i], luck[i] = n.own*rng.NormFloat64(), n.luck*rng.NormFloat64()
	}
	for rep := range n.rounds + 1 {
		round = round/2 + n.shared*rng.NormFloat64()
		for i, v := range n.variants {
			own[i] = 0.9*own[i] + n.own*math.Sqrt(1-0.81)*rng.NormFloat64()
			slow := round + own[i] + luck[i] + n.warming*float64(rep)/float64(n.rounds)
			for _, p := range []struct {
				modality, phase string
				ms              float64
			}{{"image", "preprocess", 1}, {"image", "encode", 4 + float64(i)}, {"text", "encode", 2 + float64(i)}} {
				noise := n.noise * rng.NormFloat64()
				if n.student > 0 {
					noise = n.student * rng.NormFloat64() / math.Sqrt(rng.ExpFloat64()) // chi-squared of 2, halved, is exponential
				}
				ms := p.ms * n.machine * math.Exp(min(noise, 3)+slow) * (1 + n.slower[v])
				if rng.Float64() < n.tails {
					ms *= 1.5
				}
				res.Timings = append(res.Timings, store.Timing{Variant: v, Phase: p.phase, Modality: p.modality, Batch: 8, Rep: int64(rep), Items: 8,
					NS: int64(8e6 * ms), Warm: rep > 0, Threads: 1})
			}
		}
	}
}

func (n night) embeddings(variant, dataset, modality string) ([]store.Embedding, error) {
	var out []store.Embedding
	for i := range n.items {
		e := store.Embedding{ID: fmt.Sprint(i), Embedding: []float32{1, float32(i), -2, 0.5}}
		if modality == "image" {
			for k := range e.Embedding {
				e.Embedding[k] += float32(n.drift[variant])
			}
		}
		out = append(out, e)
	}
	if dataset == "" {
		return nil, fs.ErrNotExist
	}
	return out, nil
}

func defaultPolicy(t testing.TB) *gate.Policy {
	t.Helper()
	p, err := gate.LoadPolicy("")
	require.NoError(t, err)
	return p
}

// verdict judges by the default policy, with few resamples: intervals do not decide.
func verdict(t testing.TB, base, head compare.Run) *gate.Result {
	t.Helper()
	return gate.Judge(compare.Runs(base, head, compare.Options{Resamples: 100}), defaultPolicy(t))
}
