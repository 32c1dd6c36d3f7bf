package scenes_test

import (
	"bytes"
	"flag"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/scenes"
	"github.com/fastclip/fastclip/internal/testenv"
)

var update = flag.Bool("update", false, "write the golden hashes anew")

func TestScenes(t *testing.T) {
	for objects := 1; objects <= 3; objects++ {
		t.Run(fmt.Sprint(objects), func(t *testing.T) {
			datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
				return datasetstest.Scenes(t, scenes.Spec{Objects: objects, Count: 7, Seed: 5, Width: 128, Height: 96})
			})
		})
	}
}

// TestScenesGolden: the first scenes of the default suite are the same on every machine and number of cores.
func TestScenesGolden(t *testing.T) {
	draw := func() string {
		var out strings.Builder
		for objects := 1; objects <= 3; objects++ {
			spec := scenes.Spec{Objects: objects, Count: 500, Seed: uint64(objects)}
			for _, im := range datasetstest.Images(t, datasetstest.Scenes(t, spec))[:12] {
				data, err := im.Read(t.Context())
				require.NoError(t, err)
				sum, err := im.Sum(data)
				require.NoError(t, err)
				fmt.Fprintf(&out, "%x  %s\n", sum, im.ID)
			}
		}
		return out.String()
	}
	got := draw()
	const golden = "testdata/scenes.sha256"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "the drawing has changed; if that is meant: go test ./datasets/scenes -run Golden -update")

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	assert.Equal(t, got, draw(), "on one core")
}

func TestScenesHashOnAnyCores(t *testing.T) {
	spec := scenes.Spec{Objects: 2, Count: 9, Seed: 1}
	many := datasetstest.Scenes(t, spec).Info()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	assert.Equal(t, many, datasetstest.Scenes(t, spec).Info())
	spec.Seed = 2
	assert.NotEqual(t, many.Hash, datasetstest.Scenes(t, spec).Info().Hash, "another seed")
}

func TestScenesSets(t *testing.T) {
	for _, c := range []struct {
		objects, count, perSet, sets, least, most int // least and most are numbers of pictures per set
	}{
		{1, 500, 2, 210, 2, 3},
		{2, 500, 2, 250, 2, 2},
		{3, 500, 2, 250, 2, 2},
		{1, 40, 1, 40, 1, 1},
		{2, 80, 1, 80, 1, 1},
		{3, 150, 1, 150, 1, 1},
		{2, 5, 2, 3, 1, 2},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.objects, c.count), func(t *testing.T) {
			ds := datasetstest.Scenes(t, scenes.Spec{Objects: c.objects, Count: c.count, PerSet: c.perSet, Seed: 1})
			texts := datasetstest.Texts(t, ds)
			assert.Len(t, texts, c.sets)
			uses, pictures := map[string]int{}, map[string]int{}
			for _, text := range texts {
				for _, l := range text.Labels {
					uses[l]++
				}
			}
			for _, im := range datasetstest.Images(t, ds) {
				require.Len(t, im.Labels, c.objects)
				pictures[strings.Join(slices.Sorted(slices.Values(im.Labels)), "+")]++
			}
			assert.Len(t, pictures, c.sets, "label sets are unique")
			low, high := extremes(pictures)
			assert.Equal(t, []int{c.least, c.most}, []int{low, high}, "pictures a set")
			low, high = extremes(uses)
			assert.LessOrEqual(t, high-low, 2, "uses of a label: %d to %d", low, high)
		})
	}
}

// The first pictures of a set, and the texts about them, are those of the whole set.
func TestScenesFirst(t *testing.T) {
	for _, spec := range []scenes.Spec{
		{Objects: 1, Count: 500, Seed: 1}, {Objects: 2, Count: 9, PerSet: 3, Seed: 2}, {Objects: 3, Count: 8, Width: 128, Height: 96, Captions: 2},
	} {
		whole := datasetstest.Scenes(t, spec)
		images, all := datasetstest.Images(t, whole), datasetstest.Texts(t, whole)
		for _, n := range []int{4, spec.Count + 1} {
			few := spec
			few.First = n
			ds := datasetstest.Scenes(t, few)
			var texts []datasets.Text
			for i, answers := range datasets.AnswersOf(all, images[:min(n, spec.Count)]) {
				if len(answers) > 0 {
					texts = append(texts, all[i])
				}
			}
			got := datasetstest.Images(t, ds)
			require.Len(t, got, min(n, spec.Count))
			assert.Equal(t, texts, datasetstest.Texts(t, ds))
			assert.Equal(t, images[len(got)-1].ID, got[len(got)-1].ID)
			assert.Equal(t, n < spec.Count, ds.(datasets.Generated).Key() != whole.(datasets.Generated).Key(), "kept apart from the whole set")
			info := ds.(datasets.Generated).Describe("")
			assert.Equal(t, []int{len(got), len(texts)}, []int{info.Images, info.Texts})
			if n != 4 { // drawing takes longer than the rest
				continue
			}
			before, err := images[0].Read(t.Context())
			require.NoError(t, err)
			data, err := got[0].Read(t.Context())
			require.NoError(t, err)
			assert.Equal(t, before, data)
		}
	}
}

