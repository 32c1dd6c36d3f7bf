package reports

import (
	"math"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// What is taken for noise, as the gate may be told to (judge/gate/policy.yaml): so many times the
// floor, as long as that is within the gate's limit, for the floor of a reference that hardly
// repeats itself would hide everything.
const (
	floorTimes = 20
	noiseLimit = 1e-4 // mean |a-b|
)

// moved is what a variant's drift did to the outcomes of the queries, and what it could have done.
type moved struct {
	name          string
	image, text   number // mean |a-b| of the raw embeddings, absent of other lengths
	changed       int64  // queries of all datasets and directions with another top hit
	queries       int64  // of which that was looked at
	open          number // the largest share of queries of which an outcome is not certain; absent without a flip budget
	times         number // of the noise floor; infinite when there is none
	within, exact bool   // the noise; no drift at all
}

func (m moved) by() number { return max(orZero(m.image), orZero(m.text)) }

func (m moved) share() number {
	if m.queries == 0 {
		return 0
	}
	return number(m.changed) / number(m.queries)
}

// movements are the compared variants of which a drift was measured.
func movements(res *store.Results) []moved {
	var out []moved
	imageFloor, textFloor := floorOf(res, "image"), floorOf(res, "text")
	for _, x := range compared(res) {
		m := moved{name: x.Variant, open: absent(),
			image: weightedDrift(res.Drift, x.Variant, "image", "embedding", "mean_abs"),
			text:  weightedDrift(res.Drift, x.Variant, "text", "embedding", "mean_abs"),
		}
		m.outcomes(res)
		if !m.image.known() && !m.text.known() && m.queries == 0 {
			continue
		}
		m.exact = m.by() == 0 && (m.image.known() || m.text.known())
		m.times = max(timesOf(m.image, imageFloor), timesOf(m.text, textFloor))
		m.within = isNoise(m.image, imageFloor) && isNoise(m.text, textFloor) && (m.image.known() || m.text.known())
		out = append(out, m)
	}
	return out
}

// outcomes adds up the rows of what became of the queries.
func (m *moved) outcomes(res *store.Results) {
	open := map[string]struct{ sum, n float64 }{}
	for _, d := range res.Drift {
		if d.Variant != m.name || d.Modality != "similarity" || !strings.HasPrefix(d.Stage, "rank") {
			continue
		}
		switch {
		case d.Stat == "top1_changed":
			m.changed += int64(math.Round(d.Value * float64(d.N)))
			m.queries += d.N
		case strings.HasPrefix(d.Stat, "certain"):
			x := open[d.Stage+d.Stat]
			x.sum, x.n = x.sum+(1-d.Value)*float64(d.N), x.n+float64(d.N)
			open[d.Stage+d.Stat] = x
		}
	}
	for _, x := range open {
		if share := number(x.sum / x.n); share.known() && !(m.open >= share) {
			m.open = share
		}
	}
}

func isNoise(drift, floor number) bool {
	return !(drift > max(floor, min(floorTimes*floor, noiseLimit)))
}

func timesOf(drift, floor number) number {
	switch {
	case !drift.known() || drift == 0:
		return 0
	case floor > 0:
		return drift / floor
	}
	return number(math.Inf(1))
}

// floorOf is the largest distance of the reference from itself, run in other ways; 0 when it
// repeats itself or that was not measured.
func floorOf(res *store.Results, modality string) number {
	floor, ref := number(0), reference(res).Variant
	for _, d := range res.Drift {
		if strings.HasPrefix(d.Stage, store.FloorPrefix) && d.Variant == ref && d.Modality == modality && d.Stat == "mean_abs" {
			floor = max(floor, weightedDrift(res.Drift, ref, modality, d.Stage, "mean_abs"))
		}
	}
	return floor
}

func orZero(n number) number {
	if n.known() {
		return n
	}
	return 0
}
