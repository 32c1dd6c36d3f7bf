package eval

import (
	"fmt"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/internal/cache"
)

// limit keeps the first n pictures, and of the texts those that are about one of them: that list
// it, or all of whose labels it has. What is left is another dataset, with a hash of its own.
func (s *set) limit(n int) {
	if n == 0 || n >= len(s.images) {
		return
	}
	s.images = s.images[:n]
	var texts []datasets.Text
	for q, list := range datasets.AnswersOf(s.texts, s.images) {
		if len(list) > 0 {
			texts = append(texts, s.texts[q])
		}
	}
	s.texts = texts
	s.info.Hash = cache.Key("limit", fmt.Sprint(n), s.info.Hash)
}
