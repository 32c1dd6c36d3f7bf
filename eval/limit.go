package eval

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/datasets"
)

// limit keeps the first n pictures, and of the texts those that are about one of them: that list
// it, or all of whose labels it has. What is left is another dataset, with a hash of its own.
func (s *set) limit(n int) {
	if n == 0 || n >= len(s.images) {
		return
	}
	s.images = s.images[:n]
	s.texts = slices.DeleteFunc(s.texts, func(t datasets.Text) bool {
		return !slices.ContainsFunc(s.images, func(im datasets.Image) bool { return datasets.Relevant(t, im) })
	})
	s.info.Hash = Key("limit", fmt.Sprint(n), s.info.Hash)
}
