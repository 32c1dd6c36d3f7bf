package eval

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"

	"github.com/fastclip/fastclip/encoders"
)

// What is computed from embeddings is kept between runs under the content that it was computed from:
// hashes of the embeddings themselves, of the set's items and labels, and the suite's options. A run
// whose variants are mostly those of an earlier one computes the rest only.

// recall looks for what an earlier run computed of the same content, which parts name, and hands it to
// take, whose error counts as absence. It returns the key under which to remember what is computed
// instead.
func (r *run) recall(take func(data []byte) error, parts ...string) (key string, found bool) {
	if r.cache == nil {
		return "", false
	}
	key = r.opener.key(parts...)
	data, ok := r.cache.Get(key)
	return key, ok && take(data) == nil
}

// remember keeps what was computed.
func (r *run) remember(key string, data []byte) {
	if r.cache != nil {
		r.cache.Keep(key, data)
	}
}

// contents are hashes of a variant's embeddings of the set, texts and images, and of all about the
// set's items that scores hang on.
func (s *set) contents(v *variant) []string {
	return []string{s.print, s.prints["text "+v.textKey], s.prints["image "+v.imageKey]}
}

// fingerprint takes the hashes that contents has.
func (r *run) fingerprint(s *set) {
	if r.cache == nil {
		return
	}
	s.print, s.prints = s.itemsHash(), map[string]string{}
	for _, v := range r.variants {
		if v.ok() {
			s.hash("text "+v.textKey, s.textEmb[v.textKey])
			s.hash("image "+v.imageKey, s.imageEmb[v.imageKey])
		}
	}
}

// itemsHash is of the ids, labels and texts of the good items, in their order.
func (s *set) itemsHash() string {
	h := sha256.New()
	list := func(values []string) {
		writePart(h, fmt.Sprint(len(values)))
		for _, v := range values {
			writePart(h, v)
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
	writePart(h, fmt.Sprint(e.N, e.Dim))
	writeFloats(h, e.Data)
	s.prints[key] = hex.EncodeToString(h.Sum(nil))
}

// writeFloats hashes values, some at a time.
func writeFloats(h hash.Hash, values []float32) {
	buf := make([]byte, 0, 1<<15)
	for len(values) > 0 {
		n := min(len(values), cap(buf)/4)
		for _, v := range values[:n] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		h.Write(buf)
		values, buf = values[n:], buf[:0]
	}
}
