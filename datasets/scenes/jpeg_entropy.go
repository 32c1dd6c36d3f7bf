package scenes

import "math/bits"

// codes returns the code of each value and its length.
func (t huffmanTable) codes() (out [256]huffmanCode) {
	code, at := uint32(0), 0
	for length, n := range t.counts {
		for range n {
			out[t.values[at]] = huffmanCode{code, uint32(length + 1)}
			code++
			at++
		}
		code <<= 1
	}
	return out
}

type huffmanCode struct{ code, length uint32 }

// block writes a block with the tables of luma or chroma. last is the previous DC value of the component.
func (e *jpegWriter) block(b *[64]int32, kind int, last *int32) {
	forwardDCT(b)
	q, dc, ac := &e.quant[kind], &e.codes[kind*2], &e.codes[kind*2+1]
	first := q.divide(b[0], 0)
	e.value(dc, 0, first-*last)
	*last = first
	run := 0
	for i := 1; i < 64; i++ {
		v := q.divide(b[zigzag[i]], i)
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			e.put(ac[0xf0].code, ac[0xf0].length)
		}
		e.value(ac, run, v)
		run = 0
	}
	if run > 0 {
		e.put(ac[0].code, ac[0].length)
	}
}

// value writes the code for the run and the value's length, then the value's bits.
func (e *jpegWriter) value(table *[256]huffmanCode, run int, v int32) {
	bitsOf := v
	if v < 0 {
		v, bitsOf = -v, v-1
	}
	length := uint32(bits.Len32(uint32(v)))
	c := table[run<<4|int(length)]
	e.put(c.code<<length|uint32(bitsOf)&(1<<length-1), c.length+length)
}

// put appends up to 32 bits, with a zero byte after each 0xff.
func (e *jpegWriter) put(code, length uint32) {
	e.bits = e.bits<<length | uint64(code)
	e.held += length
	for e.held >= 8 {
		e.held -= 8
		v := byte(e.bits >> e.held)
		e.out = append(e.out, v)
		if v == 0xff {
			e.out = append(e.out, 0)
		}
	}
}
