package embed

import "sync"

// bufferPool reuses the large buffers of chunks: tensors, and the samples behind them.
type bufferPool[T any] struct{ pool sync.Pool }

func (p *bufferPool[T]) get(n int) []T {
	if b, ok := p.pool.Get().(*[]T); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]T, n)
}

func (p *bufferPool[T]) put(b []T) { p.pool.Put(&b) }
