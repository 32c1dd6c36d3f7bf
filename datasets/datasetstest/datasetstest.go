// Package datasetstest tests what every Dataset must do.
package datasetstest

import (
	"context"
	"path"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/datasets"
)

// Test checks a Dataset. It calls open twice for each check, and open must return the same set each time. It reads all pictures, so the set should be small.
func Test(t *testing.T, open func(t *testing.T) datasets.Dataset) {
	checks := []struct {
		name string
		do   func(t *testing.T, ds, again datasets.Dataset)
	}{
		{"info", info}, {"images", images}, {"texts", texts}, {"repeatable", repeatable},
		{"concurrent", Concurrently}, {"cancelled", cancelled}, {"stopped early", stopped},
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			ds, again := open(t), open(t)
			c.do(t, ds, again)
			for _, d := range []datasets.Dataset{ds, again} {
				require.NoError(t, d.Close())
				assert.NoError(t, d.Close(), "a second Close")
			}
		})
	}
}

// Images lists a set's pictures.
func Images(t *testing.T, ds datasets.Dataset) []datasets.Image {
	t.Helper()
	var out []datasets.Image
	for im, err := range ds.Images(t.Context()) {
		require.NoError(t, err)
		out = append(out, im)
	}
	return out
}

// Texts lists a set's queries.
func Texts(t *testing.T, ds datasets.Dataset) []datasets.Text {
	t.Helper()
	var out []datasets.Text
	for text, err := range ds.Texts(t.Context()) {
		require.NoError(t, err)
		out = append(out, text)
	}
	return out
}

func info(t *testing.T, ds, again datasets.Dataset) {
	got := ds.Info()
	assert.NotEmpty(t, got.Name)
	assert.NotEmpty(t, got.Licence)
	assert.Contains(t, []string{"", "single", "double", "triple"}, got.Arity)
	assert.Regexp(t, "^[0-9a-f]{64}$", got.Hash)
	assert.Len(t, Images(t, ds), got.Images)
	assert.Len(t, Texts(t, ds), got.Texts)
	assert.Equal(t, got, again.Info(), "opened again")
}

func images(t *testing.T, ds, _ datasets.Dataset) {
	all := Images(t, ds)
	require.NotEmpty(t, all)
	ids, names, listed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, text := range Texts(t, ds) {
		for _, id := range text.Images {
			listed[id] = true
		}
	}
	for _, im := range all {
		assert.True(t, len(im.Labels) > 0 || listed[im.ID], "%s: neither labels nor captions", im.ID)
		assert.NotContains(t, ids, im.ID, "an ID twice")
		assert.NotContains(t, names, im.Name, "a name twice")
		assert.Equal(t, path.Clean(im.Name), im.Name)
		assert.False(t, path.IsAbs(im.Name), im.Name)
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(im.Labels))), len(im.Labels), "%s: a label twice", im.ID)
		ids[im.ID], names[im.Name] = true, true
	}
}

func texts(t *testing.T, ds, _ datasets.Dataset) {
	all, pictures := Texts(t, ds), Images(t, ds)
	require.NotEmpty(t, all)
	seen := map[string]bool{}
	for _, text := range all {
		assert.NotEmpty(t, text.Text, text.ID)
		assert.NotContains(t, seen, text.ID, "an ID twice")
		seen[text.ID] = true
		assert.True(t, slices.ContainsFunc(pictures, func(im datasets.Image) bool { return datasets.Relevant(text, im) }), "no picture answers %q", text.Text)
	}
}

func repeatable(t *testing.T, ds, again datasets.Dataset) {
	assert.Equal(t, Texts(t, ds), Texts(t, again))
	first, second := Images(t, ds), Images(t, again)
	require.Len(t, second, len(first))
	for i := range first {
		assert.Equal(t, first[i].ID, second[i].ID)
		assert.Equal(t, first[i].Name, second[i].Name)
		assert.Equal(t, first[i].Labels, second[i].Labels)
		a, b := read(t, first[i]), read(t, second[i])
		require.NotEmpty(t, a, first[i].ID)
		assert.True(t, slices.Equal(a, b), "%s: other bytes", first[i].ID)
	}
}

func read(t *testing.T, im datasets.Image) []byte {
	t.Helper()
	data, err := im.Read(t.Context())
	require.NoError(t, err, im.ID)
	return data
}

// Concurrently reads all pictures of a set at once, and each of them alone from another copy of the set.
func Concurrently(t *testing.T, ds, again datasets.Dataset) {
	var group errgroup.Group
	all := Images(t, ds)
	got := make([][]byte, len(all))
	for i, im := range all {
		group.Go(func() (err error) {
			got[i], err = im.Read(t.Context())
			return err
		})
	}
	require.NoError(t, group.Wait())
	for i, im := range Images(t, again) {
		assert.True(t, slices.Equal(read(t, im), got[i]), "%s: other bytes", im.ID)
	}
}

func cancelled(t *testing.T, ds, _ datasets.Dataset) {
	ctx, cancel := context.WithCancel(t.Context())
	first := Images(t, ds)[0]
	cancel()
	_, err := first.Read(ctx)
	assert.ErrorIs(t, err, context.Canceled)
	for range 2 {
		seen := 0
		for _, err := range ds.Images(ctx) {
			seen++
			assert.ErrorIs(t, err, context.Canceled)
		}
		for _, err := range ds.Texts(ctx) {
			seen++
			assert.ErrorIs(t, err, context.Canceled)
		}
		assert.Equal(t, 2, seen, "one error from each sequence, then the end")
	}
}

func stopped(t *testing.T, ds, _ datasets.Dataset) {
	for range ds.Images(t.Context()) {
		break
	}
	for range ds.Texts(t.Context()) {
		break
	}
	assert.Len(t, Images(t, ds), ds.Info().Images, "the sequence starts anew")
}
