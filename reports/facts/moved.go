package facts

import (
	"math"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// These constants say what counts as noise, as the gate may be told to (judge/gate/policy.yaml). A drift
// is noise up to so many times the floor, and only within the gate's limit. Without that limit, the floor
// of a reference that hardly repeats itself would hide everything.
const (
	floorTimes = 20
	noiseLimit = 1e-4 // mean |a-b|
)

// Moved is what a variant's drift did to the outcomes of the queries, and what it could have done.
type Moved struct {
	Name          string
	Image, Text   Number // mean |a-b| of the raw embeddings, absent when their lengths differ
	Changed       int64  // queries of all datasets and directions with another top hit
	Queries       int64  // number of queries whose top hit was compared
	Open          Number // the largest share of queries with an uncertain outcome; absent without a flip budget
	Times         Number // multiple of the noise floor; infinite when the floor is 0
	Within, Exact bool   // Within: the drift is within the noise; Exact: no drift at all
}

func (m Moved) By() Number { return max(OrZero(m.Image), OrZero(m.Text)) }

func (m Moved) Share() Number {
	if m.Queries == 0 {
		return 0
	}
	return Number(m.Changed) / Number(m.Queries)
}

// Movements lists the compared variants with a measured drift.
func Movements(res *store.Results) []Moved {
	var out []Moved
	imageFloor, textFloor := FloorOf(res, "image"), FloorOf(res, "text")
	for _, x := range Compared(res) {
		m := Moved{Name: x.Variant, Open: Absent(),
			Image: WeightedDrift(res.Drift, x.Variant, "image", "embedding", "mean_abs"),
			Text:  WeightedDrift(res.Drift, x.Variant, "text", "embedding", "mean_abs"),
		}
		m.outcomes(res)
		if !m.Image.Known() && !m.Text.Known() && m.Queries == 0 {
			continue
		}
		m.Exact = m.By() == 0 && (m.Image.Known() || m.Text.Known())
		m.Times = max(timesOf(m.Image, imageFloor), timesOf(m.Text, textFloor))
		m.Within = isNoise(m.Image, imageFloor) && isNoise(m.Text, textFloor) && (m.Image.Known() || m.Text.Known())
		out = append(out, m)
	}
	return out
}

// outcomes adds up the rows about the outcomes of queries.
func (m *Moved) outcomes(res *store.Results) {
	open := map[string]struct{ sum, n float64 }{}
	for _, d := range res.Drift {
		if d.Variant != m.Name || d.Modality != "similarity" || !strings.HasPrefix(d.Stage, "rank") {
			continue
		}
		switch {
		case d.Stat == "top1_changed":
			m.Changed += int64(math.Round(d.Value * float64(d.N)))
			m.Queries += d.N
		case strings.HasPrefix(d.Stat, "certain"):
			x := open[d.Stage+d.Stat]
			x.sum, x.n = x.sum+(1-d.Value)*float64(d.N), x.n+float64(d.N)
			open[d.Stage+d.Stat] = x
		}
	}
	for _, x := range open {
		if share := Number(x.sum / x.n); share.Known() && !(m.Open >= share) {
			m.Open = share
		}
	}
}

func isNoise(drift, floor Number) bool {
	return !(drift > max(floor, min(floorTimes*floor, noiseLimit)))
}

func timesOf(drift, floor Number) Number {
	switch {
	case !drift.Known() || drift == 0:
		return 0
	case floor > 0:
		return drift / floor
	}
	return Number(math.Inf(1))
}

// FloorOf is the largest distance of the reference from itself when it runs in other ways. It is 0 when
// the reference repeats itself exactly, or when nothing was measured.
func FloorOf(res *store.Results, modality string) Number {
	floor, ref := Number(0), Reference(res).Variant
	for _, d := range res.Drift {
		if strings.HasPrefix(d.Stage, store.FloorPrefix) && d.Variant == ref && d.Modality == modality && d.Stat == "mean_abs" {
			floor = max(floor, WeightedDrift(res.Drift, ref, modality, d.Stage, "mean_abs"))
		}
	}
	return floor
}

func OrZero(n Number) Number {
	if n.Known() {
		return n
	}
	return 0
}
