package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/fastclip/fastclip/metrics/procrustes"
	"github.com/fastclip/fastclip/metrics/rank"
)

// towers are a small search with what drifts of a kind make of it.
type towers struct {
	n, dim int
	r      *rand.Rand
}

func (g towers) random() []float32 {
	out := make([]float32, g.n*g.dim)
	for i := range out {
		out[i] = float32(g.r.NormFloat64())
	}
	return out
}

// near is random rows around one direction, as the rows of a tower of CLIP are.
func (g towers) near(by float64) []float32 {
	out, one := g.random(), g.random()
	for i := range out {
		out[i] = float32(by*float64(out[i])) + one[i%g.dim]
	}
	return out
}

// turning is a random rotation, of angles near by.
func (g towers) turning(by float64) *mat.Dense {
	skew := mat.NewDense(g.dim, g.dim, nil)
	for i := range g.dim {
		for j := range i {
			x := by * g.r.NormFloat64()
			skew.Set(i, j, x)
			skew.Set(j, i, -x)
		}
	}
	var out mat.Dense
	out.Exp(skew)
	return &out
}

func (g towers) add(rows []float32, by float64) []float32 {
	out := make([]float32, len(rows))
	for i, v := range rows {
		out[i] = v + float32(by*g.r.NormFloat64())
	}
	return out
}

func (g towers) times(rows []float32, m mat.Matrix) []float32 {
	wide := make([]float64, len(rows))
	for i, v := range rows {
		wide[i] = float64(v)
	}
	var product mat.Dense
	product.Mul(mat.NewDense(g.n, g.dim, wide), m)
	out := make([]float32, len(rows))
	for i, v := range product.RawMatrix().Data {
		out[i] = float32(v)
	}
	return out
}

// drifts are kinds of drift of both towers.
var drifts = map[string]func(g towers, texts, images []float32, by float64) (turned, moved []float32){
	"random": func(g towers, t, v []float32, by float64) ([]float32, []float32) { return g.add(t, by), g.add(v, by) },
	"common": func(g towers, t, v []float32, by float64) ([]float32, []float32) {
		shift, out := g.random(), g.add(v, by/20)
		for i := range out {
			out[i] += float32(by) * shift[i%g.dim]
		}
		return g.add(t, by/20), out
	},
	"rotation": func(g towers, t, v []float32, by float64) ([]float32, []float32) {
		m := g.turning(by)
		return g.add(g.times(t, m), by/50), g.add(g.times(v, m), by/50)
	},
	"scale": func(g towers, t, v []float32, by float64) ([]float32, []float32) {
		m := mat.NewDiagDense(g.dim, nil)
		for i := range g.dim {
			m.SetDiag(i, 1+by*g.r.NormFloat64())
		}
		return g.times(t, m), g.times(v, m)
	},
	"outliers": func(g towers, t, v []float32, by float64) ([]float32, []float32) {
		turned, moved := g.add(t, by/10), g.add(v, by/10)
		for range 3 {
			at, zero := g.r.IntN(g.n)*g.dim, g.r.IntN(g.n)*g.dim
			copy(moved[at:at+g.dim], g.random())
			clear(turned[zero : zero+g.dim])
			clear(moved[zero : zero+g.dim])
		}
		return turned, moved
	},
}

// TestCertificates: whatever the drift and its size, no outcome is other than was said, and each certificate
// settles outcomes that those before it leave open.
func TestCertificates(t *testing.T) {
	by := map[Certificate]int{}
	for name, kind := range drifts {
		for seed := range 3 {
			g := towers{30, 12, rand.New(rand.NewPCG(uint64(seed), 7))}
			if seed%3 == 2 {
				g.dim = 40 // more than rows: the rotation is not determined
			}
			texts, images := g.random(), g.near(0.5)
			if seed%2 == 1 {
				texts, images = g.near(0.3), g.random()
			}
			copy(images[g.dim:2*g.dim], images[:g.dim]) // a tie
			clear(images[2*g.dim : 3*g.dim])
			unit := func(v []float32) rank.Unit { return rank.Normalise(v, g.n, g.dim) }
			for _, self := range []bool{false, true} {
				d := &Retrieval{Relevant: everyNth(g.n, 10), Self: self}
				ids := make([]string, g.n)
				for i := range ids {
					ids[i] = fmt.Sprint(i)
					d.Counted = append(d.Counted, i)
				}
				ranker, err := rank.New(ids, []string{"R@1", "R@5", "R@10"})
				require.NoError(t, err)
				for _, size := range []float64{0, 1e-7, 1e-3, 1e-2, 5e-2, 0.3, 2} {
					turned, moved := kind(g, texts, images, size)
					a, b := unit(texts), unit(turned)
					if self {
						a, b = unit(images), unit(moved)
					}
					ref := ranked(t, d, ranker, a, unit(images))
					measured := ranked(t, d, ranker, b, unit(moved)).Outcomes
					budgets, err := FlipBudget(t.Context(), ref, a, unit(images), b, unit(moved), rank.MarginCuts[:], nil)
					require.NoError(t, err)
					for i, budget := range budgets {
						for q, v := range budget.Verdicts {
							by[budget.By[q]]++
							hit := measured[q].Values[i] == 1
							if v == certainHit && !hit || v == certainMiss && hit {
								t.Errorf("%s by %g, seed %d: query %d at %d is not what %q proves", name, size, seed, q, rank.MarginCuts[i], budget.By[q])
							}
							assert.Equal(t, v == Undecided, budget.By[q] == None)
						}
					}
				}
			}
		}
	}
	for _, c := range Certificates {
		assert.Greater(t, by[c], 20, "%s", c)
	}
}

