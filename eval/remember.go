package eval

import "github.com/fastclip/fastclip/internal/cache"

// Results that are computed from embeddings are kept between runs, under the content that they were
// computed from: hashes of the embeddings themselves, of the set's items and labels, and the suite's
// options. When most variants of a run are unchanged, only the rest is computed.

// scope is where results of this run are kept.
func (r *run) scope() cache.Scope { return cache.Scope{Cache: r.cache, Place: r.opener.Place} }
