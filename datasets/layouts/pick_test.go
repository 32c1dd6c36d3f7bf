package layouts_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// TestPick: in a set where "a" is on most pictures, the choice uses all labels evenly.
func TestPick(t *testing.T) {
	var table strings.Builder
	table.WriteString("path,labels\n")
	for i := range 200 {
		fmt.Fprintf(&table, "%d.jpg,%s\n", i, []string{"a", "a", "a|b", "c|d", "a|b|c", "a|c", "b", "c", "a|b", "d"}[i%10])
	}
	ds, err := openTable(t, "t.csv", table.String(), layouts.TableOptions{})
	require.NoError(t, err)
	pick := func(labels, count int, seed uint64) (names []string, uses map[string]int) {
		got, err := datasets.Pick(t.Context(), ds, labels, count, seed)
		require.NoError(t, err)
		uses, seen := map[string]int{}, map[string]bool{}
		for _, im := range got {
			assert.Len(t, im.Labels, labels)
			assert.False(t, seen[im.ID], "chosen twice")
			seen[im.ID] = true
			names = append(names, im.Name)
			for _, l := range im.Labels {
				uses[l]++
			}
		}
		return names, uses
	}
	one, uses := pick(1, 40, 1)
	assert.Equal(t, map[string]int{"a": 10, "b": 10, "c": 10, "d": 10}, uses)
	_, uses = pick(2, 20, 1)
	for label, n := range uses {
		assert.InDelta(t, 10, n, 3, label)
	}
	again, _ := pick(1, 40, 1)
	assert.Equal(t, one, again)
	other, _ := pick(1, 40, 2)
	assert.NotEqual(t, one, other)
	_, err = datasets.Pick(t.Context(), ds, 3, 21, 1)
	assert.ErrorContains(t, err, "t has 20 pictures of exactly 3 labels, fewer than 21")
	_, err = datasets.Pick(t.Context(), ds, 0, 1, 1)
	assert.ErrorContains(t, err, "at least 1")
}

// TestPickSkewed: as in photographs, some labels are on most pictures. Choosing any picture with the least used label would use these labels 25 times instead
// of 4 times on average.
func TestPickSkewed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	often := rand.NewZipf(random, 1.3, 3, 79)
	var table strings.Builder
	table.WriteString("path,labels\n")
	for i := range 1500 {
		a, b := often.Uint64(), often.Uint64()
		for a == b {
			b = often.Uint64()
		}
		fmt.Fprintf(&table, "%d.jpg,l%d|l%d\n", i, a, b)
	}
	ds, err := openTable(t, "t.csv", table.String(), layouts.TableOptions{})
	require.NoError(t, err)
	got, err := datasets.Pick(t.Context(), ds, 2, 150, 1)
	require.NoError(t, err)
	uses := map[string]int{}
	for _, im := range got {
		for _, l := range im.Labels {
			uses[l]++
		}
	}
	assert.Len(t, uses, 80)
	assert.LessOrEqual(t, slices.Max(slices.Collect(maps.Values(uses))), 8)
}