// TestEachCertificate: of each certificate alone, what it says of two items' order is so; each, before
// the rotation and after it, proves what none of the others does, but for the norm bound, which the angle contains.
func TestEachCertificate(t *testing.T) {
	names := []string{"angle", "pair", "rotated angle", "rotated pair", "norm"}
	alone, norms := map[string]int{}, 0
	for kind, drift := range drifts {
		for seed, size := range []float64{1e-5, 1e-3, 1e-2, 0.1, 1} {
			g := towers{24, 8, rand.New(rand.NewPCG(uint64(seed), 8))}
			unit := func(v []float32) rank.Unit { return rank.Normalise(v, g.n, g.dim) }
			texts, images := g.random(), g.near(1)
			copy(images, texts[:4*g.dim]) // near similarities of 1 the angle is the strongest
			turned, moved := drift(g, texts, images, size)
			a, b := procrustes.Tower{Ref: unit(texts), Own: unit(turned)}, procrustes.Tower{Ref: unit(images), Own: unit(moved)}
			p := &prover{flips: &flips{}, queries: a.Ref, items: b.Ref, spread: fromMean(b.Ref.Data, g.n, g.dim), squares: squaresOf(b.Ref.Data, g.dim), plain: newFrame(a.Ref, b.Ref, a.Own, b.Own, 1e-14)}
			frames := []*frame{p.plain, p.rotate(a, b, nil)}
			w, own := p.work(), make([]float64, g.n)
			w.sims = make([]float64, g.n)
			for w.q = range g.n {
				a.Ref.Dot(w.q, b.Ref, w.sims)
				a.Own.Dot(w.q, b.Own, own)
				proven := map[string][]bool{}
				for i, name := range names {
					f := frames[i/2%2]
					if f == nil {
						proven[name] = make([]bool, g.n*g.n) // no rotation helps
						continue
					}
					w.frames, w.left = nil, math.MaxInt
					for i := range w.low {
						w.low[i], w.high[i] = math.Inf(-1), math.Inf(1)
					}
					switch {
					case name == "norm":
						for i, s := range w.sims {
							by := f.turned[w.q] + f.moved[i]
							w.low[i], w.high[i] = s-by, s+by
						}
					case i%2 == 0:
						f.narrow(w.q, w.sims, w.low, w.high)
					default:
						w.frames = []*frame{f}
					}
					for at := range g.n * g.n {
						x, y := at/g.n, at%g.n
						says := p.before(w, int32(x), int32(y))
						proven[name] = append(proven[name], says)
						if says && own[x] <= own[y] {
							t.Errorf("%s by %g: the %s of query %d says that %d comes before %d", kind, size, name, w.q, x, y)
						}
					}
				}
				for at := range g.n * g.n {
					var by []string
					for _, name := range names[:4] {
						if proven[name][at] {
							by = append(by, name)
						}
					}
					if len(by) == 1 {
						alone[by[0]]++
					}
					if proven["norm"][at] {
						norms++
						assert.True(t, proven["angle"][at] || math.Abs(own[at/g.n]-own[at%g.n]) < 1e-9, "the angle contains the norm bound")
					}
				}
			}
		}
	}
	for _, name := range names[:4] {
		assert.Greater(t, alone[name], 5, "%s: %v", name, alone)
	}
	assert.Positive(t, norms)
}

