package eval

import "sync"

// pixelPool reuses the large tensors of chunks.
type pixelPool struct{ pool sync.Pool }

func (p *pixelPool) get(n int) []float32 {
	if b, ok := p.pool.Get().(*[]float32); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]float32, n)
}

func (p *pixelPool) put(b []float32) { p.pool.Put(&b) }
