package resample

/*
#include "fused.h"

static const fastclip_unit *unit(int number) { return number == 0 ? &fastclip_avx512 : number == 1 ? &fastclip_avx2 : &fastclip_neon; }

static int run(int row, int to, int y, int number, const uint8_t *src, size_t stride, int kind, int width, int rows,
		const int32_t *x_first, const int32_t *x_last, const void *x_weights, int x_groups, int w, int x_bits, int x_short,
		const int32_t *y_first, const int32_t *y_last, const void *y_weights, int y_groups, int h, int y_bits, int y_short,
		uint8_t *band, size_t band_stride, uint8_t *ring, size_t ring_stride, int ring_mask, uint8_t *dst) {
	fastclip_job j = {src, stride, kind, width, rows,
		{x_first, x_last, x_weights, x_groups, w, x_bits, x_short}, {y_first, y_last, y_weights, y_groups, h, y_bits, y_short},
		band, band_stride, ring, ring_stride, ring_mask, dst};
	return fastclip_fused(unit(number), &j, row, to, y);
}

static int uprights(int number, uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int channels,
		const int32_t *first, const int32_t *last, const void *weights, int groups, int h, int bits, int is_short,
		int from, int to, uint8_t *ring, int ring_mask, int done) {
	fastclip_weights y = {first, last, weights, groups, h, bits, is_short};
	return fastclip_uprights(unit(number), dst, src, stride, width, channels, &y, from, to, ring, ring_mask, done);
}
*/
import "C"