// TestWorstDrift: in a plane, with the query turned away from its answer, that away from the query and the
// other item towards it, the bounds are nearly reached; no outcome is certain that then changes.
func TestWorstDrift(t *testing.T) {
	at := func(degrees ...float64) rank.Unit {
		u := rank.Unit{N: len(degrees), Dim: 2}
		for _, d := range degrees {
			u.Data = append(u.Data, math.Cos(d*math.Pi/180), math.Sin(d*math.Pi/180))
		}
		return u
	}
	ranker, err := rank.New([]string{"a", "b"}, []string{"R@1"})
	require.NoError(t, err)
	flipped, certain := 0, 0
	for _, answer := range []float64{0, 1} { // a hit and a miss
		for _, gap := range []float64{0.1, 1, 5} {
			for by := 0.5; by < 1.5; by += 0.005 {
				// The answer is at 80 degrees, the other at gap more on the other side; turns of by gap/4 each make them equal.
				turn, items := by*gap/4, []float64{80, -80 - gap}
				d := &Retrieval{Counted: []int{0}, Relevant: [][]int32{{int32(answer)}}}
				query, images, turned, moved := at(0), at(items...), at(-turn), at(items[0]+turn, items[1]+turn)
				ref := ranked(t, d, ranker, query, images)
				budgets, err := FlipBudget(t.Context(), ref, query, images, turned, moved, []int{1}, nil)
				require.NoError(t, err)
				was, is := ref.Outcomes[0].Values[0], ranked(t, d, ranker, turned, moved).Outcomes[0].Values[0]
				if was != is {
					flipped++
					assert.Equal(t, Undecided, budgets[0].Verdicts[0], "%s, gap %g, by %g", budgets[0].By[0], gap, by)
				} else if budgets[0].Verdicts[0] != Undecided {
					certain++
				}
			}
		}
	}
	assert.Greater(t, flipped, 200)
	assert.Greater(t, certain, 200)
}

// TestRotation: a rotation of both towers is no drift, however far it turns; with a scale apart it stays one.
func TestRotation(t *testing.T) {
	g := towers{40, 12, rand.New(rand.NewPCG(1, 2))}
	texts, images, m := g.random(), g.random(), g.turning(1)
	unit := func(v []float32) rank.Unit { return rank.Normalise(v, g.n, g.dim) }
	a, b := procrustes.Tower{Ref: unit(texts), Own: unit(g.times(texts, m))}, procrustes.Tower{Ref: unit(images), Own: unit(g.times(images, m))}
	r, slack := procrustes.Find(a, b)
	require.NotNil(t, r)
	assert.Less(t, slack, 1e-10)
	assert.InDeltaSlice(t, a.Ref.Data, a.Own.Times(*r).Data, 1e-6, "of float32 rows")
	r, _ = procrustes.Find(procrustes.Tower{Ref: a.Ref, Own: a.Ref})
	assert.Nil(t, r, "nothing has drifted")
}

// TestAngleIsNoLooser: the angle's interval is within the norm's, and holds what turned by as much.
func TestAngleIsNoLooser(t *testing.T) {
	g := towers{30, 4, rand.New(rand.NewPCG(3, 4))}
	unit := func(v []float32) rank.Unit { return rank.Normalise(v, g.n, g.dim) }
	for _, by := range []float64{1e-8, 1e-3, 0.1, 1, 10} {
		texts, images := g.random(), g.random()
		copy(texts, images[:g.dim]) // a similarity of 1
		for i := range g.dim {
			texts[g.dim+i] = -images[i]
		}
		clear(texts[2*g.dim : 3*g.dim]) // zeros that become a picture's own row: from 0 to 1
		moved, turned := g.add(images, by), g.add(texts, by)
		copy(turned[2*g.dim:], moved[:g.dim])
		refTexts, refImages, ownTexts, ownImages := unit(texts), unit(images), unit(turned), unit(moved)
		f := newFrame(refTexts, refImages, ownTexts, ownImages, 0)
		low, high, sims, own := make([]float64, g.n), make([]float64, g.n), make([]float64, g.n), make([]float64, g.n)
		for q := range g.n {
			for i := range low {
				low[i], high[i] = math.Inf(-1), math.Inf(1)
			}
			refTexts.Dot(q, refImages, sims)
			ownTexts.Dot(q, ownImages, own)
			f.narrow(q, sims, low, high)
			for i, s := range own {
				assert.True(t, low[i] <= s && s <= high[i], "%g is not in %g to %g", s, low[i], high[i])
				assert.LessOrEqual(t, high[i]-low[i], 2*(f.turned[q]+f.moved[i]+2*rounding))
			}
		}
	}
}

