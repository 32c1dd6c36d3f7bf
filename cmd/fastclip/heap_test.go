package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGarbagePercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 10 << 20: 100, 128 << 20: 100, 256 << 20: 50, 512 << 20: 25, 8 << 30: 10} {
		assert.Equal(t, want, garbagePercent(live), live)
	}
}
