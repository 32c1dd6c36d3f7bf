package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGarbagePercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 10 << 20: 100, 128 << 20: 100, 256 << 20: 50, 512 << 20: 25, 8 << 30: 10} {
		assert.Equal(t, want, garbagePercent(live), live)
	}
}

// A small heap has no limit. A large one has a limit above the size at which it is collected.
func TestMemoryLimit(t *testing.T) {
	assert.Equal(t, int64(math.MaxInt64), memoryLimit(1<<30-1))
	for _, live := range []uint64{1 << 30, 2 << 30, 64 << 30} {
		collected := live + live*uint64(garbagePercent(live))/100
		assert.Greater(t, memoryLimit(live), int64(collected))
		assert.Less(t, memoryLimit(live), int64(live+live/8+512<<20))
	}
}
