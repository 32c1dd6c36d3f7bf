package stats

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
)

// draws gives uniform numbers below n, two from each 64 random bits (Lemire 2019).
type draws struct {
	pcg  rand.PCG
	n    uint32
	rest uint64
	half bool
}

func (d *draws) next() uint32 {
	for {
		high, low := bits.Mul32(d.bits(), d.n)
		if low >= d.n || low >= -d.n%d.n {
			return high
		}
	}
}

func (d *draws) bits() uint32 {
	if d.half = !d.half; d.half {
		d.rest = d.pcg.Uint64()
	} else {
		d.rest >>= 32
	}
	return uint32(d.rest)
}

// abreast is the number of resamples that are stored at a time.
const abreast = 8

// block draws resamples of n clusters, lane at most.
func (d *draws) block(n, resamples int) [][lane]uint8 {
	out := make([][lane]uint8, n)
	counts := make([]uint8, abreast*n)
	for from := 0; from < resamples; from += abreast {
		clear(counts)
		for k := range min(abreast, resamples-from) {
			d.into(counts[k*n : (k+1)*n])
		}
		for c := range out {
			var eight uint64
			for k := range abreast {
				eight |= uint64(counts[k*n+c]) << (8 * k)
			}
			binary.LittleEndian.PutUint64(out[c][from:], eight)
		}
	}
	return out
}

// into draws as many clusters as there are, two at a time where it can.
func (d *draws) into(counts []uint8) {
	if len(counts) == 0 {
		return
	}
	least := -d.n % d.n
	take := func(random uint32) int {
		high, low := bits.Mul32(random, d.n)
		if low < least || counts[high] == math.MaxUint8 { // so many draws of one cluster have a probability below 1e-500
			return 0
		}
		counts[high]++
		return 1
	}
	for drawn := 0; drawn < len(counts); {
		if d.half || drawn+1 == len(counts) {
			drawn += take(d.bits())
			continue
		}
		random := d.pcg.Uint64()
		drawn += take(uint32(random)) + take(uint32(random>>32))
	}
}
