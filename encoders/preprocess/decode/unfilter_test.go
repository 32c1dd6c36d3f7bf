package decode

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUnfilterEqualsTheSpecification: the C and its vector forms give what the specification's words
// give, row by row, for pixels of one to four bytes and rows of any length. Every other picture is nearly flat, as drawings are.
func TestUnfilterEqualsTheSpecification(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := 1; n <= 4; n++ {
		for w := 1; w < 120; w++ {
			stride, rows, flat := n*w, 12, w%2 == 0
			packed := make([]byte, (1+stride)*rows)
			for i := range packed {
				packed[i] = byte(r.IntN(256) >> r.IntN(8) * (1 - 2*r.IntN(2))) // small steps up and down, and large ones
				if flat && r.IntN(16) > 0 {
					packed[i] = 0
				}
			}
			for y := range rows {
				packed[y*(1+stride)] = byte(r.IntN(5))
				if flat && y%4 > 0 {
					packed[y*(1+stride)] = 4
				}
			}
			want, before := []byte(nil), make([]byte, stride)
			for y := range rows {
				line := slices.Clone(packed[y*(1+stride) : (y+1)*(1+stride)])
				require.NoError(t, unfilter(line[0], line[1:], before, n))
				want, before = append(want, line[1:]...), line[1:]
			}
			require.True(t, unfilterAll(packed, stride, rows, n, make([]byte, stride)))
			require.Equal(t, want, packed[:stride*rows], "%d bytes a pixel, %d pixels", n, w)
		}
	}
	assert.False(t, unfilterAll([]byte{5, 1, 2}, 2, 1, 1, make([]byte, 2)), "no such filter")
}

// TestPaeth: left, above and corner of any values, against the distances as the specification has them.
func TestPaeth(t *testing.T) {
	zeros := make([]byte, 8)
	for left := range 256 {
		for above := left % 5; above < 256; above += 5 {
			for corner := 0; corner < 256; corner += 4 {
				packed := make([]byte, 18)
				packed[9] = 4
				for k := range 4 {
					c := byte(corner + k)
					packed[1+k], packed[5+k] = c, byte(above)
					packed[10+k] = byte(left) - c // c is what is predicted there
				}
				if !unfilterAll(packed, 8, 2, 4, zeros) {
					t.Fatal("refused")
				}
				for k := range 4 {
					if want := paeth(left, above, corner+k); packed[12+k] != want {
						t.Fatalf("left %d, above %d, corner %d: %d, want %d", left, above, corner+k, packed[12+k], want)
					}
				}
			}
		}
	}
}
