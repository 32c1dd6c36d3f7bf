package picture

import "sync"

// lent is decoded pixels' memory, taken again for the next file.
var lent = sync.Pool{New: func() any { return &Picture{} }}

// Take returns a picture with arbitrary content. Return passes its memory on to the next one.
func Take() *Picture {
	p := lent.Get().(*Picture)
	p.lent = true
	return p
}

// Return ends the use of a picture from Take, and of everything that shares its pixels. It does nothing for other
// pictures and for nil.
func (p *Picture) Return() {
	if p != nil && p.lent {
		p.lent = false
		lent.Put(p)
	}
}

// Swap exchanges the contents of two pictures. Whose memory has to be returned does not change.
func (p *Picture) Swap(q *Picture) {
	*p, *q = *q, *p
	p.lent, q.lent = q.lent, p.lent
}
