package embed

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
)

func TestPlanZeroShot(t *testing.T) {
	one := func(labels ...string) datasets.Image { return datasets.Image{Name: "x", Labels: labels} }
	z, err := PlanZeroShot(suite.DatasetSpec{Templates: []string{"a {}", "the {c}!"}}, datasets.Info{}, []datasets.Image{one("dog"), one("cat"), one("dog")})
	require.NoError(t, err)
	assert.Equal(t, []string{"cat", "dog"}, z.Classes)
	assert.Equal(t, []string{"a cat", "the cat!", "a dog", "the dog!"}, z.Prompts)
	z, err = PlanZeroShot(suite.DatasetSpec{}, datasets.Info{}, nil)
	assert.Nil(t, z)
	assert.NoError(t, err)
	for want, images := range map[string][]datasets.Image{
		"one label per picture: x has 2": {one("a"), one("a", "b")},
		"with 1 classes":                 {one("a")},
	} {
		_, err := PlanZeroShot(suite.DatasetSpec{Templates: []string{"{}"}}, datasets.Info{}, images)
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorContains(t, suite.CheckTemplates([]string{"a photo"}), "no {} for the class")
}
