package timing

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTimedPictures: they are of the notes' sizes, and the same at every run.
func TestTimedPictures(t *testing.T) {
	a, err := timedPictures()
	assert.NoError(t, err)
	b, err := timedPictures()
	assert.NoError(t, err)
	assert.Equal(t, a, b)
	assert.Equal(t, "png", a[0].format)
	assert.Equal(t, "jpg", a[1].format)
}
