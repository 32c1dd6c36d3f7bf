package scenes

// forwardDCT transforms 8x8 samples in place, scaled by 8. It is the DCT-II of ITU-T T.81, A.3.3,
// which is separable: one pass transforms the rows, the other the columns. It is in integers,
// because float rounding may differ between machines.
func forwardDCT(b *[64]int32) {
	var transposed [64]int32
	transform(b, &transposed, waveBits-keptBits)
	transform(&transposed, b, waveBits+keptBits)
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

// transform multiplies each row by the waves and rounds bits off. Rows become columns, so a second
// transform handles the columns and turns the block back.
func transform(from, to *[64]int32, bits uint) {
	half := int32(1) << (bits - 1)
	for i := range 8 {
		row := from[i*8 : i*8+8 : i*8+8]
		// Even waves see the sums of mirrored samples, and odd waves the differences, because even waves
		// are symmetric.
		s0, s1, s2, s3 := row[0]+row[7], row[1]+row[6], row[2]+row[5], row[3]+row[4]
		d0, d1, d2, d3 := row[0]-row[7], row[1]-row[6], row[2]-row[5], row[3]-row[4]
		outer, inner := s0-s3, s1-s2
		to[i] = ((s0+s1+s2+s3)*waves[0][0] + half) >> bits
		to[8+i] = (d0*waves[1][0] + d1*waves[1][1] + d2*waves[1][2] + d3*waves[1][3] + half) >> bits
		to[16+i] = (outer*waves[2][0] + inner*waves[2][1] + half) >> bits
		to[24+i] = (d0*waves[3][0] + d1*waves[3][1] + d2*waves[3][2] + d3*waves[3][3] + half) >> bits
		to[32+i] = ((s0-s1-s2+s3)*waves[4][0] + half) >> bits
		to[40+i] = (d0*waves[5][0] + d1*waves[5][1] + d2*waves[5][2] + d3*waves[5][3] + half) >> bits
		to[48+i] = (outer*waves[6][0] + inner*waves[6][1] + half) >> bits
		to[56+i] = (d0*waves[7][0] + d1*waves[7][1] + d2*waves[7][2] + d3*waves[7][3] + half) >> bits
	}
}
