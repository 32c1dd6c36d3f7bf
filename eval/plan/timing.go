package plan

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/turns"
)

// Rounds in which files are timed in turn. There is a minimum, then rounds until the time is over, and a
// maximum.
const (
	leastRounds = 7
	mostRounds  = 201
)

// inTurn times files of a tower on items to choose on, in turn, round after round. It returns milliseconds per
// item. It measures processor time of the running thread, because other programs lengthen it less than clock time.
// then gets the open sessions afterwards; it may be nil.
func (p *planner) inTurn(ctx context.Context, tower int, files [][]byte, limit time.Duration, then func(file int, q *ort.Probe) error) (times [][]float64, err error) {
	t := p.towers[tower]
	items := min(p.count(t, &p.choose), p.size.timed)
	in, err := p.inputs(t, &p.choose, 0, items)
	if err != nil {
		return nil, err
	}
	probes := make([]*ort.Probe, len(files))
	defer func() {
		for _, q := range probes {
			if q != nil {
				if failed := q.Close(); err == nil {
					err = failed
				}
			}
		}
	}()
	for i, data := range files {
		if probes[i], err = t.ref.Library.Probe(data, t.ref.Options); err != nil {
			return nil, err
		}
		if _, err := probes[i].Run(ctx, in); err != nil { // the first call is not typical
			return nil, err
		}
	}
	if p.cfg.Pace > 0 {
		limit = time.Duration(float64(limit) * p.cfg.Pace)
	}
	times = make([][]float64, len(files))
	spent := time.Duration(0) // of processor time, so that as many rounds are run beside other programs
	if t.text {
		limit /= 2 // it has the smaller part of the time
	}
	more := func(round int) bool { return round < leastRounds || round < mostRounds && spent < limit }
	err = turns.While(len(files), more, func(_, i int) error {
		took, err := machine.ThreadTime(func() error { _, err := probes[i].Run(ctx, in); return err })
		if err != nil {
			return err
		}
		spent += took
		times[i] = append(times[i], took.Seconds()*1e3/float64(items))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if then != nil {
		for i, q := range probes {
			if err := then(i, q); err != nil {
				return nil, err
			}
		}
	}
	return times, nil
}

// median is the median of values with the interval of its order statistics, at 95 % or more.
func median(values []float64) Interval {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	if n == 0 {
		return Interval{}
	}
	half := int(0.98*math.Sqrt(float64(n)) + 1)
	return Interval{(v[(n-1)/2] + v[n/2]) / 2, v[max(0, n/2-half)], v[min(n-1, (n-1)/2+half)]}
}

// saving is how much faster b is than a, round by round.
func saving(a, b []float64) Interval {
	var d []float64
	for i := range a {
		d = append(d, a[i]-b[i])
	}
	return median(d)
}

// ratio is b's time as a share of a's, round by round.
func ratio(a, b []float64) Interval {
	var d []float64
	for i := range a {
		d = append(d, b[i]/a[i])
	}
	return median(d)
}
