package eval

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
	var d byteDiff
	d.add(a, b)
	d.add(a, a)
	d.add(a, rgb(2, 1, 0, 0, 0, 0, 0, 0)) // turned: nothing to compare
	mean, largest, p99, n := d.result()
	assert.Equal(t, []float64{258.0 / 12, 255, 255}, []float64{mean, largest, p99})
	assert.Equal(t, []int64{12, 3, 1}, []int64{n, d.pictures, d.other})
}

func TestPipeDriftKeeps(t *testing.T) {
	d := &pipeDrift{}
	d.decode.add(rgb(1, 1, 1, 2, 3), rgb(1, 1, 3, 2, 1))
	d.resize.add(rgb(1, 1, 1, 2, 3), rgb(1, 1, 0, 2, 3))
	d.normalise.add([]float32{1, 2, 3}, []float32{1, 2, 4}, 3)
	data, err := d.MarshalBinary()
	require.NoError(t, err)
	got := &pipeDrift{}
	require.NoError(t, got.UnmarshalBinary(data))
	assert.Equal(t, d, got)
	for _, cut := range []int{0, 100, len(data) - 1} {
		assert.Error(t, (&pipeDrift{}).UnmarshalBinary(data[:cut]), "%d of %d bytes", cut, len(data))
	}
	twice := &pipeDrift{}
	twice.merge(d)
	twice.merge(d)
	assert.Equal(t, int64(2), twice.decode.pictures)
	_, _, _, n := twice.resize.result()
	assert.Equal(t, int64(6), n)
}
