package embed

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/datasets"
)

// TestKeysStay: the keys of a chunk's work and of a set's items are what they were before eval was split
// into rooms (at aaa3ae3), so that work of before is found. Change them on purpose only.
func TestKeysStay(t *testing.T) {
	c := &chunk{all: make([]datasets.Image, 3), hashes: []string{"a", "b", "c"}}
	c.fixGood([]broken{{Index: 1}})
	assert.Equal(t, "c1c7e052371500047c2490f868ae347f6b23d9d8974a742bb88f5c682cc2d4df", c.id)
	assert.Equal(t, "4c30138b6205b52adb86e1060ed8bbe100f53f1835ee1c47ec44b1b8e273ea13", c.unit("work"))
	s := &Set{
		Good:  []datasets.Image{{ID: "1.jpg", Labels: []string{"cat"}}},
		Texts: []datasets.Text{{ID: "1", Text: "a cat", Labels: []string{"cat"}, Images: []string{"1.jpg"}}},
	}
	assert.Equal(t, "ab76a51b57540db692d88a688958935a984643de54fa97a77bfd10d6e59df1db", s.ItemsHash())
}
