package scenes

// forwardDCT transforms 8x8 samples in place, scaled by 8. It is the DCT-II of ITU-T T.81, A.3.3,
// which is separable: one pass transforms the rows, the other the columns. It is in integers,
// because float rounding may differ between machines.
func forwardDCT(b *[64]int32) {
	var turned [64]int32
	transform(b, &turned, waveBits-keptBits)
	transform(&turned, b, waveBits+keptBits)
}

const (
	waveBits = 13 // of the waves' fraction
	keptBits = 2  // of the fraction that the first pass leaves to the second
)

// waves has a row for each frequency k: the square root of 2 (1 for k = 0) times cos((2x+1)k pi/16)
// for x of 0 to 3. Samples 4 to 7 mirror these, with the other sign where k is odd. Every number is
// within one unit of the exact one. These very units keep all generated pictures as they have
// been since the first release.
var waves = [8][4]int32{
	{8192, 8192, 8192, 8192},
	{11363, 9633, 6437, 2260},
	{10703, 4433, -4433, -10703},
	{9633, -2259, -11362, -6436},
	{8192, -8192, -8192, 8192},
	{6437, -11362, 2261, 9633},
	{4433, -10704, 10704, -4433},
	{2260, -6436, 9633, -11363},
}

// transform multiplies each row by the waves and rounds bits off. A row becomes a column, so that
// a second transform does the columns and turns the block back.
func transform(from, to *[64]int32, bits uint) {
	half := int32(1) << (bits - 1)
	for i := range 8 {
		row := from[i*8 : i*8+8 : i*8+8]
		// Sums and differences of mirrored samples: what even and odd waves see.
		s0, s1, s2, s3 := row[0]+row[7], row[1]+row[6], row[2]+row[5], row[3]+row[4]
		d0, d1, d2, d3 := row[0]-row[7], row[1]-row[6], row[2]-row[5], row[3]-row[4]
		for k := 0; k < 8; k += 2 {
			even, odd := &waves[k], &waves[k+1]
			to[k*8+i] = (s0*even[0] + s1*even[1] + s2*even[2] + s3*even[3] + half) >> bits
			to[k*8+8+i] = (d0*odd[0] + d1*odd[1] + d2*odd[2] + d3*odd[3] + half) >> bits
		}
	}
}
