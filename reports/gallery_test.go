package reports

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestThumbnailsStaySmall(t *testing.T) {
	small := newThumbs(Extras{Gallery: fakeGallery{}, Bytes: 4000})
	for _, id := range []string{"a/000001.jpg", "a/000002.jpg", "a/000003.jpg", "a/000004.jpg", "a/000005.jpg", "a/000007.jpg"} {
		small.item("a", "image", id)
		small.item("a", "image", id)
	}
	assert.LessOrEqual(t, small.style.Len(), 4000+6*80)
	assert.NotZero(t, small.skipped)
	assert.Equal(t, 1, small.failed)
	notes := small.notes(Extras{NoImages: "a: gone"})
	assert.Len(t, notes, 3)
	assert.Contains(t, notes[1], "a/000007.jpg: file is gone")
}
