package scenes

// forwardDCT transforms 8x8 samples in place, scaled by 8: the integer algorithm of Loeffler,
// Ligtenberg and Moschytz (1989) with 12 multiplications a pass, as in the Independent JPEG
// Group's jfdctint.
func forwardDCT(b *[64]int32) {
	for i := 0; i < 64; i += 8 {
		pass(b, i, 1, constBits-passBits, passBits)
	}
	for i := range 8 {
		pass(b, i, 8, constBits+passBits, -passBits)
	}
}

const (
	constBits = 13 // of the constants
	passBits  = 2  // that the first pass keeps
)

// Constants of the rotations, times 2^constBits.
const (
	fix0298631336 = 2446
	fix0390180644 = 3196
	fix0541196100 = 4433
	fix0765366865 = 6270
	fix0899976223 = 7373
	fix1175875602 = 9633
	fix1501321110 = 12299
	fix1847759065 = 15137
	fix1961570560 = 16069
	fix2053119869 = 16819
	fix2562915447 = 20995
	fix3072711026 = 25172
)

// pass is one row or column: products are shifted down by shift bits, sums up by up bits.
func pass(b *[64]int32, at, step int, shift, up int) {
	x := func(i int) int32 { return b[at+i*step] }
	s0, s1, s2, s3 := x(0)+x(7), x(1)+x(6), x(2)+x(5), x(3)+x(4)
	d0, d1, d2, d3 := x(0)-x(7), x(1)-x(6), x(2)-x(5), x(3)-x(4)
	product := func(i int, v int32) { b[at+i*step] = (v + 1<<(shift-1)) >> shift }
	sum := func(i int, v int32) {
		if up > 0 {
			b[at+i*step] = v << up
		} else {
			b[at+i*step] = (v + 1<<(-up-1)) >> -up
		}
	}
	sum(0, s0+s3+s1+s2)
	sum(4, s0+s3-s1-s2)
	z := (s0 - s3 + s1 - s2) * fix0541196100
	product(2, z+(s0-s3)*fix0765366865)
	product(6, z-(s1-s2)*fix1847759065)

	z5 := (d3 + d1 + d2 + d0) * fix1175875602
	z1, z2 := -(d3+d0)*fix0899976223, -(d2+d1)*fix2562915447
	z3, z4 := z5-(d3+d1)*fix1961570560, z5-(d2+d0)*fix0390180644
	product(7, d3*fix0298631336+z1+z3)
	product(5, d2*fix2053119869+z2+z4)
	product(3, d1*fix3072711026+z2+z3)
	product(1, d0*fix1501321110+z1+z4)
}
