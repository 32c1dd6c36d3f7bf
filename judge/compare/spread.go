package compare

import (
	"math"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// moves is how far the unit vectors of a table moved from BASE's.
type moves struct {
	by map[string]float64 // how far each item moved, by id
	// spread is the largest distance of a vector of BASE from the mean vector. apart is the largest
	// distance of an item's move from the mean move, so it is 0 where all items moved alike.
	spread, apart float64
	slack         float64  // what a rotation may have changed in a similarity
	farthest      *float64 // the largest value of by, once computed
}

// radii fills in spread and apart from two tables that distance has paired.
func (m *moves) radii(base, head []store.Embedding) {
	at := make(map[string][]float32, len(head))
	for _, e := range head {
		at[e.ID] = e.Embedding
	}
	var was, diff center
	for _, pass := range []func(*center, []float64){(*center).add, (*center).reach} {
		for _, b := range base {
			v, w := stats.UnitVector(b.Embedding), stats.UnitVector(at[b.ID])
			pass(&was, v)
			for k := range w {
				w[k] -= v[k]
			}
			pass(&diff, w)
		}
	}
	m.spread, m.apart = was.far+rounding, diff.far+rounding
}

// center collects the sum of vectors in a first pass, and the largest distance from their mean in a second
// pass.
type center struct {
	sum    []float64
	n, far float64
}

func (c *center) add(v []float64) {
	if c.sum == nil {
		c.sum = make([]float64, len(v))
	}
	for k, x := range v {
		c.sum[k] += x
	}
	c.n++
}

func (c *center) reach(v []float64) {
	far := 0.0
	for k, x := range v {
		d := x - c.sum[k]/c.n
		far += d * d
	}
	c.far = max(c.far, math.Sqrt(far))
}
