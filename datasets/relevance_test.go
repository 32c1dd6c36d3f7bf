package datasets

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestRelevance: the lists agree with datasets.Relevant for every pair.
func TestRelevance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	some := func(prefix string, most int) (out []string) {
		for _, i := range r.Perm(5)[:r.IntN(most+1)] {
			out = append(out, fmt.Sprint(prefix, i))
		}
		return out
	}
	for range 200 {
		images, texts := make([]Image, r.IntN(6)), make([]Text, r.IntN(8))
		for i := range images {
			images[i] = Image{ID: fmt.Sprint("im", i), Labels: some("l", 3)}
		}
		for i := range texts {
			texts[i] = Text{Labels: some("l", 3), Images: some("im", 2)}
		}
		lists := AnswersOf(texts, images)
		back := Inverse(lists, len(images))
		for q, text := range texts {
			var want []int32
			for i, im := range images {
				if Relevant(text, im) {
					want = append(want, int32(i))
					assert.Contains(t, back[i], int32(q))
				}
			}
			assert.ElementsMatch(t, want, lists[q])
			assert.IsNonDecreasing(t, append([]int32{-1, -1}, lists[q]...))
		}
	}
	assert.Equal(t, [][]int32{{0, 2}, nil, {0, 2}}, Companions([]string{"a", "", "a"}))
}
