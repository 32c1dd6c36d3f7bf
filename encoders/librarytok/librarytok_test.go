package librarytok_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/librarytok"
	"github.com/fastclip/fastclip/internal/testenv"
)

// expected is the result of transformers' AutoTokenizer for a text, padded to a length.
type expected struct {
	Folder string
	Text   string
	Length int
	IDs    []int64
	Mask   []int64
	Types  []int64
	Cut    bool
}

// oracle makes a small tokenizer of every kind, and asks AutoTokenizer for ids.
func oracle(t testing.TB) (dir string, all []expected) {
	t.Helper()
	dir = t.TempDir()
	script := filepath.Join(testenv.Root(t), "testdata", "oracles", "auto_tokenize.py")
	cmd := exec.CommandContext(t.Context(), testenv.UV(t), "run", "--quiet", "--script", script, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		var e expected
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e))
		all = append(all, e)
	}
	require.NotEmpty(t, all)
	return dir, all
}

// read reads a tokenizer's folder.
func read(t testing.TB, dir string) librarytok.Model {
	t.Helper()
	m := librarytok.Model{Files: map[string][]byte{}}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range entries {
		m.Files[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
	}
	return m
}

// kept is a cache in memory.
type kept map[string][]byte

func (k kept) Get(key string) ([]byte, bool)      { v, ok := k[key]; return v, ok }
func (k kept) Put(key string, value []byte) error { k[key] = value; return nil }

// TestAutoTokenizer: for every kind of tokenizer, ids, masks, types and cuts equal AutoTokenizer's. A second run takes them from the cache, without a helper.
func TestAutoTokenizer(t *testing.T) {
	dir, all := oracle(t)
	type group struct {
		texts []string
		want  []expected
	}
	groups := map[string]*group{}
	var order []string
	for _, e := range all {
		if groups[e.Folder] == nil {
			groups[e.Folder] = &group{}
			order = append(order, e.Folder)
		}
		g := groups[e.Folder]
		g.texts, g.want = append(g.texts, e.Text), append(g.want, e)
	}
	cache := kept{}
	for _, again := range []bool{false, true} {
		helper := &librarytok.Helper{}
		for _, name := range order {
			g := groups[name]
			m := read(t, filepath.Join(dir, name))
			if again {
				t.Setenv("FASTCLIP_UV", filepath.Join(t.TempDir(), "gone")) // a helper could not start
			}
			length := g.want[0].Length
			got, err := librarytok.New(helper, m, cache).Encode(t.Context(), g.texts, length)
			require.NoError(t, err, name)
			for i, w := range g.want {
				row := func(v []int64) []int64 { return v[i*length : (i+1)*length] }
				assert.Equal(t, w.IDs, row(got.IDs), "%s %q", name, w.Text)
				assert.Equal(t, w.Mask, row(got.Mask), "%s %q", name, w.Text)
				if got.Types != nil {
					assert.Equal(t, w.Types, row(got.Types), "%s %q", name, w.Text)
				}
				assert.Equal(t, w.Cut, got.Cut[i], "%s %q", name, w.Text)
			}
		}
		require.NoError(t, helper.Close())
	}
}

// BenchmarkCaptions encodes 100,000 captions in a helper that already runs. The goal is below 5 s per op.
func BenchmarkCaptions(b *testing.B) {
	dir, _ := oracle(b)
	texts := make([]string, 100_000)
	for i := range texts {
		texts[i] = fmt.Sprintf("a photo of %d red dogs and %d cats on a table in the grass", i, i%7)
	}
	for _, name := range []string{"siglip", "siglip2", "xlm-r", "chinese-clip"} {
		b.Run(name, func(b *testing.B) {
			helper := &librarytok.Helper{}
			m := read(b, filepath.Join(dir, name))
			_, err := librarytok.New(helper, m, nil).Encode(b.Context(), texts[:1], 64)
			require.NoError(b, err)
			for b.Loop() {
				_, err := librarytok.New(helper, m, nil).Encode(b.Context(), texts, 64)
				require.NoError(b, err)
			}
			require.NoError(b, helper.Close())
		})
	}
}
