package tasks_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
)

// TestFreshMark: a run that has not ended is gone on with; after its end, and of another suite, the mark is another.
func TestFreshMark(t *testing.T) {
	s, err := blobstore.Folder(t.TempDir())
	require.NoError(t, err)
	mark := func(of *suite.Suite) string {
		m, err := tasks.FreshMark(t.Context(), s, of)
		require.NoError(t, err)
		require.NotEmpty(t, m)
		return m
	}
	one, two := &suite.Suite{Name: "one"}, &suite.Suite{Name: "two"}
	first := mark(one)
	assert.Equal(t, first, mark(one))
	assert.NotEqual(t, first, mark(two))
	require.NoError(t, tasks.FreshDone(t.Context(), s, one))
	assert.NotEqual(t, first, mark(one))
}
