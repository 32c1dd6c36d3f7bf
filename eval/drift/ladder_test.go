package drift

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

func rgb(w, h int, pix ...byte) *picture.Picture {
	return &picture.Picture{Mode: picture.ModeRGB, W: w, H: h, Pix: pix}
}

func TestByteDiff(t *testing.T) {
	a, b := rgb(1, 2, 0, 10, 255, 7, 7, 7), rgb(1, 2, 3, 10, 0, 7, 7, 7)
	var d ByteDiff
	d.add(a, b)
	d.add(a, a)
	d.add(a, rgb(2, 1, 0, 0, 0, 0, 0, 0)) // turned: nothing to compare
	mean, largest, p99, n := d.Result()
	assert.Equal(t, []float64{258.0 / 12, 255, 255}, []float64{mean, largest, p99})
	assert.Equal(t, []int64{12, 3, 1}, []int64{n, d.Pictures, d.Other})
}

func TestPipeDriftKeeps(t *testing.T) {
	d := &PipeDrift{}
	d.Decode.add(rgb(1, 1, 1, 2, 3), rgb(1, 1, 3, 2, 1))
	d.Resize.add(rgb(1, 1, 1, 2, 3), rgb(1, 1, 0, 2, 3))
	d.Normalise.Add([]float32{1, 2, 3}, []float32{1, 2, 4}, 3)
	data, err := d.MarshalBinary()
	require.NoError(t, err)
	got := &PipeDrift{}
	require.NoError(t, got.UnmarshalBinary(data))
	assert.Equal(t, d, got)
	for _, cut := range []int{0, 100, len(data) - 1} {
		assert.Error(t, (&PipeDrift{}).UnmarshalBinary(data[:cut]), "%d of %d bytes", cut, len(data))
	}
	twice := &PipeDrift{}
	twice.Merge(d)
	twice.Merge(d)
	assert.Equal(t, int64(2), twice.Decode.Pictures)
	_, _, _, n := twice.Resize.Result()
	assert.Equal(t, int64(6), n)
}
