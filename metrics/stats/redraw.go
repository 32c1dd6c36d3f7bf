package stats

import "math/rand/v2"

// redrawn computes the means of samples that are not kept. Each block of resamples has its own stream of
// random numbers, so all cores can draw, and every pass draws the same samples. All columns are summed in
// one pass, because drawing takes most of the time.
func (r *Resampler) redrawn(columns [][]float64) [][]float64 {
	width, n := len(columns), len(r.sizes)
	out := make([][]float64, width)
	for m := range out {
		out[m] = make([]float64, r.resamples)
	}
	if width == 0 {
		return out
	}
	rows := make([]float64, 0, n*width) // by cluster, then by column
	for c := range n {
		for m := range columns {
			rows = append(rows, columns[m][c])
		}
	}
	r.each(func(b int) {
		draw := draws{pcg: *rand.NewPCG(r.seed, uint64(b)+1), n: uint32(n)}
		counts, sums := make([]uint16, n), make([]float64, width)
		for k := b * lane; k < min((b+1)*lane, r.resamples); k++ {
			clear(counts)
			for range n {
				counts[draw.next()]++
			}
			total := float64(r.n)
			if r.cluster != nil {
				total = 0
				for c, times := range counts {
					total += float64(times) * float64(r.sizes[c])
				}
			}
			clear(sums)
			addTimes(sums, rows, counts)
			for m, s := range sums {
				out[m][k] = s / total
			}
		}
	})
	return out
}

// addTimes adds each row as often as it was drawn.
func addTimes(sums, rows []float64, counts []uint16) {
	if len(sums) == 1 {
		var s float64
		for c, times := range counts {
			s += float64(rows[c] * float64(times))
		}
		sums[0] += s
		return
	}
	for c, times := range counts {
		t, row := float64(times), rows[c*len(sums):(c+1)*len(sums)]
		for m, v := range row {
			sums[m] += float64(v * t)
		}
	}
}
