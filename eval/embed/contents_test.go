package embed

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
)

// TestItemsHash: all about a set's items that scores depend on is in its hash.
func TestItemsHash(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(s *Set){
		"nothing":          func(*Set) {},
		"picture's id":     func(s *Set) { s.Good[0].ID = "z" },
		"picture's label":  func(s *Set) { s.Good[1].Labels = []string{"q"} },
		"labels apart":     func(s *Set) { s.Good[0].Labels, s.Good[1].Labels = nil, []string{"x", "y", "y"} },
		"text's id":        func(s *Set) { s.Texts[0].ID = "z" },
		"text":             func(s *Set) { s.Texts[0].Text = "z" },
		"text's label":     func(s *Set) { s.Texts[0].Labels = []string{"q"} },
		"text's picture":   func(s *Set) { s.Texts[0].Images = []string{"b"} },
		"label as picture": func(s *Set) { s.Texts[0].Labels, s.Texts[0].Images = nil, []string{"x", "a"} },
		"order":            func(s *Set) { s.Good[0], s.Good[1] = s.Good[1], s.Good[0] },
		"fewer":            func(s *Set) { s.Good = s.Good[:1] },
	} {
		s := &Set{
			Good:  []datasets.Image{{ID: "a", Labels: []string{"x", "y"}}, {ID: "b", Labels: []string{"y"}}},
			Texts: []datasets.Text{{ID: "t", Text: "a text", Labels: []string{"x"}, Images: []string{"a"}}},
		}
		change(s)
		hash := s.ItemsHash()
		assert.NotContains(t, seen, hash, "%s and %s", name, seen[hash])
		seen[hash] = name
	}
	hash := func(e encoders.Embeddings) string {
		s := &Set{prints: map[string]string{}}
		s.hash("k", e)
		return s.prints["k"]
	}
	long := make([]float32, 40_000)
	was := hash(encoders.Embeddings{N: 2, Dim: 20_000, Data: long})
	assert.NotEqual(t, was, hash(encoders.Embeddings{N: 4, Dim: 10_000, Data: long}))
	long[39_999] = math.Float32frombits(1 << 31) // -0
	assert.NotEqual(t, was, hash(encoders.Embeddings{N: 2, Dim: 20_000, Data: long}))
}
