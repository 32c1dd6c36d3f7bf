package export_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/export"
)

// pictureBytes is large: the test is of bytes in memory, and a file costs more than its bytes.
const pictureBytes = 8192

// generatedSet is a set of n pictures with a caption and a label each, made as they are asked for.
type generatedSet struct {
	n       int
	picture []byte
}

func (c generatedSet) Info() datasets.Info {
	return datasets.Info{Name: "generated", Images: c.n, Texts: c.n}
}
func (c generatedSet) Close() error    { return nil }
func (c generatedSet) id(i int) string { return fmt.Sprintf("%07d.png", i) }

func (c generatedSet) Images(context.Context) iter.Seq2[datasets.Image, error] {
	return func(yield func(datasets.Image, error) bool) {
		for i := range c.n {
			im := datasets.Image{ID: c.id(i), Name: c.id(i), Labels: []string{"label " + strconv.Itoa(i%50)}, Read: func(context.Context) ([]byte, error) {
				data := make([]byte, pictureBytes)
				copy(data, c.picture)
				binary.LittleEndian.PutUint64(data[pictureBytes-8:], uint64(i))
				return data, nil
			}}
			if !yield(im, nil) {
				return
			}
		}
	}
}

func (c generatedSet) Texts(context.Context) iter.Seq2[datasets.Text, error] {
	return func(yield func(datasets.Text, error) bool) {
		for i := range c.n {
			if !yield(datasets.Text{ID: c.id(i) + "#0", Text: fmt.Sprintf("picture number %d of the set", i), Images: []string{c.id(i)}}, nil) {
				return
			}
		}
	}
}

// TestMemoryIsFlat writes and reads sets of 250 and of 5,000 pictures (40 MB) in every format. What
// is alive on the heap, seen 20 times on the way, may grow by the two sorted lists that are held before
// they go to disk (8 MB each) and the parquet pages that are kept (32 MB), and no further. More items
// by FASTCLIP_MEMORY_ITEMS.
func TestMemoryIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	many := 5000
	if n, err := strconv.Atoi(os.Getenv("FASTCLIP_MEMORY_ITEMS")); err == nil {
		many = n
	}
	for _, format := range export.Formats() {
		if format == "csv" || format == "folder" {
			continue // csv is like jsonl, and reading a folder would only repeat this
		}
		t.Run(format, func(t *testing.T) {
			few, more := alive(t, format, 250), alive(t, format, many)
			t.Logf("%s: %.1f MB alive at 250 items, %.1f MB at %d", format, few, more, many)
			limit := 24.0
			if format == "hfparquet" {
				limit += 34
			}
			assert.Less(t, more-few, limit)
		})
	}
}

// alive is the largest live heap, in MB, while a set is written and read.
func alive(t *testing.T, format string, n int) (most float64) {
	look := func() {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most = max(most, float64(m.HeapAlloc)/1e6)
	}
	dir := filepath.Join(t.TempDir(), "set")
	_, err := export.Write(t.Context(), generatedSet{n, datasetstest.TinyPNG(t)}, export.Options{Format: format, Dir: dir, Shard: 1250})
	require.NoError(t, err)
	ds, err := exportReaders[format](t, dir)
	require.NoError(t, err)
	look()
	at := 0
	for im, err := range ds.Images(t.Context()) {
		require.NoError(t, err)
		data, err := im.Read(t.Context())
		require.NoError(t, err)
		require.Len(t, data, pictureBytes)
		if at++; at%(n/20) == 0 {
			look()
		}
	}
	assert.Equal(t, n, at)
	at = 0
	for _, err := range ds.Texts(t.Context()) {
		require.NoError(t, err)
		if at++; at%(n/5) == 0 {
			look()
		}
	}
	assert.Equal(t, n, at)
	require.NoError(t, ds.Close())
	return most
}
