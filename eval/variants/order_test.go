package variants

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPermuted(t *testing.T) {
	rows := []float32{0, 0.5, 1, 1.5, 2, 2.5}
	order := []int{2, 0, 1}
	moved := Permuted(rows, order)
	assert.Equal(t, []float32{2, 2.5, 0, 0.5, 1, 1.5}, moved)
	Restored(moved, order)
	assert.Equal(t, rows, moved)
	assert.Equal(t, rows, Permuted(rows, nil))
	shuffled := (&Variant{Shuffled: true}).Order(40)
	assert.NotEqual(t, (&Variant{Shuffled: true}).Order(41)[:40], shuffled)
	assert.ElementsMatch(t, Permuted(shuffled, nil), shuffled)
	assert.Nil(t, (&Variant{}).Order(40))
}
