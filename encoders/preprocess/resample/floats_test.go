package resample

import (
	"fmt"
	"image"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// equalFloats names the first difference alone; equal is equal in every bit.
func equalFloats(t *testing.T, want, got []float32, name string) {
	t.Helper()
	require.Len(t, got, len(want), name)
	for i, v := range want {
		if math.Float32bits(got[i]) != math.Float32bits(v) {
			require.Failf(t, "not equal", "%s: value %d of %d is %x, want %x", name, i, len(want), got[i], v)
		}
	}
}

// TestFloatsEqualGo: torch's floats on every set are those of plain Go, and so is what normalises them.
func TestFloatsEqualGo(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	for range 300 {
		most := []int{6, 40, 150, 500}[r.IntN(4)]
		src := noise(r, picture.ModeRGB, 1+r.IntN(most), 1+r.IntN(most))
		w, h := 1+r.IntN(50), 1+r.IntN(50)
		crop := image.Rect(r.IntN(w), r.IntN(h), 0, 0)
		crop.Max = image.Pt(crop.Min.X+1+r.IntN(w-crop.Min.X), crop.Min.Y+1+r.IntN(h-crop.Min.Y))
		x, y := torchWeights(nil, src.W, w, crop.Min.X, crop.Max.X), torchWeights(nil, src.H, h, crop.Min.Y, crop.Max.Y)
		left, right := x.reach()
		from, to := y.reach()
		x.shift(left)
		y.shift(from)
		rows := viewOf(src, image.Rect(left, from, right, to))
		want := make([]float32, 3*crop.Dx()*crop.Dy())
		floatsGo(nil, want, rows, x, y)
		even := make([]float32, len(want))
		set(0).normaliseFloats(even, want, 0.48, 0.27)
		for _, s := range sets() {
			name := fmt.Sprintf("%s: %dx%d to %dx%d, %v", s, src.W, src.H, w, h, crop)
			got := make([]float32, len(want))
			s.floats(nil, got, rows, x, y)
			equalFloats(t, want, got, name)
			s.normaliseFloats(got, got, 0.48, 0.27)
			equalFloats(t, even, got, "normalised "+name)
		}
	}
}

// TestFused: a fused multiply and add rounds once, also where the sum in double lies between two floats.
func TestFused(t *testing.T) {
	r := rand.New(rand.NewPCG(53, 54))
	float := func() float32 { return float32(math.Ldexp(float64(r.IntN(1<<24)-1<<23), r.IntN(40)-30)) }
	for range 20_000 {
		a, b, c := float(), float(), float()
		exact := new(big.Float).SetPrec(400).Mul(big.NewFloat(float64(a)), big.NewFloat(float64(b)))
		want, _ := exact.Add(exact, big.NewFloat(float64(c))).Float32()
		require.Equal(t, want, fused(a, b, c), "%x*%x+%x", a, b, c)
	}
	between := float32(math.Ldexp(1, -24)) // half of the last place of 1
	assert.Equal(t, math.Nextafter32(1, 2), fused(between, 1+float32(math.Ldexp(1, -23)), 1), "a little over the middle")
}
