package embed

import (
	"sync"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/spool"
)

// large is the size in bytes from which embeddings are in a file and not in memory.
const large = 256 << 20

// matrix collects the embeddings of up to n items.
type matrix struct {
	n     int
	dir   string // folder for the file of a large matrix; empty means in memory
	large int

	mu   sync.Mutex
	dim  int
	data []float32
	file *spool.Rows
}

func (a *Pass) matrix(n int) *matrix {
	m := &matrix{n: n, dir: a.Scratch, large: large}
	if a.large > 0 {
		m.large = a.large
	}
	return m
}

// open makes room once the first rows show their length.
func (m *matrix) open(dim int) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dim > 0 || dim == 0 {
		return nil
	}
	m.dim = dim
	if m.dir != "" && 4*m.n*dim >= m.large {
		m.file, err = spool.New(m.dir, m.n, dim)
		return err
	}
	m.data = make([]float32, m.n*dim)
	return nil
}

// put stores rows from place at on. It may be called concurrently for different places.
func (m *matrix) put(at int, e encoders.Embeddings) error {
	if e.N == 0 {
		return nil
	}
	if err := m.open(e.Dim); err != nil {
		return err
	}
	if m.file != nil {
		return m.file.Put(at, e.Data)
	}
	copy(m.data[at*m.dim:], e.Data)
	return nil
}

// scatter stores rows, each at its own place and at those of its copies.
func (m *matrix) scatter(at []int, copies map[int][]int, e encoders.Embeddings) error {
	for i := range e.N {
		row := encoders.Embeddings{N: 1, Dim: e.Dim, Data: e.Row(i)}
		if err := m.put(at[i], row); err != nil {
			return err
		}
		for _, k := range copies[at[i]] {
			if err := m.put(k, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows are the first n rows, with the file that holds them, or nil.
func (m *matrix) rows(n int) (encoders.Embeddings, *spool.Rows, error) {
	if m.dim == 0 {
		return encoders.Embeddings{}, nil, nil
	}
	if m.file != nil {
		var err error
		if m.data, err = m.file.Values(); err != nil {
			return encoders.Embeddings{}, nil, err
		}
	}
	return encoders.Embeddings{N: n, Dim: m.dim, Data: m.data[: n*m.dim : n*m.dim]}, m.file, nil
}

// Rest frees the memory of large embeddings until they are needed again.
func (s *Set) Rest() {
	for _, file := range s.imageFiles {
		file.Rest()
	}
	for _, file := range s.textFiles {
		file.Rest()
	}
}
