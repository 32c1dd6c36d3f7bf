package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSplit: split is one more column that a row must fit, and is said once.
func TestSplit(t *testing.T) {
	assert.Nil(t, Where(nil).in(""))
	assert.Equal(t, Where{"split": {"test"}}, Where(nil).in("test"))
	assert.Equal(t, Where{"split": {"test"}, "lang": {"en"}}, Where{"lang": {"en"}}.in("test"))
	assert.NoError(t, Where{"lang": {"en"}}.checkSplit("table", "test"))
	assert.ErrorContains(t, Where{"split": {"val"}}.checkSplit("table", "test"), `table has split "test" and where: {split: ...}`)
}
