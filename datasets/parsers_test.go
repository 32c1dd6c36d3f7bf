package datasets

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A spill gives the same order from disk as from memory, equal values as they were added.
func TestSpill(t *testing.T) {
	type pair struct{ Key, Added int }
	for _, limit := range []int{1, 1000, spillBytes} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			s := newSpill(func(a, b pair) int { return cmp.Compare(a.Key, b.Key) }, func(pair) int { return 16 })
			s.limit = limit
			var want []pair
			r := rand.New(rand.NewPCG(1, 2))
			for i := range 300 {
				want = append(want, pair{r.IntN(40), i})
				require.NoError(t, s.add(want[i]))
			}
			s.seal()
			assert.Equal(t, limit < spillBytes, len(s.runs) > 1)
			slices.SortStableFunc(want, func(a, b pair) int { return cmp.Compare(a.Key, b.Key) })
			for range 2 {
				var got []pair
				for v, err := range s.all() {
					require.NoError(t, err)
					got = append(got, v)
				}
				assert.Equal(t, want, got)
			}
			require.NoError(t, s.close())
			require.NoError(t, s.close())
		})
	}
}

// gather is a parser's use by a fuzz target: whatever it gives can be listed.
func gather(t *testing.T, parse func(x *index) error) {
	x := newIndex(t.Context())
	defer x.close()
	if err := parse(x); err != nil {
		assert.NotEmpty(t, err.Error())
		return
	}
	require.NoError(t, x.finish())
	seen := map[string]bool{}
	for r, err := range x.rows(context.Background()) {
		require.NoError(t, err)
		if r.Problem != "" {
			continue
		}
		assert.False(t, seen[r.Name], "%q twice", r.Name)
		seen[r.Name] = true
		clean, err := cleanName(r.Name)
		require.NoError(t, err)
		assert.Equal(t, clean, r.Name)
		assert.NotContains(t, r.Captions, "")
		assert.NotContains(t, r.Labels, "")
	}
}

func FuzzTable(f *testing.F) {
	for _, s := range []string{"path,labels\na.jpg,b|c\n", "path\tcaption\n\"a\t\n\"x", "{\"path\": \"a\", \"label\": [1, \"x\"]}\n", "path,caption\n../a,b\n,\n\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		for _, extension := range []string{".csv", ".tsv", ".jsonl"} {
			gather(t, func(x *index) error { return parseTable(strings.NewReader(data), extension, Columns{}, x.add) })
		}
	})
}

func FuzzCoco(f *testing.F) {
	f.Add(`{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "x"}, {"image_id": 1, "category_id": 2}], "categories": [{"id": 2, "name": "c"}]}`)
	f.Add(`{"x": [{"y": 1}], "images": [{"id": "1", "file_name": "../a"}, {"id": []}]}`)
	f.Fuzz(func(t *testing.T, data string) {
		gather(t, func(x *index) error {
			c := newCoco()
			defer c.parts.close()
			if err := c.read(t.Context(), strings.NewReader(data)); err != nil {
				return err
			}
			return c.join(x)
		})
	})
}

func FuzzKarpathy(f *testing.F) {
	f.Add(`{"images": [{"filepath": "v", "filename": "a.jpg", "split": "test", "sentences": [{"raw": "x"}]}]}`)
	f.Add(`{"dataset": {}, "images": [{"split": "test"}, {"split": 1}, [], {"filename": "/", "split": "val"}]}`)
	f.Fuzz(func(t *testing.T, data string) {
		gather(t, func(x *index) error { return parseKarpathy(strings.NewReader(data), "test+val", x) })
	})
}

func FuzzFlickr(f *testing.F) {
	f.Add("a.jpg#0\tx\na.jpg#1\ty\n")
	f.Add("#\t\n../a#1\tx\r\n\x00#\tx")
	f.Fuzz(func(t *testing.T, data string) {
		gather(t, func(x *index) error { return parseFlickr(strings.NewReader(data), nil, x) })
	})
}
