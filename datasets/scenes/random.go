package scenes

import "math/bits"

// random is SplitMix64 (Steele, Lea, Flood 2014). It is small, and gives the same numbers on every machine and with every Go release.
type random struct{ state uint64 }

// newRandom starts a separate stream for each list of seeds.
func newRandom(seeds ...uint64) *random {
	r := &random{}
	for _, s := range seeds {
		r.state = r.next() ^ s
	}
	r.state = r.next()
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0,n).
func (r *random) below(n int) int {
	high, _ := bits.Mul64(r.next(), uint64(n))
	return int(high)
}

// between returns a number in [low,high].
func (r *random) between(low, high int) int { return low + r.below(high-low+1) }

func (r *random) chance(percent int) bool { return r.below(100) < percent }

func (r *random) shuffle(v []int) {
	for i := len(v) - 1; i > 0; i-- {
		j := r.below(i + 1)
		v[i], v[j] = v[j], v[i]
	}
}

const (
	turn = 1024    // angles are in 1024ths of a turn
	one  = 1 << 16 // the fixed-point value 1.0
)

// sine is sin(angle) times one. It is a Taylor series in integers, because float rounding may differ between machines.
func sine(angle int) int {
	angle &= turn - 1
	if angle >= turn/2 {
		return -sine(angle - turn/2)
	}
	if angle > turn/4 {
		angle = turn/2 - angle
	}
	const halfPi = 1686629713 // pi/2 * 2^30
	x := int64(angle) * halfPi / (turn / 4)
	square := x * x >> 30
	term, sum := x, x
	for i := int64(2); i < 14; i += 2 {
		term = -(term * square >> 30) / (i * (i + 1))
		sum += term
	}
	return int((sum + 1<<13) >> 14)
}

func cosine(angle int) int { return sine(angle + turn/4) }
