package encoders

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type keptFacts map[string][]byte

func (m keptFacts) Get(key string) ([]byte, bool)      { data, ok := m[key]; return data, ok }
func (m keptFacts) Put(key string, value []byte) error { m[key] = value; return nil }

// TestKeptSum: a file that is as it was is not read again; one that was written to in any way is,
// though its size and the time of its content are the same.
func TestKeptSum(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("files are read at every run here")
	}
	dir, kept := t.TempDir(), keptFacts{}
	path := filepath.Join(dir, "a")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("first")
	m := &Model{Name: "m", fsys: os.DirFS(dir), dir: dir}
	at := func(later time.Duration) string {
		hash, err := m.keptSumAt("a", kept, time.Now().Add(later))
		require.NoError(t, err)
		return hash
	}
	assert.Equal(t, sum([]byte("first")), at(0))
	assert.Empty(t, kept, "of a file that was touched just now")
	assert.Equal(t, sum([]byte("first")), at(2*settled))
	require.Len(t, kept, 1)
	for key := range kept {
		kept[key] = []byte("kept")
	}
	assert.Equal(t, "kept", at(2*settled))
	assert.Equal(t, sum([]byte("first")), at(-2*settled), "a clock that went back")

	info, err := os.Stat(path)
	require.NoError(t, err)
	back := func() { require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime())) }
	write("other")
	back()
	assert.Equal(t, sum([]byte("other")), at(2*settled), "written in place")
	require.NoError(t, os.WriteFile(path+".new", []byte("third"), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
	back()
	assert.Equal(t, sum([]byte("third")), at(2*settled), "replaced")
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	at(2 * settled)
	_, err = f.WriteAt([]byte("T"), 0)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	back()
	assert.Equal(t, sum([]byte("Third")), at(2*settled), "a byte changed")
}

// TestKeptSumUnknown: files without times to go by are read every time.
func TestKeptSumUnknown(t *testing.T) {
	kept, later := keptFacts{}, time.Now().Add(2*settled)
	m := &Model{Name: "m", fsys: fstest.MapFS{"a": {Data: []byte("a"), ModTime: time.Unix(1, 1)}}}
	for range 2 {
		hash, err := m.keptSumAt("a", kept, later)
		require.NoError(t, err)
		assert.Equal(t, sum([]byte("a")), hash)
	}
	assert.Empty(t, kept)
	_, err := m.keptSumAt("b", kept, later)
	assert.ErrorContains(t, err, "model m has no file b")
}
