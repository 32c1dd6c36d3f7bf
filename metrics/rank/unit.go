package rank

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// Unit is a matrix of N rows of Dim values, stored row after row. Each row has L2 norm 1 or is all zero.
type Unit struct {
	N, Dim int
	Data   []float64
}

// Normalise divides each of n rows of dim values by its L2 norm, in float64. Zero rows stay zero. It
// panics unless data has n*dim values.
func Normalise(data []float32, n, dim int) Unit { return NewRaw(data, n, dim).Unit() }

// coresFor is the number of cores that pay off for so many values.
func coresFor(values int) int { return min(runtime.GOMAXPROCS(0), values>>16+1) }

// normalise fills to with from divided by its norm.
func normalise(from []float32, to []float64) {
	var sum float64
	for _, v := range from {
		sum += float64(float64(v) * float64(v))
	}
	norm := math.Sqrt(sum)
	if norm == 0 {
		clear(to)
		return
	}
	for j, v := range from {
		to[j] = float64(v) / norm
	}
}

func (u Unit) row(i int) []float64 { return u.Data[i*u.Dim : (i+1)*u.Dim : (i+1)*u.Dim] }

// Dot fills dst, which has items.N values, with the similarities of row i to every item. Each is the plain
// sum of products from the first column to the last, rounded after every step, so it has the same bits on
// every machine. It panics on other shapes.
func (u Unit) Dot(i int, items Unit, dst []float64) {
	if u.Dim != items.Dim || len(dst) != items.N {
		panic(fmt.Sprintf("rank: rows of %d against rows of %d, %d results for %d items", u.Dim, items.Dim, len(dst), items.N))
	}
	q := u.row(i)
	k := 0
	for ; k+4 <= items.N; k += 4 {
		dst[k], dst[k+1], dst[k+2], dst[k+3] = dot4(q, items.row(k), items.row(k+1), items.row(k+2), items.row(k+3))
	}
	for ; k < items.N; k++ {
		dst[k] = dot(q, items.row(k))
	}
}

// Blocks is u in the form that DotAll takes for its items.
func (u Unit) Blocks() tiles.Blocks { return tiles.NewBlocks(u.Data, u.N, u.Dim) }

// DotAll is Dot for rows from to to, with the same bits. It is several times as fast for items that are
// compared with many rows. dst has room for items.Room() values per row; the last of them have no meaning.
func (u Unit) DotAll(from, to int, items tiles.Blocks, dst []float64) {
	items.Dot(u.Data[from*u.Dim:to*u.Dim], to-from, dst)
}

// dots is Dot for some items only. room is roomFor the items.
func (u Unit) dots(i int, items Rows, at []int32, dst, room []float64) {
	if whole, ok := items.(Unit); ok {
		u.dotsOf(i, whole, at, dst)
		return
	}
	for n := 0; len(at) > 0; at, dst = at[n:], dst[n:] {
		n = min(few, len(at))
		for j := range n {
			items.Row(int(at[j]), room[j*u.Dim:(j+1)*u.Dim])
		}
		u.dotsOf(i, Unit{n, u.Dim, room}, first[:n], dst)
	}
}

// few is the number of rows that dots makes at once when items are made on request.
const few = 8

var first = [few]int32{0, 1, 2, 3, 4, 5, 6, 7}

// dotsOf is dots for items in memory.
func (u Unit) dotsOf(i int, items Unit, at []int32, dst []float64) {
	q := u.row(i)
	k := 0
	for ; k+8 <= len(at); k += 8 {
		var rows [8][]float64
		for j := range rows {
			rows[j] = items.row(int(at[k+j]))
		}
		dot8(q, &rows, (*[8]float64)(dst[k:k+8]))
	}
	for ; k+4 <= len(at); k += 4 {
		dst[k], dst[k+1], dst[k+2], dst[k+3] = dot4(q, items.row(int(at[k])), items.row(int(at[k+1])), items.row(int(at[k+2])), items.row(int(at[k+3])))
	}
	switch len(at) - k {
	case 1:
		dst[k] = dot(q, items.row(int(at[k])))
	case 2, 3: // dot4 takes no longer than dot; what is missing of four is the last once more
		last := items.row(int(at[len(at)-1]))
		var third float64
		if dst[k], dst[k+1], third, _ = dot4(q, items.row(int(at[k])), items.row(int(at[k+1])), last, last); k+2 < len(at) {
			dst[k+2] = third
		}
	}
}

// Finite tells whether all values are finite numbers.
func (u Unit) Finite() bool { return finite(u.Data) }

func finite[T float32 | float64](data []T) bool {
	var odd atomic.Bool
	share(len(data), coresFor(len(data)), func(from, to int) {
		for _, v := range data[from:to] {
			if v-v != 0 {
				odd.Store(true)
				return
			}
		}
	})
	return !odd.Load()
}

// dot sums in one chain. The explicit conversion of the product keeps the compiler from fusing it with the
// sum.
func dot(q, a []float64) (s float64) {
	for j, v := range q {
		s += float64(v * a[j])
	}
	return s
}

// dot4 is dot of four rows at once, so that their chains of additions overlap.
func dot4(q, a, b, c, d []float64) (sa, sb, sc, sd float64) {
	a, b, c, d = a[:len(q)], b[:len(q)], c[:len(q)], d[:len(q)]
	for j, v := range q {
		sa += float64(v * a[j])
		sb += float64(v * b[j])
		sc += float64(v * c[j])
		sd += float64(v * d[j])
	}
	return sa, sb, sc, sd
}

// dot8 is dot of eight rows at once.
func dot8(q []float64, rows *[8][]float64, sums *[8]float64) {
	a, b, c, d := rows[0][:len(q)], rows[1][:len(q)], rows[2][:len(q)], rows[3][:len(q)]
	e, f, g, h := rows[4][:len(q)], rows[5][:len(q)], rows[6][:len(q)], rows[7][:len(q)]
	var sa, sb, sc, sd, se, sf, sg, sh float64
	for j, v := range q {
		sa += float64(v * a[j])
		sb += float64(v * b[j])
		sc += float64(v * c[j])
		sd += float64(v * d[j])
		se += float64(v * e[j])
		sf += float64(v * f[j])
		sg += float64(v * g[j])
		sh += float64(v * h[j])
	}
	*sums = [8]float64{sa, sb, sc, sd, se, sf, sg, sh}
}
