package layouts

import (
	"archive/tar"
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/fastclip/fastclip/datasets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gather runs a parser in a fuzz target, and checks that its result can be listed.
func gather(t *testing.T, parse func(x *datasets.Index) error) {
	x := datasets.NewIndex(t.Context())
	defer x.Close()
	if err := parse(x); err != nil {
		assert.NotEmpty(t, err.Error())
		return
	}
	require.NoError(t, x.Finish())
	assert.Equal(t, x.Account.Seen, x.Account.Sum())
	assert.GreaterOrEqual(t, x.Account.Merged, 0)
	seen := map[string]bool{}
	for r, err := range x.Rows(context.Background()) {
		require.NoError(t, err)
		if r.Problem != "" {
			continue
		}
		assert.False(t, seen[r.Name], "%q twice", r.Name)
		seen[r.Name] = true
		clean, err := datasets.CleanName(r.Name)
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
			gather(t, func(x *datasets.Index) error {
				return parseTable(strings.NewReader(data), extension, Columns{}, nil, x.Add)
			})
		}
	})
}

func FuzzCoco(f *testing.F) {
	f.Add(`{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "x"}, {"image_id": 1, "category_id": 2}], "categories": [{"id": 2, "name": "c"}]}`)
	f.Add(`{"x": [{"y": 1}], "images": [{"id": "1", "file_name": "../a"}, {"id": []}]}`)
	f.Fuzz(func(t *testing.T, data string) {
		gather(t, func(x *datasets.Index) error {
			c := newCoco()
			defer c.parts.Close()
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
		gather(t, func(x *datasets.Index) error { return parseKarpathy(strings.NewReader(data), "test+val", x) })
	})
}

func FuzzFlickr(f *testing.F) {
	f.Add("a.jpg#0\tx\na.jpg#1\ty\n")
	f.Add("image,caption\na.jpg,b, c\n")
	f.Add("image_name| comment_number| comment\na.jpg| 0| b\n")
	f.Add("#\t\n../a#1\tx\r\n\x00#\tx")
	f.Fuzz(func(t *testing.T, data string) {
		gather(t, func(x *datasets.Index) error { return parseFlickr(strings.NewReader(data), nil, x) })
	})
}

// FuzzShard: any bytes of an archive give problems, or pictures within the file.
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
		gather(t, func(x *datasets.Index) error {
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
