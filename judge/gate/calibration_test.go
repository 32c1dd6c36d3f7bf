package gate_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// nights is how many are simulated of each kind.
func nights(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("FASTCLIP_NIGHTS"), "6"))
	require.NoError(t, err)
	return n
}

// simulated is a kind of night, so many times over the default suite's twelve variants and three
// datasets: what it is usually like, and what was done to one variant (v3) in HEAD.
type simulated struct {
	name          string
	usual, damage night
	check         string // that must find the damage; "": nothing was damaged
	promised      mode   // the first of the modes in which docs/gate.md promises to find 95 % of it
}

func simulations() []simulated {
	calm, moody := night{noise: 0.02}, night{noise: 0.02, shared: 0.05}
	lost := func(dataset string, n int) night {
		return night{lost: map[string]int{"v3": n}, lostIn: dataset, queries: 500}
	}
	everywhere := func(points float64) night { return night{nine: true, lostEach: map[string]float64{"v3": points / 100}} }
	nine := func(flips float64) night { return night{noise: 0.02, flips: flips, nine: true} }
	drift := func(by float64) night { return night{drift: map[string]float64{"v3": by}} }
	slow := func(by float64) night { return night{slower: map[string]float64{"v3": by}} }
	return []simulated{
		{name: "a repetition's noise 0.5 %", usual: night{noise: 0.005}},
		{name: "noise 2 %", usual: calm},
		{name: "noise 5 %", usual: night{noise: 0.05}},
		{name: "noise 2 %, one repetition in ten half as long again", usual: night{noise: 0.02, tails: 0.1}},
		{name: "heavy tails: 2 % of Student's t with 2 degrees of freedom", usual: night{student: 0.02}},
		{name: "noise 2 %, the machine's moods 10 % from round to round, correlated 0.5", usual: night{noise: 0.02, shared: 0.1}},
		{name: "noise 1 %, each variant's own moods 2 %, correlated 0.9", usual: night{noise: 0.01, own: 0.02}},
		{name: "noise 1 %, each process 1 % slower or faster by luck", usual: night{noise: 0.01, luck: 0.01}},
		{name: "noise 2 %, 10 % slower from the first round to the last", usual: night{noise: 0.02, warming: 0.1}},
		{name: "1 in 50 of all queries flips, in BASE and HEAD, either way", usual: night{noise: 0.02, flips: 0.02, queries: 500}},
		{name: "the machine is 15 % slower (exit 3)", usual: calm, damage: night{machine: 1.15}},
		{name: "slower by 2 %; noise 2 %, moods 5 %", usual: moody, damage: slow(0.02), check: gate.CheckSlowdown, promised: never},
		{name: "slower by 5 %; noise 2 %, moods 5 %", usual: moody, damage: slow(0.05), check: gate.CheckSlowdown, promised: never},
		{name: "slower by 10 %; noise 2 %, moods 5 %", usual: moody, damage: slow(0.1), check: gate.CheckSlowdown, promised: confirmed},
		{name: "slower by 15 %; noise 2 %, moods 5 %", usual: moody, damage: slow(0.15), check: gate.CheckSlowdown, promised: alone},
		{name: "slower by 20 %; noise 5 %, moods 10 %", usual: night{noise: 0.05, shared: 0.1}, damage: slow(0.2), check: gate.CheckSlowdown, promised: confirmed},
		{name: "1 point of R@1 of 500 queries, nothing else flips", usual: calm, damage: lost("single", 5), check: gate.CheckScore, promised: never},
		{name: "3 points, nothing else flips", usual: calm, damage: lost("single", 15), check: gate.CheckScore, promised: alone},
		{name: "3 points, and 1 in 200 of all queries flips in both runs", usual: night{noise: 0.02, flips: 0.005, queries: 500}, damage: lost("single", 15), check: gate.CheckScore, promised: never},
		{name: "6 points, and 1 in 200 of all queries flips in both runs", usual: night{noise: 0.02, flips: 0.005, queries: 500}, damage: lost("single", 30), check: gate.CheckScore, promised: alone},
		{name: "nine searches of the default suite's size, nothing flips", usual: nine(0)},
		{name: "nine searches, 0.5 % of all outcomes differ between BASE and HEAD, either way", usual: nine(0.0025)},
		{name: "nine searches, 2 % of all outcomes differ, either way", usual: nine(0.01)},
		{name: "half a point lost in each of nine searches (allowed), nothing else differs", usual: nine(0), damage: everywhere(0.5)},
		{name: "1 point lost in each of nine searches, nothing else differs", usual: nine(0), damage: everywhere(1), check: gate.CheckScore, promised: alone},
		{name: "1 point lost in each of nine searches, 0.5 % of other outcomes differ", usual: nine(0.0025), damage: everywhere(1), check: gate.CheckScore, promised: alone},
		{name: "1.5 points lost in each of nine searches, 2 % of other outcomes differ", usual: nine(0.01), damage: everywhere(1.5), check: gate.CheckScore, promised: alone},
		{name: "drift of 1e-6 (allowed)", usual: calm, damage: drift(1e-6)},
		{name: "drift of 1e-4 (the limit)", usual: calm, damage: drift(1e-4), check: gate.CheckDrift, promised: never},
		{name: "drift of 2e-4", usual: calm, damage: drift(2e-4), check: gate.CheckDrift, promised: alone},
		{name: "drift of 1e-2", usual: calm, damage: drift(1e-2), check: gate.CheckDrift, promised: alone},
	}
}