func extremes(counts map[string]int) (low, high int) {
	low = 1 << 30
	for _, n := range counts {
		low, high = min(low, n), max(high, n)
	}
	return low, high
}

func TestScenesTexts(t *testing.T) {
	ds := datasetstest.Scenes(t, scenes.Spec{Objects: 3, Count: 2, Seed: 3})
	text := datasetstest.Texts(t, ds)[0]
	assert.Regexp(t, "^a photo of .+, .+ and .+$", text.Text)
	for _, l := range text.Labels {
		assert.Contains(t, text.Text, l)
	}
	assert.Equal(t, "Apache-2.0 (noto art)", ds.Info().Licence)
}

func TestOpenErrors(t *testing.T) {
	good := scenes.Spec{Objects: 1, Count: 1}
	index := &fstest.MapFile{Data: []byte(`{"cell": 128, "columns": 1, "labels": [{"label": "cat", "article": "a"}]}`)}
	for name, c := range map[string]struct {
		art  fstest.MapFS
		spec scenes.Spec
		want string
	}{
		"objects":  {nil, scenes.Spec{Objects: 4, Count: 1}, "want 1 to 3 objects"},
		"count":    {nil, scenes.Spec{Objects: 1}, "0 pictures"},
		"no index": {fstest.MapFS{}, good, "index.json"},
		"no sheet": {fstest.MapFS{"index.json": index}, good, "sheet.png"},
		"broken":   {fstest.MapFS{"index.json": index, "sheet.png": {Data: []byte("no")}}, good, "sheet.png"},
		"no label": {fstest.MapFS{"index.json": {Data: []byte("{}")}, "sheet.png": {Data: datasetstest.TinyPNG(t)}}, good, "labels"},
		"small":    {fstest.MapFS{"index.json": index, "sheet.png": {Data: datasetstest.TinyPNG(t)}}, good, "too small"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := scenes.Open(c.art, c.spec)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestPhotos(t *testing.T) {
	ds := datasetstest.Scenes(t, scenes.Spec{Objects: 2, Count: 6, PerSet: 1, Seed: 9, Width: 640, Height: 425, Captions: 5})
	texts := datasetstest.Texts(t, ds)
	require.Len(t, texts, 30)
	assert.Regexp(t, "^a photo of an? .+ and an? .+$", texts[0].Text)
	assert.Equal(t, ds.Info().Texts, len(texts))
	seen := map[string]bool{}
	for _, text := range texts {
		assert.False(t, seen[text.Text], text.Text)
		seen[text.Text] = true
	}
	for _, im := range datasetstest.Images(t, ds) {
		assert.True(t, strings.HasSuffix(im.Name, ".jpg"))
		data, err := im.Read(t.Context())
		require.NoError(t, err)
		size, err := jpeg.DecodeConfig(bytes.NewReader(data))
		require.NoError(t, err)
		assert.Equal(t, [2]int{640, 425}, [2]int{size.Width, size.Height})
	}
	for want, spec := range map[string]scenes.Spec{
		"at most 5":      {Objects: 1, Count: 1, Captions: 6},
		"sides of 64":    {Objects: 1, Count: 1, Width: 10, Height: 500},
		"pictures of 10": {Objects: 1, Count: 1, Width: 10},
	} {
		_, err := scenes.Open(os.DirFS(filepath.Join(testenv.Root(t), "testdata", "art", "noto")), spec)
		assert.ErrorContains(t, err, want)
	}
}

func BenchmarkScene(b *testing.B) {
	for objects := 1; objects <= 3; objects++ {
		b.Run(fmt.Sprint(objects), func(b *testing.B) {
			ds := datasetstest.Scenes(b, scenes.Spec{Objects: objects, Count: 500, Seed: uint64(objects)})
			var all []datasets.Image
			for im := range ds.Images(b.Context()) {
				all = append(all, im)
			}
			var written bytes.Buffer
			for i := 0; b.Loop(); i++ {
				data, err := all[i%len(all)].Read(b.Context())
				require.NoError(b, err)
				written.Reset()
				written.Write(data)
			}
		})
	}
}
