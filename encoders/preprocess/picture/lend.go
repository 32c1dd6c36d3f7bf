package picture

import "sync"

// lent is decoded pixels' memory, taken again for the next file.
var lent = sync.Pool{New: func() any { return &Picture{} }}

// Take is a picture of any content whose memory Return gives to the next one.
func Take() *Picture {
	p := lent.Get().(*Picture)
	p.lent = true
	return p
}

// Return ends the use of a picture that was taken, and of all that shares its pixels. Of others, and
// of nil, it does nothing.
func (p *Picture) Return() {
	if p != nil && p.lent {
		p.lent = false
		lent.Put(p)
	}
}

// Swap exchanges what two pictures show; whose memory is to be returned stays as it is.
func (p *Picture) Swap(q *Picture) {
	*p, *q = *q, *p
	p.lent, q.lent = q.lent, p.lent
}
