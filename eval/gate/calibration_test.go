package gate_test

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/compare"
	"github.com/fastclip/fastclip/eval/gate"
)

// nights is how many are simulated without a change; a third of it of each planted one.
func nights(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("FASTCLIP_NIGHTS"), "300"))
	require.NoError(t, err)
	return n
}

// suite has as many variants as the default one, on 500 queries a direction where scores change.
func suite(n night) night {
	n.variants = []string{"ref"}
	for i := range 11 {
		n.variants = append(n.variants, fmt.Sprint("v", i))
	}
	if n.flips > 0 || n.lost != nil {
		n.queries = 500
	}
	return n
}

// TestFalseAlarms: at most 1 % of nights without a change are regressions.
func TestFalseAlarms(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and nothing concurrent that other tests lack")
	}
	kinds := []night{
		{noise: 0.005},
		{noise: 0.05},
		{noise: 0.02, tails: 0.1},
		{noise: 0.02, shared: 0.1},
		{noise: 0.02, flips: 0.02},
		{noise: 0.02, machine: 1.15},
	}
	alarms, nights := 0, nights(t)
	for i, kind := range kinds {
		found := count(uint64(i+1), nights/len(kinds), kind, kind, func(r *gate.Result) bool { return r.Verdict == gate.Regression })
		t.Logf("%+v: %d", kind, found)
		alarms += found
	}
	assert.LessOrEqual(t, alarms, nights/100)
}

// TestPlantedChangesAreCaught: the sizes that docs/gate.md promises, in 95 % of nights.
func TestPlantedChangesAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and nothing concurrent that other tests lack")
	}
	planted := nights(t) / 3
	for name, c := range map[string]struct {
		usual, damage night
		check         string
	}{
		"slower by 10 %":              {night{noise: 0.02, shared: 0.05}, night{slower: map[string]float64{"v3": 0.1}}, gate.CheckSlowdown},
		"3 points, all else stands":   {night{noise: 0.02}, night{lost: map[string]int{"v3": 15}}, gate.CheckScore},
		"5 points, 1 in 200 flips":    {night{noise: 0.02, flips: 0.005}, night{lost: map[string]int{"v3": 25}}, gate.CheckScore},
		"drift of 1e-2":               {night{noise: 0.02}, night{drift: map[string]float64{"v3": 1e-2}}, gate.CheckDrift},
		"drift of 1e-2, noisy timing": {night{noise: 0.1}, night{drift: map[string]float64{"v3": 1e-2}}, gate.CheckDrift},
	} {
		t.Run(name, func(t *testing.T) {
			head := c.usual
			head.slower, head.lost, head.drift = c.damage.slower, c.damage.lost, c.damage.drift
			caught := count(99, planted, c.usual, head, func(r *gate.Result) bool {
				return r.Verdict == gate.Regression && r.Regressions[0].Variant == "v3" && r.Regressions[0].Check == c.check
			})
			t.Logf("%d of %d", caught, planted)
			assert.GreaterOrEqual(t, caught, planted*95/100)
		})
	}
}

// count simulates nights, each against a baseline of its own (which flips, too: else nights would
// differ from it in one direction), and says in how many is holds.
func count(seed uint64, n int, base, head night, is func(*gate.Result) bool) (found int) {
	policy, err := gate.LoadPolicy("")
	if err != nil {
		panic(err)
	}
	head = suite(head)
	base = suite(base)
	base.queries, base.machine = head.queries, 1
	for i := range uint64(n) {
		base.seed, head.seed = 1e6*seed+2*i, 1e6*seed+2*i+1
		if is(gate.Judge(compare.Runs(base.run(), head.run(), compare.Options{Resamples: 100}), policy)) {
			found++
		}
	}
	return found
}