import (
	"image"
	"unsafe"

	"github.com/fastclip/fastclip/internal/isa"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// A picture's way from its pixels to RGB after resize and crop, all of it in small bands of rows
// that stay in the nearest caches: four bytes a pixel (premultiplied, where there is alpha), the
// horizontal pass, the vertical one, and back to RGB.

// form is how a set takes weights and lays rows between the two passes.
type form struct {
	number      int                                          // number for fused.go's run
	bandRows    int                                          // rows that go through the passes together
	bandLines   int                                          // lines of a band in memory
	groupRows   int                                          // rows that are interleaved byte by byte between the passes
	groupPixels int                                          // pixels whose weights are interleaved
	align       int                                          // alignment of the first pixel of a group
	pixelBytes  int                                          // per pixel in a line of a band
	weightBytes int                                          // per weight of a pixel or row
	pack        func(out []byte, at, n int, weights []int32) // packs into groups of n, from position at on

	leastBytes int // least bytes in a row for a separate vertical pass
	shortBytes int // weightBytes and pack for weights that fit into 16 bits; 0 if there are none
	packShort  func(out []byte, at, n int, weights []int32)
}

func (s set) form() (form, bool) {
	switch {
	case s.avx512():
		return form{number: 0, bandRows: 16, bandLines: 1, groupRows: 4, groupPixels: 4, align: 4, pixelBytes: 64, weightBytes: 3, pack: packBytes, leastBytes: 1}, true
	case isa.Set(s) == isa.NEON:
		return form{number: 2, bandRows: 4, bandLines: 4, groupRows: 1, groupPixels: 4, align: 1, pixelBytes: 4, weightBytes: 4, pack: packWhole, leastBytes: 8}, true
	case s.avx2():
		return form{number: 1, bandRows: 8, bandLines: 1, groupRows: 2, groupPixels: 2, align: 2, pixelBytes: 64, weightBytes: 4, pack: packHalves,
			leastBytes: 32, shortBytes: 2, packShort: packShort}, true
	}
	return form{}, false
}

// same is the weights of an axis whose length does not change.
func same(mem *Scratch, n int) weights {
	t := weights{first: mem.takeWords(n), n: mem.takeWords(n), values: mem.takeWords(n), size: 1, spare: precision - 14, mem: mem}
	for i := range n {
		t.first[i], t.n[i], t.values[i] = int32(i), 1, 1<<precision
	}
	return t
}

// What a band's pixels are made of; see fused.h.
const (
	kindPremultiply = C.FASTCLIP_PREMULTIPLY
	kindFour        = C.FASTCLIP_FOUR
	kindThree       = C.FASTCLIP_THREE
	kindOne         = C.FASTCLIP_ONE
	kindTwo         = C.FASTCLIP_TWO
	kindCMYK        = C.FASTCLIP_CMYK
	kindInk         = C.FASTCLIP_INK
	kindFirst       = C.FASTCLIP_FIRST
)

// fusedKind is how the fused pass reads src's pixels for a colour. ok is false when it cannot.
func fusedKind(m picture.Mode, c picture.Colour) (kind int, ok bool) {
	switch {
	case m == picture.ModeRGB && (c == picture.ColourMode || c == picture.ColourRGB):
		return kindThree, true
	case m == picture.ModeRGBA && c == picture.ColourMode:
		return kindPremultiply, true
	case m == picture.ModeRGBA && c == picture.ColourRGB:
		return kindFour, true
	case m == picture.ModeL && c != picture.ColourOnBlack:
		return kindOne, true
	case m == picture.ModeLA && c == picture.ColourMode:
		return kindTwo, true
	case m == picture.ModeLA && c != picture.ColourOnBlack:
		return kindFirst, true
	case m == picture.ModeCMYK && c == picture.ColourMode:
		return kindCMYK, true
	case m == picture.ModeCMYK && c == picture.ColourRGB:
		return kindInk, true
	}
	return 0, false
}

// afterDown is how a kind's pixels are read after the vertical pass. It is false when that pass would have
// to read more than one byte at a time.
func afterDown(kind int) (int, bool) {
	switch kind {
	case kindPremultiply:
		return C.FASTCLIP_MULTIPLIED, true
	case kindTwo:
		return C.FASTCLIP_MULTIPLIED_TWO, true
	}
	return kind, kind != kindInk
}

// resampleRGB does the work of convert, resample, unpremultiply and rgb at once. It leaves CMYK unchanged,
// because bars around such a picture are CMYK, too. It is nil when the set cannot do it.
func (s set) resampleRGB(mem *Scratch, src *picture.Picture, c picture.Colour, k weigher, w, h int, crop image.Rectangle, downFirst bool) *picture.Picture {
	kind, ok := fusedKind(src.Mode, c)
	f, has := s.form()
	if !ok || !has || crop.Empty() {
		return nil
	}
	after, whole := afterDown(kind)
	if downFirst && !whole {
		return nil
	}
	xs, ys := mem.axes()
	x, ok := xs.get(mem, f, k, axis{src.W, w, crop.Min.X, crop.Max.X}, f.groupPixels, f.align)
	if !ok {
		return nil
	}
	down, part := axis{src.H, h, crop.Min.Y, crop.Max.Y}, view{}
	if downFirst {
		y, ok := ys.get(mem, f, k, down, f.groupRows, 1)
		if !ok {
			return nil
		}
		part = viewOf(src, image.Rect(x.need[0], y.need[0], x.need[1], y.need[1]))
		if part.rowBytes() < f.leastBytes {
			return nil
		}
		part, kind, down = f.uprights(mem, part, after != kind, y), after, axis{crop.Dy(), crop.Dy(), 0, crop.Dy()}
	}
	y, ok := ys.get(mem, f, k, down, f.groupRows, f.groupRows)
	if !ok {
		return nil
	}
	if !downFirst {
		part = viewOf(src, image.Rect(x.need[0], y.need[0], x.need[1], y.need[1]))
	}
	mode := picture.ModeRGB
	if kind == kindCMYK {
		mode = picture.ModeCMYK
	}
	out := mem.Picture(mode, crop.Dx(), crop.Dy())
	f.run(mem, part, kind, x, y, out.Pix)
	return out
}

// callPixels is the number of pixels for which a call into C takes 5 to 10 us. If a call takes over 20 us,
// Go's scheduler takes the goroutine's place among the running away (retake in runtime/proc.go). Getting
// it back costs more than the call.
const callPixels = 8_000

func (f form) run(mem *Scratch, part view, kind int, x, y *axisWeights, dst []byte) {
	w, h := len(x.first), len(y.first)
	bandStride := f.pixelBytes * (part.width + x.groups*f.groupPixels + 16)
	ringStride := 4 * f.groupRows * ((w + 15) / 16 * 16)
	slots := 1
	for slots < y.groups+f.bandRows/f.groupRows {
		slots *= 2
	}
	band, ring := mem.takeBytes(bandStride*f.bandLines), mem.takeBytes(ringStride*slots)
	step := (callPixels/part.width/f.bandRows + 1) * f.bandRows
	for row, y0 := 0, C.int(0); row < part.height; row += step {
		y0 = C.run(C.int(row), C.int(min(row+step, part.height)), y0, C.int(f.number), bytesOf(part.pix), C.size_t(part.stride), C.int(kind), C.int(part.width), C.int(part.height),
			wordsOf(x.first), wordsOf(x.last), unsafe.Pointer(&x.weights[0]), C.int(x.groups), C.int(w), C.int(x.bits), C.int(x.short),
			wordsOf(y.first), wordsOf(y.last), unsafe.Pointer(&y.weights[0]), C.int(y.groups), C.int(h), C.int(y.bits), C.int(y.short),
			bytesOf(band), C.size_t(bandStride), bytesOf(ring), C.size_t(ringStride), C.int(slots-1), bytesOf(dst))
	}
}

// uprights is a separate vertical pass. With premultiply, it works on premultiplied pixels.
func (f form) uprights(mem *Scratch, part view, premultiply bool, y *axisWeights) view {
	out := newView(mem, part.width, len(y.first), part.channels)
	channels, ring, mask := 0, out.pix, 0
	if premultiply {
		channels = part.channels
		for mask < y.groups*f.groupRows {
			mask = 2*mask + 1
		}
		ring = mem.takeBytes((mask + 1) * out.stride)
	}
	step, done := callPixels/(part.width*y.groups*f.groupRows)+1, C.int(0)
	for from := 0; from < out.height; from += step {
		done = C.uprights(C.int(f.number), bytesOf(out.pix), bytesOf(part.pix), C.size_t(part.stride), C.size_t(out.stride), C.int(channels),
			wordsOf(y.first), wordsOf(y.last), unsafe.Pointer(&y.weights[0]), C.int(y.groups), C.int(out.height), C.int(y.bits), C.int(y.short),
			C.int(from), C.int(min(from+step, out.height)), bytesOf(ring), C.int(mask), done)
	}
	return out
}

// Normalise spreads interleaved RGB into planes, with values from a table.
func Normalise(dst []float32, rgb []byte, table *[3][256]float32) { used().normalise(dst, rgb, table) }

// normalise is Normalise on a set.
func (s set) normalise(dst []float32, rgb []byte, table *[3][256]float32) {
	to, values, n, done := (*C.float)(&dst[0]), (*C.float)(&table[0][0]), C.size_t(len(rgb)/3), C.size_t(0)
	if s.avx512() {
		for c := range C.int(3) { // one call each: see callPixels
			done = C.fastclip_normalise_avx512(to, bytesOf(rgb), n, values, c)
		}
	}
	C.fastclip_normalise(to, bytesOf(rgb), n, values, done)
}