// TestAtLeast: the quick bound of a distance is never above it, and near it.
func TestAtLeast(t *testing.T) {
	g := towers{20, 129, rand.New(rand.NewPCG(9, 9))}
	for _, by := range []float64{1e-9, 1e-6, 1e-3, 1} {
		rows := rank.Normalise(g.near(by), g.n, g.dim)
		clear(rows.Data[:g.dim])
		copy(rows.Data[g.dim:2*g.dim], rows.Data[2*g.dim:])
		p := &prover{items: rows, squares: squaresOf(rows.Data, g.dim)}
		for at := range g.n * g.n {
			a, b := int32(at/g.n), int32(at%g.n)
			least, is := p.atLeast(rows.Data, p.squares, a, b), p.between(rows.Data, a, b)
			assert.LessOrEqual(t, least, is)
			assert.InDelta(t, is*is, least*least, 1e-12)
		}
	}
}

// TestOperations: with none left pair bounds settle nothing, and what stays open says that it was stopped.
func TestOperations(t *testing.T) {
	g := towers{60, 12, rand.New(rand.NewPCG(5, 6))}
	texts, images := g.random(), g.near(0.5)
	unit := func(v []float32) rank.Unit { return rank.Normalise(v, g.n, g.dim) }
	turned, moved := drifts["common"](g, texts, images, 0.1)
	d := &Retrieval{Relevant: everyNth(g.n, 20)}
	ids := make([]string, g.n)
	for i := range ids {
		ids[i], d.Counted = fmt.Sprint(i), append(d.Counted, i)
	}
	ranker, err := rank.New(ids, []string{"R@1"})
	require.NoError(t, err)
	ref := ranked(t, d, ranker, unit(texts), unit(images))
	count := func(operations int) map[Certificate]int {
		f := newFlips(ref, unit(texts), unit(images), unit(turned), unit(moved), []int{1, 5})
		f.plain(unit(texts), unit(images))
		f.norms()
		require.NoError(t, f.prove(t.Context(), unit(texts), unit(images), unit(turned), unit(moved), nil, operations))
		out := map[Certificate]int{}
		for _, b := range f.out {
			for _, c := range b.By {
				out[c]++
			}
		}
		return out
	}
	all, none := count(Operations), count(0)
	assert.Positive(t, all[Pair])
	assert.Zero(t, all[Stopped])
	assert.Zero(t, none[Pair])
	assert.Positive(t, none[Stopped])
}

// BenchmarkCertificates is of COCO's two directions, at a small and at a large drift. A query is an item and noise.
func BenchmarkCertificates(b *testing.B) {
	for _, size := range [][2]int{{25000, 5000}, {5000, 25000}} {
		for _, by := range []float64{1e-3, 0.1, 1} {
			s := madeSearch(size[0], size[1], 512, by)
			b.Run(fmt.Sprintf("%dx%dx512/%g", size[0], size[1], by), func(b *testing.B) { s.run(b) })
		}
	}
}

// made is a search with made-up embeddings.
type made struct {
	d                            Retrieval
	texts, images, turned, moved rank.Unit
}

func madeSearch(queries, items, dim int, by float64) made {
	r := rand.New(rand.NewPCG(1, 2))
	noisy := func(n int, by float64, of func(i int) int, base []float32) rank.Unit {
		out := make([]float32, n*dim)
		for i := range out {
			out[i] = float32(by*r.NormFloat64()) + base[of(i/dim)*dim+i%dim]
		}
		return rank.Normalise(out, n, dim)
	}
	same, first := func(i int) int { return i }, func(int) int { return 0 }
	narrow := func(u rank.Unit) (out []float32) {
		for _, v := range u.Data {
			out = append(out, float32(v*math.Sqrt(float64(dim))))
		}
		return out
	}
	m := made{images: noisy(items, 1, first, make([]float32, dim))}
	m.texts = noisy(queries, 3, func(q int) int { return q % items }, narrow(m.images))
	m.moved, m.turned = noisy(items, by, same, narrow(m.images)), noisy(queries, by, same, narrow(m.texts))
	m.d.Outcomes = make([]rank.Outcome, queries)
	for q := range queries {
		m.d.Counted, m.d.Relevant = append(m.d.Counted, q), append(m.d.Relevant, []int32{int32(q % items)})
	}
	return m
}

func (m made) run(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		budgets, err := FlipBudget(b.Context(), m.d, m.texts, m.images, m.turned, m.moved, rank.MarginCuts[:], nil)
		require.NoError(b, err)
		for _, c := range append(Certificates, Stopped) {
			b.ReportMetric(100*budgets[0].Share(c), c.String()+"%")
		}
	}
}
