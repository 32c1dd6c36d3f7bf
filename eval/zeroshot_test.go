package eval

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
)

func TestPlanZeroShot(t *testing.T) {
	one := func(labels ...string) datasets.Image { return datasets.Image{Name: "x", Labels: labels} }
	z, err := planZeroShot(suite.DatasetSpec{Templates: []string{"a {}", "the {c}!"}}, datasets.Info{}, []datasets.Image{one("dog"), one("cat"), one("dog")})
	require.NoError(t, err)
	assert.Equal(t, []string{"cat", "dog"}, z.classes)
	assert.Equal(t, []string{"a cat", "the cat!", "a dog", "the dog!"}, z.prompts)
	z, err = planZeroShot(suite.DatasetSpec{}, datasets.Info{}, nil)
	assert.Nil(t, z)
	assert.NoError(t, err)
	for want, images := range map[string][]datasets.Image{
		"one label a picture: x has 2": {one("a"), one("a", "b")},
		"of 1 classes":                 {one("a")},
	} {
		_, err := planZeroShot(suite.DatasetSpec{Templates: []string{"{}"}}, datasets.Info{}, images)
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorContains(t, suite.CheckTemplates([]string{"a photo"}), "no {} for the class")
}

// A class is the mean of the unit embeddings of its prompts, a unit again; the mean over classes
// counts a rare class as much as a common one.
func TestClassification(t *testing.T) {
	pictures := []datasets.Image{{ID: "1", Labels: []string{"a"}}, {ID: "2", Labels: []string{"a"}}, {ID: "3", Labels: []string{"a"}}, {ID: "4", Labels: []string{"b"}}}
	z, err := planZeroShot(suite.DatasetSpec{Templates: []string{"{}", "x {}"}}, datasets.Info{}, pictures)
	require.NoError(t, err)
	s := &set{good: pictures, zero: z, imageEmb: map[string]encoders.Embeddings{}, textEmb: map[string]encoders.Embeddings{}}
	v := &variants.Variant{ImageKey: "i", TextKey: "t"}
	z.emb["t"] = encoders.Embeddings{N: 4, Dim: 2, Data: []float32{2, 0, 0, 9, -1, 0, -1, 0}}
	s.textEmb["t"] = encoders.Embeddings{Dim: 2}
	s.imageEmb["i"] = encoders.Embeddings{N: 4, Dim: 2, Data: []float32{1, 1, 3, 0, -1, -1, -2, 1}}
	u := z.units(v)
	assert.InDeltaSlice(t, []float64{math.Sqrt(0.5), math.Sqrt(0.5), -1, 0}, u.Data, 1e-15)
	c, err := s.classification(&suite.Suite{Resamples: 100}, 0)
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
	z, err := planZeroShot(suite.DatasetSpec{Templates: []string{"{}", "x {}"}}, info, pictures)
	require.NoError(t, err)
	assert.Equal(t, info.Classes, z.classes)
	assert.Equal(t, []string{"owl", "x owl", "dog", "x dog", "cat", "x cat"}, z.prompts, "each prompt once")
	s := &set{good: pictures, zero: z, imageEmb: map[string]encoders.Embeddings{}, textEmb: map[string]encoders.Embeddings{}}
	v := &variants.Variant{ImageKey: "i", TextKey: "t"}
	z.emb["t"] = encoders.Embeddings{N: 6, Dim: 2, Data: []float32{1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1}}
	s.textEmb["t"] = encoders.Embeddings{Dim: 2}
	s.imageEmb["i"] = encoders.Embeddings{N: 3, Dim: 2, Data: []float32{1, 0, 1, 0, 0, 1}}
	c, err := s.classification(&suite.Suite{Resamples: 100}, 0)
	require.NoError(t, err)
	all, err := c.run(context.Background(), v)
	require.NoError(t, err)
	assert.Equal(t, [][]float64{{1, 0, 1}}, c.values(all)[:1], "argmax takes the first of two that tie")

	for want, c := range map[string]struct {
		info   datasets.Info
		images []datasets.Image
	}{
		"not among the 4 classes": {info, []datasets.Image{one("fox", 0)}},
		"have no names":           {datasets.Info{Unnamed: 2}, []datasets.Image{one("3", 0), one("4", 0)}},
	} {
		_, err := planZeroShot(suite.DatasetSpec{Templates: []string{"{}"}}, c.info, c.images)
		assert.ErrorContains(t, err, want)
	}
}

// A suite with templates has the three metrics for every variant, and CI and tests as others have.
func TestRunClassifies(t *testing.T) {
	cfg := config(t, parse(t, `  - {name: single, scenes: {objects: 1, count: 24, seed: 3}, templates: ["a photo of a {}", "a drawing of a {c}."]}`, `  - {name: ref}
  - {name: go, preprocess: go_image}`))
	res := load(t, mustRun(t, cfg).Dir)
	seen := map[string]int{}
	for _, s := range res.Scores {
		if s.Metric == AccTop1 || s.Metric == AccTop5 || s.Metric == PerClassTop1 {
			seen[s.Variant+" "+s.Metric]++
			assert.Equal(t, int64(24), s.NQueries)
			assert.LessOrEqual(t, s.CILow, s.Value)
			assert.Equal(t, s.Variant != "ref", s.PValue != nil)
			sum := 0.0
			for _, q := range res.Queries {
				if q.Variant == s.Variant && q.Metric == s.Metric {
					sum += q.Value / 24
				}
			}
			assert.InDelta(t, s.Value, sum, 1e-12)
		}
	}
	assert.Len(t, seen, 6)
	assert.FileExists(t, filepath.Join(cfg.Out, "embeddings", "ref", "single.prompt.parquet"))
}
