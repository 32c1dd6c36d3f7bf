package datasets

import (
	"archive/tar"
	"bytes"
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
	assert.Equal(t, x.account.Seen, x.account.Sum())
	assert.GreaterOrEqual(t, x.account.Merged, 0)
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
			gather(t, func(x *index) error { return parseTable(strings.NewReader(data), extension, Columns{}, nil, x.add) })
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
	f.Add("image,caption\na.jpg,b, c\n")
	f.Add("image_name| comment_number| comment\na.jpg| 0| b\n")
	f.Add("#\t\n../a#1\tx\r\n\x00#\tx")
	f.Fuzz(func(t *testing.T, data string) {
		gather(t, func(x *index) error { return parseFlickr(strings.NewReader(data), nil, x) })
	})
}

// FuzzShard: any bytes of an archive are pictures within the file, and problems.
func FuzzShard(f *testing.F) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range []string{"a.jpg", "a.txt", "b.cls", "b.json", "../c.jpg"} {
		require.NoError(f, w.WriteHeader(&tar.Header{Name: name, Size: 1}))
		_, err := w.Write([]byte("1"))
		require.NoError(f, err)
	}
	require.NoError(f, w.Close())
	f.Add(out.Bytes())
	f.Add(out.Bytes()[:1100])
	f.Fuzz(func(t *testing.T, data []byte) {
		gather(t, func(x *index) error {
			s := newShard(x, 0, "f.tar", "f", []string{"a"})
			if err := s.list(bytes.NewReader(data), int64(len(data))); err != nil {
				return err
			}
			for _, f := range s.sample.fields {
				assert.LessOrEqual(t, f.place.At+f.place.Size, int64(len(data)))
			}
			return s.put()
		})
	})
}

func FuzzBraces(f *testing.F) {
	f.Add("a-{000..012}.{tar,tgz}")
	f.Fuzz(func(t *testing.T, pattern string) {
		names, err := expandBraces(pattern)
		assert.NotEqual(t, err == nil, len(names) == 0)
		assert.LessOrEqual(t, len(names), maxFiles)
	})
}

// A list that lies on disk reads as one in memory: parts joined, order kept, twice.
func TestIndexOnDisk(t *testing.T) {
	read := func(limit int) (out []row) {
		x := newIndex(t.Context())
		defer x.close()
		x.parts.limit, x.whole.limit = limit, limit
		for i := range 300 {
			require.NoError(t, x.add(row{Name: fmt.Sprintf("%d.jpg", i*7%100), Captions: []string{fmt.Sprint(i), " "}, Labels: []string{fmt.Sprint(i % 3)}, Place: extent{At: int64(i)}}))
			if i%50 == 0 {
				require.NoError(t, x.bad("x", "problem %d", i))
			}
		}
		require.NoError(t, x.finish())
		for range 2 {
			out = nil
			for r, err := range x.rows(t.Context()) {
				require.NoError(t, err)
				out = append(out, r)
			}
		}
		return out
	}
	want := read(spillBytes)
	require.Len(t, want, 106)
	assert.Equal(t, row{Name: "7.jpg", Seq: 2, Captions: []string{"1", "101", "201"}, Labels: []string{"1", "2", "0"}, Blank: 3, Place: extent{At: 1}}, want[2])
	assert.Equal(t, want, read(1))
	assert.Equal(t, want, read(3000))
}

func TestTooManyTexts(t *testing.T) {
	x := newIndex(t.Context())
	defer x.close()
	for range maxTexts + 2 {
		require.NoError(t, x.add(row{Name: "a.jpg", Captions: []string{"x"}}))
	}
	assert.ErrorContains(t, x.finish(), "a.jpg has more than 10000 captions and labels")
}
