package preprocess

import "sync"

// scratch is memory for one picture's way to a tensor, taken again for the next one's, so that
// nothing is allocated in steady state. A nil scratch allocates. What is taken from one lives
// until release; it is not zeroed but where a method says so.
type scratch struct {
	bytes    slab[byte]
	words    slab[int32]
	halves   slab[int16]
	reals    slab[float64]
	floats   slab[float32]
	pictures slab[Picture]
	x, y     axisCache
	pool     *sync.Pool
}

// slab hands out parts of one piece of memory. What does not fit is allocated, and reset makes
// room for as much.
type slab[T any] struct {
	all                []T
	used, wanted, most int
}

func (s *slab[T]) take(n int) []T {
	s.wanted += n
	s.most = max(s.most, s.wanted)
	if n > len(s.all)-s.used {
		return make([]T, n)
	}
	s.used += n
	return s.all[s.used-n : s.used : s.used]
}

func (s *slab[T]) reset() {
	if s.most > len(s.all) {
		s.all = make([]T, s.most)
	}
	s.used, s.wanted, s.most = 0, 0, 0
}

// scratches are for filters that have no pool of their own.
var scratches sync.Pool

// newScratch takes one from the pool, where there is a pool.
func newScratch(pool *sync.Pool) *scratch {
	if pool == nil {
		return nil
	}
	if s, ok := pool.Get().(*scratch); ok {
		return s
	}
	return &scratch{pool: pool}
}

// release gives everything back at once.
func (s *scratch) release() {
	if s == nil {
		return
	}
	s.bytes.reset()
	s.words.reset()
	s.halves.reset()
	s.reals.reset()
	s.floats.reset()
	s.pictures.reset()
	s.pool.Put(s)
}

func (s *scratch) takeBytes(n int) []byte {
	if s == nil {
		return make([]byte, n)
	}
	return s.bytes.take(n)
}

func (s *scratch) takeWords(n int) []int32 {
	if s == nil {
		return make([]int32, n)
	}
	return s.words.take(n)
}

// takeHalves are zero.
func (s *scratch) takeHalves(n int) []int16 {
	if s == nil {
		return make([]int16, n)
	}
	out := s.halves.take(n)
	clear(out)
	return out
}

// takeFloats are zero.
func (s *scratch) takeFloats(n int) []float32 {
	if s == nil {
		return make([]float32, n)
	}
	out := s.floats.take(n)
	clear(out)
	return out
}

// forReals has do take words and reals that nobody looks at after it.
func (s *scratch) forReals(do func()) {
	if s == nil {
		do()
		return
	}
	words, reals := s.words, s.reals
	do()
	s.words.used, s.words.wanted = words.used, words.wanted
	s.reals.used, s.reals.wanted = reals.used, reals.wanted
}

// takeReals are zero.
func (s *scratch) takeReals(n int) []float64 {
	if s == nil {
		return make([]float64, n)
	}
	out := s.reals.take(n)
	clear(out)
	return out
}

// picture has no palette.
func (s *scratch) picture(mode Mode, w, h int) *Picture {
	p := s.header(mode, w, h)
	p.Pix = s.takeBytes(w * h * mode.channels())
	return p
}

// header is a picture without pixels.
func (s *scratch) header(mode Mode, w, h int) *Picture {
	if s == nil {
		return &Picture{Mode: mode, W: w, H: h}
	}
	p := &s.pictures.take(1)[0]
	p.Mode, p.W, p.H = mode, w, h
	return p
}