// TestCalibration: at most 1 % of the nights without damage are regressions, of all together and,
// when many are simulated, of each kind; and what docs/gate.md promises to find is found.
// ./task calibrate prints the table.
func TestCalibration(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and nothing concurrent that other tests lack")
	}
	n := nights(t)
	var table strings.Builder
	fmt.Fprintf(&table, "| night | | %s |\n|---|---|%s\n", strings.Join(modes, " | "), strings.Repeat("--:|", len(modes)))
	undamaged, alarms := 0, make([]int, len(modes))
	for i, s := range simulations() {
		if !strings.Contains(s.name, os.Getenv("FASTCLIP_NIGHT")) {
			continue // one kind was asked for
		}
		kind := "alarms"
		if s.check != "" {
			kind = "caught"
		} else {
			undamaged += n
		}
		fmt.Fprintf(&table, "| %s | %s |", s.name, kind)
		for m, c := range count(uint64(i+1), n, s) {
			if fmt.Fprintf(&table, " %d", c.found); c.open > 0 {
				fmt.Fprintf(&table, " (%d exit 3)", c.open)
			}
			table.WriteString(" |")
			name := s.name + ", " + modes[m]
			if s.check != "" {
				if mode(m) >= s.promised {
					assert.GreaterOrEqual(t, c.found, n*95/100, name)
				}
				continue
			}
			alarms[m] += c.found
			if n >= 1000 {
				assert.LessOrEqual(t, c.found, n/100, name)
			}
		}
		table.WriteString("\n")
	}
	fmt.Fprintf(&table, "\n%d nights of each kind; false alarms in the %d without damage: %v.\n", n, undamaged, alarms)
	if os.Getenv("FASTCLIP_NIGHTS") != "" {
		fmt.Print(table.String())
	}
	for m, x := range alarms {
		assert.LessOrEqual(t, float64(x), float64(undamaged)/100, modes[m])
	}
}

// mode is a way to use the gate.
type mode int

const (
	alone     mode = iota
	confirmed      // with --confirm
	inTurn         // with --base-program
	never
)

var modes = []string{"gate", "--confirm", "--base-program"}

// counted are nights: regressions, of the damaged variant and by the check where there was damage;
// and those that could not be measured.
type counted struct{ found, open int }

// count simulates nights in each mode, each against a baseline of its own (which flips, too: else
// nights would differ from it in one direction).
func count(seed uint64, n int, s simulated) [3]counted {
	policy, err := gate.LoadPolicy("")
	if err != nil {
		panic(err)
	}
	base, head := whole(s.usual), whole(s.usual)
	d := s.damage
	head.slower, head.lost, head.lostIn, head.lostEach, head.drift, head.machine = d.slower, d.lost, d.lostIn, d.lostEach, d.drift, d.machine
	head.queries, head.nine = max(head.queries, d.queries), head.nine || d.nine
	base.queries, base.nine = head.queries, head.nine
	results := make([][3]*gate.Result, n)
	var wg sync.WaitGroup
	for worker := range runtime.NumCPU() {
		wg.Go(func() {
			for i := worker; i < n; i += runtime.NumCPU() {
				results[i] = judged(policy, base, head, 1e6*seed+10*uint64(i))
			}
		})
	}
	wg.Wait()
	var out [3]counted
	for _, modes := range results {
		for m, r := range modes {
			switch {
			case r.Verdict == gate.NotMeasured:
				out[m].open++
			case r.Verdict == gate.Regression && (s.check == "" || r.Regressions[0].Variant == "v3" && r.Regressions[0].Check == s.check):
				out[m].found++
			}
		}
	}
	return out
}

// judged is one night in each mode. Re-runs are processes of their own on the same machine.
func judged(policy *gate.Policy, base, head night, seed uint64) (out [3]*gate.Result) {
	opt := compare.Options{Resamples: 20}
	run := func(n night, k uint64) compare.Run {
		n.seed = seed + k
		return n.run()
	}
	b, h := run(base, 0), run(head, 1)
	c := compare.Runs(b, h, opt)
	first := gate.Judge(c, policy)
	out = [3]*gate.Result{first, first, first}
	if !first.Doubtful() {
		return out
	}
	base.queries, head.queries, base.nine, head.nine = 1, 1, false, false // of a re-run, only the timings count
	now := base
	now.machine = head.machine
	var again, both []*compare.Comparison
	for k := range uint64(3) {
		rows := run(head, 2+k).Timings
		again = append(again, c.Again(b, h, nil, rows, opt))
		both = append(both, c.Again(b, h, run(now, 5+k).Timings, rows, opt))
	}
	out[1], out[2] = gate.Confirm(c, policy, again, false), gate.Confirm(c, policy, both, true)
	return out
}

// whole is a night of the default suite's size.
func whole(n night) night {
	n.variants, n.datasets = []string{"ref"}, []string{"single", "double", "triple"}
	for i := range 11 {
		n.variants = append(n.variants, fmt.Sprint("v", i))
	}
	return n
}

// TestPageHasAllKinds: docs/gate.md has a row for each kind of night that is simulated, by its name.
func TestPageHasAllKinds(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "gate.md"))
	require.NoError(t, err)
	for _, s := range simulations() {
		assert.Contains(t, string(page), "\n| "+s.name+" | ")
	}
}
