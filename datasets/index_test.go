package datasets

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestIndexOnDisk: a list on disk reads like one in memory: parts joined, in order, twice.
func TestIndexOnDisk(t *testing.T) {
	read := func(limit int) (out []Row) {
		x := NewIndex(t.Context())
		defer x.Close()
		x.parts.limit, x.whole.limit = limit, limit
		for i := range 300 {
			require.NoError(t, x.Add(Row{Name: fmt.Sprintf("%d.jpg", i*7%100), Captions: []string{fmt.Sprint(i), " "}, Labels: []string{fmt.Sprint(i % 3)}, Place: Extent{At: int64(i)}}))
			if i%50 == 0 {
				require.NoError(t, x.Bad("x", "problem %d", i))
			}
		}
		require.NoError(t, x.Finish())
		for range 2 {
			out = nil
			for r, err := range x.Rows(t.Context()) {
				require.NoError(t, err)
				out = append(out, r)
			}
		}
		return out
	}
	want := read(spillBytes)
	require.Len(t, want, 106)
	assert.Equal(t, Row{Name: "7.jpg", Seq: 2, Captions: []string{"1", "101", "201"}, Labels: []string{"1", "2", "0"}, Blank: 3, Place: Extent{At: 1}}, want[2])
	assert.Equal(t, want, read(1))
	assert.Equal(t, want, read(3000))
}

func TestTooManyTexts(t *testing.T) {
	x := NewIndex(t.Context())
	defer x.Close()
	for range MaxTexts + 2 {
		require.NoError(t, x.Add(Row{Name: "a.jpg", Captions: []string{"x"}}))
	}
	assert.ErrorContains(t, x.Finish(), "a.jpg has more than 10000 captions and labels")
}
