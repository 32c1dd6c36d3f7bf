package resample

import (
	"sync"
	"time"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// Scratch is memory for one picture on its way to a tensor. The next picture uses it again, so that nothing is
// allocated in steady state. nil allocates instead. Memory taken from it is valid until Release. It is not zeroed,
// unless a method says so.
type Scratch struct {
	bytes    slab[byte]
	words    slab[int32]
	halves   slab[int16]
	reals    slab[float64]
	floats   slab[float32]
	pictures slab[picture.Picture]
	x, y     axisCache
	pool     *sync.Pool
	since    time.Time // time of the last yield
}

// slab hands out parts of one piece of memory. It allocates what does not fit, and reset makes room for
// that amount.
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

// Shared takes a Scratch from the pool, for filters that have none of their own.
func Shared() *Scratch { return NewScratch(&scratches) }

// scratches are for filters that have no pool of their own.
var scratches sync.Pool

// NewScratch takes one from the pool if there is a pool.
func NewScratch(pool *sync.Pool) *Scratch {
	if pool == nil {
		return nil
	}
	if s, ok := pool.Get().(*Scratch); ok {
		return s
	}
	return &Scratch{pool: pool}
}

// Release returns all memory at once.
func (s *Scratch) Release() {
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

// takeOf is n of one of the slabs.
func takeOf[T any](s *Scratch, of func(*Scratch) *slab[T], n int) []T {
	if s == nil {
		return make([]T, n)
	}
	return of(s).take(n)
}

// takeZeros is takeOf, with zeros.
func takeZeros[T any](s *Scratch, of func(*Scratch) *slab[T], n int) []T {
	out := takeOf(s, of, n)
	clear(out)
	return out
}

func (s *Scratch) takeBytes(n int) []byte {
	return takeOf(s, func(s *Scratch) *slab[byte] { return &s.bytes }, n)
}

func (s *Scratch) takeWords(n int) []int32 {
	return takeOf(s, func(s *Scratch) *slab[int32] { return &s.words }, n)
}

// takeHalves are zero.
func (s *Scratch) takeHalves(n int) []int16 {
	return takeZeros(s, func(s *Scratch) *slab[int16] { return &s.halves }, n)
}

// takeFloats are zero.
func (s *Scratch) takeFloats(n int) []float32 {
	return takeZeros(s, func(s *Scratch) *slab[float32] { return &s.floats }, n)
}

// floatsAsTheyAre are not zeroed.
func (s *Scratch) floatsAsTheyAre(n int) []float32 {
	return takeOf(s, func(s *Scratch) *slab[float32] { return &s.floats }, n)
}

// takeReals are zero.
func (s *Scratch) takeReals(n int) []float64 {
	return takeZeros(s, func(s *Scratch) *slab[float64] { return &s.reals }, n)
}

// forReals lets do take words and reals that are not used afterwards.
func (s *Scratch) forReals(do func()) {
	if s == nil {
		do()
		return
	}
	words, reals := s.words, s.reals
	do()
	s.words.used, s.words.wanted = words.used, words.wanted
	s.reals.used, s.reals.wanted = reals.used, reals.wanted
}

// Picture implements picture.Memory.
func (s *Scratch) Picture(mode picture.Mode, w, h int) *picture.Picture {
	p := s.header(mode, w, h)
	p.Pix = s.takeBytes(w * h * mode.Channels())
	return p
}

// header is a picture without pixels.
func (s *Scratch) header(mode picture.Mode, w, h int) *picture.Picture {
	if s == nil {
		return &picture.Picture{Mode: mode, W: w, H: h}
	}
	p := &s.pictures.take(1)[0]
	p.Mode, p.W, p.H = mode, w, h
	return p
}
