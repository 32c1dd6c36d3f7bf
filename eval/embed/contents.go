package embed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// Contents are hashes of everything that scores depend on: the set's items, and a variant's embeddings of
// its images and texts.
func (s *Set) Contents(v *variants.Variant) []string {
	return []string{s.print, s.prints["text "+v.TextKey], s.prints["image "+v.ImageKey]}
}

// Fingerprint computes the hashes that Contents returns.
func (s *Set) Fingerprint(all []*variants.Variant) {
	s.print, s.prints = s.ItemsHash(), map[string]string{}
	for _, v := range all {
		if v.OK() {
			s.hash("text "+v.TextKey, s.TextEmb[v.TextKey])
			s.hash("image "+v.ImageKey, s.ImageEmb[v.ImageKey])
		}
	}
}

// ItemsHash is the hash of the ids, labels and texts of the good items, in their order.
func (s *Set) ItemsHash() string {
	h := sha256.New()
	list := func(values []string) {
		cache.WritePart(h, fmt.Sprint(len(values)))
		for _, v := range values {
			cache.WritePart(h, v)
		}
	}
	for _, im := range s.Good {
		list([]string{"image", im.ID})
		list(im.Labels)
	}
	for _, t := range s.Texts {
		list([]string{"text", t.ID, t.Text})
		list(t.Labels)
		list(t.Images)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (s *Set) hash(key string, e encoders.Embeddings) {
	if _, ok := s.prints[key]; ok {
		return
	}
	h := sha256.New()
	cache.WritePart(h, fmt.Sprint(e.N, e.Dim))
	cache.WriteFloats(h, e.Data)
	s.prints[key] = hex.EncodeToString(h.Sum(nil))
}
