package tasks_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/eval/tasks"
)

// TestShares: what the variants took is all that the task took.
func TestShares(t *testing.T) {
	took := map[string]time.Duration{"a": time.Second, "b": 3 * time.Second}
	onGPU := func(name string) bool { return name == "b" }
	got := tasks.Shares(tasks.Done{Items: 20, CPU: 8}, []string{"a", "b"}, took, onGPU)
	assert.Equal(t, map[string]tasks.Spent{"a": {Items: 10, Core: 2}, "b": {Items: 10, Core: 6, GPU: 3}}, got)
	assert.Empty(t, tasks.Shares(tasks.Done{Items: 20, CPU: 8}, []string{"a"}, map[string]time.Duration{}, onGPU))
}
