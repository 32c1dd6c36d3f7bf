package paired

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// results is a run's, of which a calibration is asked: FASTCLIP_RUN, for ./task calibrate RUN=results/latest.
func results(t *testing.T) *store.Results {
	t.Helper()
	dir := os.Getenv("FASTCLIP_RUN")
	if dir == "" {
		t.Skip("FASTCLIP_RUN names no run of the default suite")
	}
	r, err := store.LoadRun(dir, store.TableRun, store.TableVariants, store.TableItems, store.TableQueries)
	require.NoError(t, err)
	return r
}

// simulate is how many runs are made of one: FASTCLIP_NIGHTS.
func simulate(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("FASTCLIP_NIGHTS"))
	require.NoError(t, err, "FASTCLIP_NIGHTS")
	return n
}

func all(string, string, string) bool { return true }

// drawsANight is how many runs are drawn for each of FASTCLIP_NIGHTS: with 150 alone, chance moves a share of a third by 7 points
// either way.
const drawsANight = 10

// TestCalibrationOfReports: how often a report says that some variant differs where none does, and how often it
// sees that a variant does, in runs drawn from a real one. In the first each variant's differences have their
// signs flipped by sets of labels; in the second sets of labels are drawn with replacement.
func TestCalibrationOfReports(t *testing.T) {
	r, n := results(t), simulate(t)
	whole := OfRun(r, "R@1", "nDCG@10")
	alarms, marks := 0, 0
	differs := func(p float64) bool { return p < 0.05 }
	for k := range n {
		null := whole.flipped(rand.New(rand.NewPCG(uint64(k), 7))).VariantFirst(all)
		if slices.ContainsFunc(slices.Collect(maps.Values(null.P)), differs) {
			alarms++
		}
		if slices.ContainsFunc(slices.Collect(maps.Values(null.Cells)), differs) {
			marks++
		}
	}
	fmt.Printf("| reports of %d runs in which no variant differs: one said to differ | %s |\n| the same: a single score marked | %s |\n", n, share(alarms, n), share(marks, n))
	draws, seen := drawsANight*n, map[string]int{}
	for k := range draws {
		for v, p := range leastByVariant(whole.drawn(rand.New(rand.NewPCG(uint64(k), 8))).Pooled(all)) {
			if seen[v] += 0; differs(p) {
				seen[v]++
			}
		}
	}
	for _, v := range r.Variants {
		if count, ok := seen[v.Variant]; ok {
			fmt.Printf("| %s seen to differ, of %d runs drawn from one | %s |\n", v.Variant, draws, share(count, draws))
		}
	}
	assert.LessOrEqual(t, marks, alarms, "a mark stands in a variant that differs")
	if n >= 100 {
		assert.LessOrEqual(t, float64(alarms), 0.09*float64(n))
	}
}

// share is count of n in per cent, with its 95 % interval.
func share(count, n int) string {
	values := make([]float64, n)
	for i := range count {
		values[i] = 1
	}
	low, high := stats.NewResampler(n, 2000, 1).Interval(values)
	return fmt.Sprintf("%.1f %% (%.1f to %.1f)", 100*float64(count)/float64(n), 100*low, 100*high)
}

// flipped turns the differences of whole clusters, for each variant on its own.
func (t *Tests) flipped(rng *rand.Rand) *Tests {
	out := &Tests{clusters: t.clusters, flips: 499}
	signs := map[string]map[int]float64{}
	for _, s := range t.searches {
		if signs[s.Variant] == nil {
			signs[s.Variant] = map[int]float64{}
		}
		s.Diffs = slices.Clone(s.Diffs)
		for i, q := range s.IDs {
			c := t.clusters.number(clusterKey{s.Dataset, modality(s.Direction), q})
			if _, ok := signs[s.Variant][c]; !ok {
				signs[s.Variant][c] = float64(2*rng.IntN(2) - 1)
			}
			s.Diffs[i] *= signs[s.Variant][c]
		}
		out.Add(s)
	}
	return out
}

