package tiles_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

func pack(data []float64, dim int, of func(n, dim int) tiles.Panels) tiles.Panels {
	n := len(data) / dim
	p := of(n, dim)
	p.Fill(n, func(i int) []float64 { return data[i*dim : (i+1)*dim] }, 0, p.Count())
	return p
}

func random(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

func TestKernels(t *testing.T) {
	all := tiles.All()
	assert.Equal(t, "generic", all[len(all)-1].Name)
	r := rand.New(rand.NewPCG(1, 1))
	for _, k := range all {
		for _, c := range [][3]int{{1, 1, 1}, {5, 40, 7}, {30, 33, 64}, {13, 70, 512}, {13, 70, 2100}} {
			n, m, dim := c[0], c[1], c[2]
			a, b := random(r, n*dim), random(r, m*dim)
			left, right := pack(a, dim, k.Left), pack(b, dim, k.Right)
			stride := right.Count()*k.Columns + 3
			out := make([]float32, left.Count()*k.Rows*stride)
			k.Multiply(left, right, out, stride)
			turned := make([]float32, m*(n+1))
			tiles.Transpose(out, stride, n, m, turned, n+1)
			for i := range n {
				for j := range m {
					var sum, size float64
					for x := range dim {
						p := a[i*dim+x] * b[j*dim+x]
						sum, size = sum+p, size+math.Abs(p)
					}
					require.InDelta(t, sum, float64(out[i*stride+j]), size*(k.Off(dim)-2e-7), "%s %v", k.Name, c)
					require.Equal(t, out[i*stride+j], turned[j*(n+1)+i])
				}
			}
			twice := slices.Clone(out)
			k.MultiplyAdd(left, right, twice, stride)
			for i := range n {
				for j := range m {
					require.InDelta(t, 2*out[i*stride+j], twice[i*stride+j], 1e-4*float64(dim))
				}
			}
		}
	}
}

// A product refuses panels that are not its own and room that is too small, whatever kernels this machine has.
func TestMultiplyRefuses(t *testing.T) {
	for _, k := range tiles.All() {
		rows := make([]float64, 4)
		left, right := pack(rows, 2, k.Left), pack(rows, 2, k.Right)
		other := k
		other.Rows, other.Columns = k.Rows+1, k.Columns+1
		room := make([]float32, k.Rows*k.Columns)
		assert.NotPanics(t, func() { k.Multiply(left, right, room, k.Columns) }, k.Name)
		for name, wrong := range map[string]func(){
			"left panels of another width":  func() { k.Multiply(pack(rows, 2, other.Left), right, make([]float32, len(room)*2), k.Columns) },
			"right panels of another width": func() { k.Multiply(left, pack(rows, 2, other.Right), room, k.Columns*2) },
			"rows of another length":        func() { k.Multiply(pack(make([]float64, 40), 40, k.Left), right, room, k.Columns) },
			"room for a value too few":      func() { k.Multiply(left, right, room[1:], k.Columns) },
			"rows of out that overlap":      func() { k.Multiply(left, right, room, k.Columns-1) },
		} {
			assert.Panics(t, wrong, "%s: %s", k.Name, name)
		}
	}
}

// A scan counts what is surely above, lists what is near, and keeps whatever may be among the best.
func TestScan(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, k := range tiles.All() {
		for range 300 {
			rows, n, first, slack := 1+r.IntN(5), 1+r.IntN(200), r.IntN(9), float32(r.IntN(3))
			s := tiles.Scan{Stride: n + 2, N: n, First: first, Slack: slack, Best: make([]tiles.Best, rows), Near: make([]tiles.Near, 3*n)}
			for range rows * s.Stride {
				s.Tile = append(s.Tile, float32(r.IntN(1<<r.IntN(9))))
			}
			for range rows {
				s.Begin = append(s.Begin, int32(len(s.Low)))
				for range r.IntN(4) {
					at := float32(r.IntN(300))
					s.Low, s.High, s.Above = append(s.Low, at-slack/2), append(s.High, at+slack/2), append(s.Above, 0)
				}
				s.End = append(s.End, int32(len(s.Low)))
				s.Best[len(s.Begin)-1].Bound = tiles.None
			}
			var near []tiles.Near
			for more := true; more; {
				var found []tiles.Near
				var crowded int
				found, crowded, more = s.Next(k)
				near = append(near, found...)
				if crowded >= 0 {
					b := &s.Best[crowded]
					require.Greater(t, int(b.N), tiles.Keep-8, "%s: not crowded", k.Name)
					keepBest(b) // as if all products were exact
				}
			}
			for row := range rows {
				line := s.Tile[row*s.Stride : row*s.Stride+n]
				for th := s.Begin[row]; th < s.End[row]; th++ {
					above := 0
					for i, v := range line {
						is := slices.Contains(near, tiles.Near{Row: int32(row), Threshold: th, Item: int32(first + i)})
						assert.Equal(t, v >= s.Low[th] && v <= s.High[th], is)
						if v > s.High[th] {
							above++
						}
					}
					assert.EqualValues(t, above, s.Above[th])
				}
				b := s.Best[row]
				keepBest(&b)
				var got []float32
				for i := range b.N {
					got = append(got, b.Product[i])
					assert.Equal(t, b.Product[i], line[int(b.Item[i])-first])
				}
				want := slices.Sorted(slices.Values(line))
				slices.Reverse(want)
				assert.Equal(t, want[:min(n, tiles.Top)], got, k.Name)
			}
		}
	}
}

// keepBest sorts the candidates and keeps the first Top.
func keepBest(b *tiles.Best) {
	order := make([]int, b.N)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return int(b.Product[y]) - int(b.Product[x]) })
	old := *b
	b.N = min(b.N, tiles.Top)
	for i, at := range order[:b.N] {
		b.Product[i], b.Item[i] = old.Product[at], old.Item[at]
	}
}

func TestScanRoom(t *testing.T) {
	s := tiles.Scan{Tile: []float32{1, 1}, Stride: 2, N: 2, Begin: []int32{0}, End: []int32{1}, Low: []float32{0}, High: []float32{2}, Above: []int32{0}, Best: make([]tiles.Best, 1), Near: make([]tiles.Near, 1)}
	assert.Panics(t, func() { s.Next(tiles.All()[0]) }, "no room for what may be near")
}

func BenchmarkMultiply(b *testing.B) {
	const n, m, dim = 192, 512, 512
	r := rand.New(rand.NewPCG(1, 1))
	x, y := random(r, n*dim), random(r, m*dim)
	for _, k := range tiles.All() {
		left, right := pack(x, dim, k.Left), pack(y, dim, k.Right)
		b.Run(k.Name, func(b *testing.B) {
			for b.Loop() {
				var both sync.WaitGroup
				for range 2 {
					both.Go(func() {
						out := make([]float32, left.Count()*k.Rows*m)
						for range 20 {
							k.Multiply(left, right, out, m)
						}
					})
				}
				both.Wait()
			}
			b.ReportMetric(float64(b.N)*2*20*n*m*dim*2/b.Elapsed().Seconds()/1e9, "GFLOPS")
		})
	}
}
