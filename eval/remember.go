package eval

import "github.com/fastclip/fastclip/internal/cache"

// What is computed from embeddings is kept between runs under the content that it was computed from:
// hashes of the embeddings themselves, of the set's items and labels, and the suite's options. A run
// whose variants are mostly those of an earlier one computes the rest only.

// scope is where results of this run are kept.
func (r *run) scope() cache.Scope { return cache.Scope{Cache: r.cache, Place: r.opener.Place} }
