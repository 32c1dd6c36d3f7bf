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

	"github.com/fastclip/fastclip/internal/fileid"
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
	later := time.Now().Add(2 * fileid.StableAfter)
	read := func(now time.Time, meanwhile func()) {
		hash, err := m.SumAndKeep("a", kept, now, func() (string, error) {
			hash, err := m.Sum("a")
			meanwhile()
			return hash, err
		})
		require.NoError(t, err)
		require.Len(t, hash, 64)
	}
	nothing := func() {}
	has := func(now time.Time, want string) {
		t.Helper()
		hash, err := m.KeptSum("a", kept, now, 0)
		if want == "" {
			assert.ErrorIs(t, err, errNotKept)
			return
		}
		require.NoError(t, err)
		assert.Equal(t, Sum256([]byte(want)), hash)
	}
	read(time.Now(), nothing)
	assert.Empty(t, kept, "of a file that was touched just now")
	has(time.Now(), "first")
	has(later, "")
	read(later, nothing)
	require.Len(t, kept, 1)
	has(later, "first")
	for key := range kept {
		kept[key] = []byte(Sum256([]byte("kept")))
	}
	has(later, "kept")
	has(time.Now().Add(-2*fileid.StableAfter), "first") // a clock that went back

	info, err := os.Stat(path)
	require.NoError(t, err)
	back := func() { require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime())) }
	for name, change := range map[string]func(){
		"written in place": func() { write("other") },
		"replaced": func() {
			require.NoError(t, os.WriteFile(path+".new", []byte("third"), 0o600))
			require.NoError(t, os.Rename(path+".new", path))
		},
		"a byte changed": func() {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = f.WriteAt([]byte("T"), 0)
			require.NoError(t, err)
			require.NoError(t, f.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			read(later, nothing)
			change()
			back()
			has(later, "")
			n := len(kept)
			read(later, func() { write("again"); back() })
			assert.Len(t, kept, n, "written to while it was read")
		})
	}
}

// TestKeptSumUnknown: files without times to go by are read every time.
func TestKeptSumUnknown(t *testing.T) {
	kept, later := keptFacts{}, time.Now().Add(2*fileid.StableAfter)
	m := &Model{Name: "m", fsys: fstest.MapFS{"a": {Data: []byte("a"), ModTime: time.Unix(1, 1)}}}
	for range 2 {
		hash, err := m.SumAndKeep("a", kept, later, func() (string, error) { return m.Sum("a") })
		require.NoError(t, err)
		assert.Equal(t, Sum256([]byte("a")), hash)
		hash, err = m.KeptSum("a", kept, later, 0)
		require.NoError(t, err)
		assert.Equal(t, Sum256([]byte("a")), hash)
	}
	assert.Empty(t, kept)
	_, err := m.KeptSum("b", kept, later, 0)
	assert.ErrorContains(t, err, "model m has no file b")
}

// TestKeptSumOfSmallFiles: nobody has read it yet, but that takes no time, and the next run finds it kept.
func TestKeptSumOfSmallFiles(t *testing.T) {
	dir, kept := t.TempDir(), keptFacts{}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("small"), 0o600))
	m := &Model{Name: "m", fsys: os.DirFS(dir), dir: dir}
	later := time.Now().Add(2 * fileid.StableAfter)
	for range 2 {
		hash, err := m.KeptSum("a", kept, later, 5)
		require.NoError(t, err)
		assert.Equal(t, Sum256([]byte("small")), hash)
	}
	if runtime.GOOS == "linux" {
		assert.Len(t, kept, 1)
	}
}
