package embed

import (
	"fmt"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/internal/cache"
)

// limit keeps the first n pictures. It keeps the texts that are about one of them: those that list it, or
// whose labels it all has. The rest is another dataset with its own hash.
func (s *Set) limit(n int) {
	if n == 0 || n >= len(s.Images) {
		return
	}
	s.Images = s.Images[:n]
	var texts []datasets.Text
	for q, list := range datasets.AnswersOf(s.Texts, s.Images) {
		if len(list) > 0 {
			texts = append(texts, s.Texts[q])
		}
	}
	s.Texts = texts
	s.Info.Hash = cache.Key("limit", fmt.Sprint(n), s.Info.Hash)
}
