package layouts_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/scenes"
)

// counted counts the pictures that are read, and fails after some.
type counted struct {
	datasets.Dataset
	reads *atomic.Int32
	fail  int32
}

var errKilled = errors.New("killed")

func (c counted) Images(ctx context.Context) iter.Seq2[datasets.Image, error] {
	return func(yield func(datasets.Image, error) bool) {
		for im, err := range c.Dataset.Images(ctx) {
			read := im.Read
			im.Read = func(ctx context.Context) ([]byte, error) {
				if n := c.reads.Add(1); c.fail > 0 && n > c.fail {
					return nil, errKilled
				}
				return read(ctx)
			}
			if !yield(im, err) {
				return
			}
		}
	}
}

func openCounted(t *testing.T, fail int32) counted {
	return counted{openFolder(t, animals(t), datasets.Options{Name: "mine"}), new(atomic.Int32), fail}
}

func TestMaterialised(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) datasets.Dataset{
		"scenes": func(t *testing.T) datasets.Dataset {
			return datasetstest.Scenes(t, scenes.Spec{Objects: 2, Count: 6, Seed: 1, Width: 128, Height: 96})
		},
		"folder": func(t *testing.T) datasets.Dataset {
			return openFolder(t, animals(t), datasets.Options{Name: "mine"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
				source := open(t)
				ds, err := datasets.Materialise(t.Context(), source, cache)
				require.NoError(t, err)
				assert.Equal(t, source.Info(), ds.Info())
				assert.Equal(t, datasetstest.Texts(t, source), datasetstest.Texts(t, ds))
				return ds
			})
			assert.Len(t, list(t, cache), 1)
		})
	}
}

func list(t *testing.T, dir string) []os.DirEntry {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	return entries
}

func materialise(t *testing.T, ds datasets.Dataset, cache string) {
	_, err := datasets.Materialise(t.Context(), ds, cache)
	require.NoError(t, err)
}

func TestMaterialiseOnce(t *testing.T) {
	cache, ds := t.TempDir(), openCounted(t, 0)
	materialise(t, ds, cache)
	assert.EqualValues(t, 5, ds.reads.Load())
	materialise(t, ds, cache)
	assert.EqualValues(t, 5, ds.reads.Load(), "the second call reads nothing")
}

func TestMaterialiseKilled(t *testing.T) {
	cache := t.TempDir()
	_, err := datasets.Materialise(t.Context(), openCounted(t, 2), cache)
	require.ErrorIs(t, err, errKilled)
	assert.Empty(t, list(t, cache), "an error leaves nothing")

	ds := openCounted(t, 0)
	materialise(t, ds, cache)
	home := filepath.Join(cache, list(t, cache)[0].Name())
	for name, damage := range map[string]func() error{
		"no marker": func() error { return os.Remove(filepath.Join(home, "dataset.json")) },
		"no file":   func() error { return os.Remove(filepath.Join(home, "images", "hot_dog", "2.JPG")) },
		"half file": func() error { return os.Truncate(filepath.Join(home, "images", "hot_dog", "2.JPG"), 0) },
		"half marker": func() error {
			return os.Truncate(filepath.Join(home, "dataset.json"), 20)
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, damage())
			ds.reads.Store(0)
			materialise(t, ds, cache)
			assert.EqualValues(t, 5, ds.reads.Load(), "written anew")
			data, err := os.ReadFile(filepath.Join(home, "images", "hot_dog", "2.JPG"))
			require.NoError(t, err)
			assert.Equal(t, "a", string(data))
		})
	}
}

// TestMaterialiseLeftovers: what a killed process left beside the folder is removed when it is old.
func TestMaterialiseLeftovers(t *testing.T) {
	cache, ds := t.TempDir(), openCounted(t, 0)
	materialise(t, ds, cache)
	key := list(t, cache)[0].Name()
	require.NoError(t, os.RemoveAll(filepath.Join(cache, key)))
	for _, left := range []string{".part-old", ".part-new"} {
		require.NoError(t, os.MkdirAll(filepath.Join(cache, key+left, "images"), 0o755))
	}
	past := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(cache, key+".part-old"), past, past))
	materialise(t, ds, cache)
	assert.NoDirExists(t, filepath.Join(cache, key+".part-old"))
	assert.DirExists(t, filepath.Join(cache, key+".part-new"), "another process may be at it")
}

func TestMaterialiseConcurrently(t *testing.T) {
	cache := t.TempDir()
	var group errgroup.Group
	for range 4 {
		ds := openCounted(t, 0)
		group.Go(func() error {
			_, err := datasets.Materialise(t.Context(), ds, cache)
			return err
		})
	}
	require.NoError(t, group.Wait())
	assert.Len(t, list(t, cache), 1)
}

func TestMaterialiseCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := datasets.Materialise(ctx, openCounted(t, 0), t.TempDir())
	assert.ErrorIs(t, err, context.Canceled)
}
