package datasets

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// spillBytes is how much a spill holds in memory before it writes to disk.
const spillBytes = 8 << 20

// Spill sorts more values than fit in memory. It writes sorted runs to one temporary file and merges them
// when they are read (external merge sort). It is safe for concurrent use after Seal.
//
// It does not use github.com/lanrat/extsort (1.5.0, Apache-2.0). The sort of that package is not stable,
// its result can be read only once, and its chunks have a fixed number of records. Here equal values keep
// their order, every listing of a set reads the result again, and long captions count by their size in
// bytes.
type Spill[T any] struct {
	order func(a, b T) int
	size  func(T) int
	limit int

	held  []T
	bytes int
	file  *os.File
	end   int64
	runs  []*io.SectionReader
}

func NewSpill[T any](order func(a, b T) int, size func(T) int) *Spill[T] {
	return &Spill[T]{order: order, size: size, limit: spillBytes}
}

func (s *Spill[T]) Add(v T) error {
	s.held = append(s.held, v)
	if s.bytes += 128 + s.size(v); s.bytes < s.limit {
		return nil
	}
	return s.flush()
}

func (s *Spill[T]) flush() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "fastclip-index-*")
		if err != nil {
			return fmt.Errorf("index: %w: name a folder with space in TMPDIR", err)
		}
		// This disappears with the process, even when it is killed. Where open files cannot be removed,
		// close does it.
		_ = os.Remove(file.Name())
		s.file = file
	}
	s.Seal()
	counted := io.NewOffsetWriter(s.file, s.end)
	buffered := bufio.NewWriter(counted)
	enc := gob.NewEncoder(buffered)
	for i := range s.held {
		if err := enc.Encode(&s.held[i]); err != nil {
			return fmt.Errorf("index: %w: name a folder with space in TMPDIR", err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("index: %w: name a folder with space in TMPDIR", err)
	}
	size, err := counted.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	s.runs = append(s.runs, io.NewSectionReader(s.file, s.end, size))
	s.end += size
	s.held, s.bytes = s.held[:0], 0
	return nil
}

// Seal ends adding.
func (s *Spill[T]) Seal() { slices.SortStableFunc(s.held, s.order) }

// All yields the values in order. Equal values keep the order in which they were added.
func (s *Spill[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		m := &merge[T]{order: s.order}
		for i, run := range s.runs {
			dec := gob.NewDecoder(bufio.NewReader(io.NewSectionReader(run, 0, run.Size())))
			m.add(i, func() (v T, err error) { return v, dec.Decode(&v) })
		}
		at := 0
		m.add(len(s.runs), func() (v T, err error) {
			if at == len(s.held) {
				return v, io.EOF
			}
			at++
			return s.held[at-1], nil
		})
		for m.err == nil && len(m.heads) > 0 {
			top := &m.heads[0]
			if !yield(top.value, nil) {
				return
			}
			if top.value, m.err = top.next(); m.err == nil {
				heap.Fix(m, 0)
			} else if errors.Is(m.err, io.EOF) {
				m.err = nil
				heap.Pop(m)
			}
		}
		if m.err != nil {
			var none T
			yield(none, fmt.Errorf("index: %w", m.err))
		}
	}
}

func (s *Spill[T]) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // done already wherever that is possible
	s.file = nil
	return err
}

// merge is a heap of the runs' next values.
type merge[T any] struct {
	order func(a, b T) int
	heads []head[T]
	err   error
}

type head[T any] struct {
	value T
	run   int
	next  func() (T, error)
}

func (m *merge[T]) add(run int, next func() (T, error)) {
	v, err := next()
	if err == nil {
		heap.Push(m, head[T]{v, run, next})
	} else if !errors.Is(err, io.EOF) {
		m.err = errors.Join(m.err, err)
	}
}

func (m *merge[T]) Len() int { return len(m.heads) }

func (m *merge[T]) Less(i, j int) bool {
	return cmp.Or(m.order(m.heads[i].value, m.heads[j].value), m.heads[i].run-m.heads[j].run) < 0
}

func (m *merge[T]) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }

func (m *merge[T]) Push(v any) { m.heads = append(m.heads, v.(head[T])) }

func (m *merge[T]) Pop() any {
	last := len(m.heads) - 1
	v := m.heads[last]
	m.heads = m.heads[:last]
	return v
}