// drawn has clusters drawn with replacement, the same for all variants, each draw a cluster of its own.
func (t *Tests) drawn(rng *rand.Rand) *Tests {
	out := &Tests{clusters: &clusters{of: map[clusterKey]int{}}, flips: 499}
	sets := map[string][]int{}
	for _, s := range t.searches {
		for _, q := range s.IDs {
			sets[s.Dataset] = append(sets[s.Dataset], t.clusters.number(clusterKey{s.Dataset, modality(s.Direction), q}))
		}
	}
	draws := map[string]map[int][]int{} // by dataset and cluster: which draws took it
	first := map[string]int{}           // the number of a dataset's first draw
	for _, d := range slices.Sorted(maps.Keys(sets)) {
		first[d] = out.clusters.next
		slices.Sort(sets[d])
		sets[d] = slices.Compact(sets[d])
		draws[d] = map[int][]int{}
		for k := range sets[d] {
			c := sets[d][rng.IntN(len(sets[d]))]
			draws[d][c] = append(draws[d][c], k)
			out.clusters.next++
		}
	}
	type of struct{ dataset, direction string }
	type asked struct {
		ids, names []string // a search's queries; those of the drawn run
		at         []int    // which of ids each of names is
	}
	was := map[of]asked{} // variants answer the same queries
	for _, s := range t.searches {
		a, ok := was[of{s.Dataset, s.Direction}]
		if !ok || !slices.Equal(a.ids, s.IDs) {
			a = asked{ids: s.IDs}
			for i, q := range s.IDs {
				for _, k := range draws[s.Dataset][t.clusters.number(clusterKey{s.Dataset, modality(s.Direction), q})] {
					id := fmt.Sprint(k, " ", q)
					out.clusters.of[clusterKey{s.Dataset, modality(s.Direction), id}] = first[s.Dataset] + k
					a.names, a.at = append(a.names, id), append(a.at, i)
				}
			}
			was[of{s.Dataset, s.Direction}] = a
		}
		diffs := s.Diffs
		s.IDs, s.Diffs = a.names, make([]float64, len(a.at))
		for i, at := range a.at {
			s.Diffs[i] = diffs[at]
		}
		out.Add(s)
	}
	return out
}

// TestCalibrationOfFlipBudget: what the certificates of a run prove beside the norm bound alone, and that none is
// wrong: a query that is said to be certain has the reference's outcome.
func TestCalibrationOfFlipBudget(t *testing.T) {
	r := results(t)
	reference := ""
	for _, v := range r.Variants {
		if v.IsReference {
			reference = v.Variant
		}
	}
	was := map[search]map[string]float64{}
	for _, q := range r.Queries {
		if s := (search{q.Dataset, q.Direction, q.Metric}); q.Variant == reference {
			if was[s] == nil {
				was[s] = map[string]float64{}
			}
			was[s][q.QueryID] = q.Value
		}
	}
	type counts struct{ queries, norm, certain int }
	by, checks, wrong := map[string]*counts{}, 0, 0
	for _, q := range r.Queries {
		if q.Certain == nil {
			continue
		}
		if by[q.Variant] == nil {
			by[q.Variant] = &counts{}
		}
		checks++
		if *q.Certain && was[search{q.Dataset, q.Direction, q.Metric}][q.QueryID] != q.Value {
			wrong++
		}
		if c := by[q.Variant]; q.Metric == "R@1" {
			c.queries++
			if *q.Certain {
				c.certain++
			}
			if q.CertainBy != nil && *q.CertainBy == "norm" {
				c.norm++
			}
		}
	}
	for _, v := range r.Variants {
		if c := by[v.Variant]; c != nil {
			fmt.Printf("| %s: queries of R@1 that its drift cannot have changed: by the norm bound, and by all certificates | %d, %d of %d |\n", v.Variant, c.norm, c.certain, c.queries)
		}
	}
	fmt.Printf("| wrong certificates, of %d checks | %d |\n", checks, wrong)
	assert.Zero(t, wrong)
	assert.NotZero(t, checks)
}
