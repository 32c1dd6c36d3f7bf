package resample

// needed is the range of input positions that output positions read: n[i] positions from first[i] on.
func needed(first, n []int32) (from, to int) {
	last := len(first) - 1
	return int(first[0]), int(first[last] + n[last])
}

// shifted is t for an input that begins at position by.
func (t weights) shifted(by int) weights {
	if by == 0 {
		return t
	}
	first := t.mem.takeWords(len(t.first))
	for i, f := range t.first {
		first[i] = f - int32(by)
	}
	t.first = first
	return t
}

// grouped holds weights in the form that vector units need. A group has four weights in halves of 16 bits:
// first the four high halves, then the four low ones. Zeros fill up the last group.
type grouped struct {
	first  []int32
	halves []int16 // 8 per group; groups per output position
	groups int
}

// lowBits is the number of bits in the lower half of a weight. The upper half has the sign.
const lowBits = 11

// grouped moves weights away from the end of an input of length width, so that no group reads past the
// end. ok is false when the input is too short for that.
func (t weights) grouped(width int) (g grouped, ok bool) {
	most := 0
	for _, n := range t.n {
		most = max(most, int(n))
	}
	g.groups = (most + 3) / 4
	if 4*g.groups > width {
		return g, false
	}
	g.first, g.halves = t.mem.takeWords(len(t.first)), t.mem.takeHalves(8*g.groups*len(t.first))
	for i, first := range t.first {
		g.first[i] = min(first, int32(width-4*g.groups))
		out := g.halves[8*g.groups*i:]
		for j, k := range t.values[i*t.size : i*t.size+int(t.n[i])] {
			at := j + int(first-g.first[i])
			at = at/4*8 + at%4
			out[at], out[at+4] = int16(k>>lowBits), int16(k&(1<<lowBits-1))
		}
	}
	return g, true
}
