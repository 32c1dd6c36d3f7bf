package tasks

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/machine"
)

// planned is a plan of a folder of pictures, cut into tasks of four.
func planned(t *testing.T, change func(*Plan, []datasets.Image)) (*Plan, blobstore.Store, string) {
	t.Helper()
	dir := t.TempDir()
	for i := range 10 {
		name := filepath.Join(dir, "data", "red", fmt.Sprintf("%d.png", i))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(fmt.Sprint("picture ", i)), 0o644))
	}
	chosen, err := suite.Parse([]byte("name: x\ndatasets:\n  - {name: set, folder: {path: data}}\nvariants:\n  - {name: ref}\n"))
	require.NoError(t, err)
	chosen.Dir = dir
	ds, err := chosen.Datasets[0].Open(t.Context(), dir, nil, t.TempDir())
	require.NoError(t, err)
	var images []datasets.Image
	for im, err := range ds.Images(t.Context()) {
		require.NoError(t, err)
		images = append(images, im)
	}
	t.Cleanup(func() { assert.NoError(t, ds.Close()) })
	s, err := blobstore.Folder(filepath.Join(dir, "store"))
	require.NoError(t, err)
	p := &Plan{Suite: chosen}
	change(p, images)
	require.NoError(t, p.AddSet(t.Context(), s, Set{Name: "set"}, images, []string{"a", "b", "c"}, [][]string{{"ref"}, {"other"}}, Sizes{Items: 4, Images: 2, TextChunk: 2}))
	require.NoError(t, p.Put(t.Context(), s))
	return p, s, dir
}

func TestPlan(t *testing.T) {
	p, s, _ := planned(t, func(*Plan, []datasets.Image) {})
	again, err := Load(t.Context(), s, p.SHA[:9])
	require.NoError(t, err)
	assert.Equal(t, p, again)
	var ids []string
	for _, x := range p.Tasks {
		ids = append(ids, fmt.Sprint(x.ID, " ", x.From, "-", x.To))
	}
	assert.Equal(t, []string{
		"g0-s0-images-00000 0-4", "g0-s0-images-00001 4-8", "g0-s0-images-00002 8-10", "g0-s0-texts-00000 0-2",
		"g1-s0-images-00000 0-4", "g1-s0-images-00001 4-8", "g1-s0-images-00002 8-10", "g1-s0-texts-00000 0-2",
	}, ids)
	seen := map[string]int{}
	for i := range 3 {
		for _, x := range p.Slice(i+1, 3) {
			seen[x.ID]++
		}
	}
	assert.Len(t, seen, len(p.Tasks))
	for _, bad := range []string{"", "abc", "nothex!!", "00000000"} {
		_, err := Load(t.Context(), s, bad)
		assert.Error(t, err, bad)
	}
	_, err = p.Task("none")
	assert.ErrorContains(t, err, `has no task "none"`)
	assert.NoError(t, p.Place.Differs(p.Place))
	there := p.Place
	there.Driver = "1.2"
	assert.ErrorIs(t, p.Place.Differs(there), ErrElsewhere)
}

// TestReaderConcurrently: a task's pictures come from where their list says, or else from the dataset; one that
// has changed since is an error.
func TestReaderConcurrently(t *testing.T) {
	for name, change := range map[string]func(*Plan, []datasets.Image){
		"files": func(*Plan, []datasets.Image) {},
		"dataset": func(_ *Plan, images []datasets.Image) {
			for i := range images {
				images[i].Where = datasets.Range{}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, s, dir := planned(t, change)
			r := &Reader{Store: s, Plan: p, Cache: t.TempDir()}
			part := p.Tasks[1]
			part.From = 5
			images, err := r.Images(t.Context(), part)
			require.NoError(t, err)
			require.Len(t, images, 3)
			machine.OnCores(len(images), func(i int) {
				data, err := images[i].Read(t.Context())
				assert.NoError(t, err)
				assert.Equal(t, fmt.Sprint("picture ", 5+i), string(data))
			})
			assert.Len(t, r.open, map[string]int{"dataset": 1}[name])
			require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "red", "6.png"), []byte("Picture 6"), 0o644))
			_, err = images[1].Read(t.Context())
			assert.ErrorContains(t, err, "has changed since the run was planned")
			part.To = 9
			_, err = r.Images(t.Context(), part)
			assert.ErrorContains(t, err, "are not in its list")
			texts, err := r.Texts(t.Context(), p.Tasks[3])
			require.NoError(t, err)
			assert.Len(t, texts, 3)
			require.NoError(t, r.Close())
		})
	}
}

func TestMarks(t *testing.T) {
	p, s, _ := planned(t, func(*Plan, []datasets.Image) {})
	cost, err := p.Cost(t.Context(), s, p.Tasks)
	require.NoError(t, err)
	assert.Equal(t, unknown, cost.Hours())
	assert.Equal(t, 2*(10+3), cost.Items)
	require.NoError(t, p.PutDone(t.Context(), s, Done{Task: p.Tasks[0].ID, Items: 4, CPU: 3600}))
	require.NoError(t, p.PutDone(t.Context(), s, Done{Task: p.Tasks[0].ID, Items: 4}), "somebody else has done it too")
	require.NoError(t, p.PutCrashed(t.Context(), s, Crashed{Set: "set", Item: "x", Reason: "why"}))
	got, err := p.Read(t.Context(), s)
	require.NoError(t, err)
	assert.Equal(t, Results{Done: []Done{{Task: p.Tasks[0].ID, Items: 4, CPU: 3600}}, Crashed: []Crashed{{Set: "set", Item: "x", Reason: "why"}}}, got)
	cost, err = p.Cost(t.Context(), s, p.Tasks)
	require.NoError(t, err)
	assert.Equal(t, "about 6.50 of a core", cost.Hours())
}
