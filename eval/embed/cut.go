package embed

import (
	"fmt"

	"github.com/fastclip/fastclip/eval/variants"
)

// cutKey names what the number of cut texts depends on besides the set.
func cutKey(v *variants.Variant) string { return v.Tok.Key() + fmt.Sprint(v.Context) }

// noteCut records how many of the set's texts are longer than the context. It does not count the prompts
// of classes.
func (s *Set) noteCut(v *variants.Variant, cut []bool) {
	if s.cut == nil {
		s.cut = map[string]int64{}
	}
	n := 0
	for _, c := range cut[:len(s.Texts)] {
		if c {
			n++
		}
	}
	s.cut[cutKey(v)] = int64(n)
}

// CutOf is the number of cut texts for a variant; nil if its texts did not become ids here.
func (s *Set) CutOf(v *variants.Variant) *int64 {
	if v.Tok == nil || v.Info.ImageOnly {
		return nil
	}
	if n, ok := s.cut[cutKey(v)]; ok {
		return &n
	}
	return nil
}
