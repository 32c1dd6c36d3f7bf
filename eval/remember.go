package eval

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// What is computed from embeddings is kept between runs under the content that it was computed from:
// hashes of the embeddings themselves, of the set's items and labels, and the suite's options. A run
// whose variants are mostly those of an earlier one computes the rest only.

// scope is where results of this run are kept.
func (r *run) scope() cache.Scope { return cache.Scope{Cache: r.cache, Place: r.opener.Place} }

// contents are hashes of a variant's embeddings of the set, texts and images, and of all about the
// set's items that scores hang on.
func (s *set) contents(v *variants.Variant) []string {
	return []string{s.print, s.prints["text "+v.TextKey], s.prints["image "+v.ImageKey]}
}

// fingerprint takes the hashes that contents has.
func (r *run) fingerprint(s *set) {
	if r.cache == nil {
		return
	}
	s.print, s.prints = s.itemsHash(), map[string]string{}
	for _, v := range r.variants {
		if v.OK() {
			s.hash("text "+v.TextKey, s.textEmb[v.TextKey])
			s.hash("image "+v.ImageKey, s.imageEmb[v.ImageKey])
		}
	}
}

// itemsHash is of the ids, labels and texts of the good items, in their order.
func (s *set) itemsHash() string {
	h := sha256.New()
	list := func(values []string) {
		cache.WritePart(h, fmt.Sprint(len(values)))
		for _, v := range values {
			cache.WritePart(h, v)
		}
	}
	for _, im := range s.good {
		list([]string{"image", im.ID})
		list(im.Labels)
	}
	for _, t := range s.texts {
		list([]string{"text", t.ID, t.Text})
		list(t.Labels)
		list(t.Images)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (s *set) hash(key string, e encoders.Embeddings) {
	if _, ok := s.prints[key]; ok {
		return
	}
	h := sha256.New()
	cache.WritePart(h, fmt.Sprint(e.N, e.Dim))
	cache.WriteFloats(h, e.Data)
	s.prints[key] = hex.EncodeToString(h.Sum(nil))
}
