package datasetstest

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/datasets"
)

// Account checks that everything the reader saw has exactly one fate, and that the fates match what the set lists.
func Account(t *testing.T, ds datasets.Dataset) {
	t.Helper()
	a := ds.Info().Account
	assert.Equal(t, a.Seen, a.Sum(), "%s", a)
	assert.Positive(t, a.Seen)
	assert.NotEmpty(t, a.Unit)
	assert.Equal(t, a.Used, ds.Info().Images, "%s", a)
	problems, pictures := 0, 0
	for _, err := range ds.Images(t.Context()) {
		if err != nil {
			problems++
		} else {
			pictures++
		}
	}
	assert.Equal(t, a.Used, pictures, "%s", a)
	assert.GreaterOrEqual(t, a.Refused, problems, "%s", a)
	assert.Equal(t, a.Refused > 0, problems > 0, "what is refused is named: %s", a)
	reasons := map[string]int{}
	for _, r := range a.Reasons {
		assert.NotEmpty(t, r.Why)
		reasons[r.Fate] += r.Count
	}
	assert.Equal(t, map[string]int{"ignored": a.Ignored, "overwritten": a.Overwritten, "refused": a.Refused},
		map[string]int{"ignored": reasons["ignored"], "overwritten": reasons["overwritten"], "refused": reasons["refused"]}, "%s", a)
	assert.Equal(t, a.Whole(), len(a.Reasons) == 0, "%s", a)
}
