package score

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
)

// A class is the mean of the unit embeddings of its prompts, a unit again; the mean over classes
// counts a rare class as much as a common one.
func TestClassification(t *testing.T) {
	pictures := []datasets.Image{{ID: "1", Labels: []string{"a"}}, {ID: "2", Labels: []string{"a"}}, {ID: "3", Labels: []string{"a"}}, {ID: "4", Labels: []string{"b"}}}
	z, err := embed.PlanZeroShot(suite.DatasetSpec{Templates: []string{"{}", "x {}"}}, datasets.Info{}, pictures)
	require.NoError(t, err)
	s := &embed.Set{Good: pictures, Zero: z, ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}}
	v := &variants.Variant{ImageKey: "i", TextKey: "t"}
	z.Emb["t"] = encoders.Embeddings{N: 4, Dim: 2, Data: []float32{2, 0, 0, 9, -1, 0, -1, 0}}
	s.TextEmb["t"] = encoders.Embeddings{Dim: 2}
	s.ImageEmb["i"] = encoders.Embeddings{N: 4, Dim: 2, Data: []float32{1, 1, 3, 0, -1, -1, -2, 1}}
	u := z.Units(v)
	assert.InDeltaSlice(t, []float64{math.Sqrt(0.5), math.Sqrt(0.5), -1, 0}, u.Data, 1e-15)
	c, err := classificationOf(s, &suite.Suite{Resamples: 100}, 0)
	require.NoError(t, err)
	assert.Equal(t, []string{AccTop1, PerClassTop1}, c.metrics, "top 5 of two classes says nothing")
	all, err := c.run(context.Background(), v)
	require.NoError(t, err)
	mean := func(x []float64) (m float64) {
		for _, v := range x {
			m += v / float64(len(x))
		}
		return m
	}
	values := c.values(all)
	assert.Equal(t, 0.75, mean(values[0]), "3 of 4")
	assert.InDelta(t, (2.0/3+1)/2, mean(values[1]), 1e-15)
}

// The classes are those of the set's list, in its order: also those without pictures, and two of one name.
func TestClassesAreTheLists(t *testing.T) {
	info := datasets.Info{Classes: []string{"owl", "dog", "cat", "dog"}}
	one := func(label string, class int) datasets.Image {
		return datasets.Image{Name: label, Labels: []string{label}, Class: class}
	}
	pictures := []datasets.Image{one("dog", 2), one("dog", 4), one("cat", 0)}
	z, err := embed.PlanZeroShot(suite.DatasetSpec{Templates: []string{"{}", "x {}"}}, info, pictures)
	require.NoError(t, err)
	assert.Equal(t, info.Classes, z.Classes)
	assert.Equal(t, []string{"owl", "x owl", "dog", "x dog", "cat", "x cat"}, z.Prompts, "each prompt once")
	s := &embed.Set{Good: pictures, Zero: z, ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}}
	v := &variants.Variant{ImageKey: "i", TextKey: "t"}
	z.Emb["t"] = encoders.Embeddings{N: 6, Dim: 2, Data: []float32{1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1}}
	s.TextEmb["t"] = encoders.Embeddings{Dim: 2}
	s.ImageEmb["i"] = encoders.Embeddings{N: 3, Dim: 2, Data: []float32{1, 0, 1, 0, 0, 1}}
	c, err := classificationOf(s, &suite.Suite{Resamples: 100}, 0)
	require.NoError(t, err)
	all, err := c.run(context.Background(), v)
	require.NoError(t, err)
	assert.Equal(t, [][]float64{{1, 0, 1}}, c.values(all)[:1], "argmax takes the first of two that tie")

	for want, c := range map[string]struct {
		info   datasets.Info
		images []datasets.Image
	}{
		"not among the 4 classes": {info, []datasets.Image{one("fox", 0)}},
		"without names":           {datasets.Info{Unnamed: 2}, []datasets.Image{one("3", 0), one("4", 0)}},
	} {
		_, err := embed.PlanZeroShot(suite.DatasetSpec{Templates: []string{"{}"}}, c.info, c.images)
		assert.ErrorContains(t, err, want)
	}
}
