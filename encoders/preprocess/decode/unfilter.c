#include "unfilter.h"

#include <string.h>

// PNG's filters (specification, section 9), undone where the rows lie, n bytes a pixel. A row's
// bytes move down by its number and one, so that what is written has been read before.

static void none(uint8_t *out, const uint8_t *in, size_t stride) { memmove(out, in, stride); }

static void up(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride) {
	size_t i = 0;
	for (; i + 8 <= stride; i += 8) { // eight bytes in one word
		const uint64_t low7 = 0x7f7f7f7f7f7f7f7f;
		uint64_t a, b;
		memcpy(&a, in + i, 8);
		memcpy(&b, before + i, 8);
		a = ((a & low7) + (b & low7)) ^ ((a ^ b) & ~low7);
		memcpy(out + i, &a, 8);
	}
	for (; i < stride; i++) out[i] = (uint8_t)(in[i] + before[i]);
}

static void sub(uint8_t *out, const uint8_t *in, size_t stride, const size_t n) {
	uint8_t a[4] = {0};
	for (size_t i = 0; i < stride; i += n)
		for (size_t c = 0; c < n; c++) out[i + c] = a[c] = (uint8_t)(in[i + c] + a[c]);
}

static void average(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	uint8_t a[4] = {0};
	for (size_t i = 0; i < stride; i += n)
		for (size_t c = 0; c < n; c++) out[i + c] = a[c] = (uint8_t)(in[i + c] + (a[c] + before[i + c]) / 2);
}

// Paeth's predictor of the bytes to the left, above and at the corner between them. Its distances
// are those of left + above - corner. Where the corner is not between the other two, one of them has
// distance 0: of a corner below both the larger, of one above both the smaller. Between them, the
// smaller one's distance is how far the larger is over the corner, the larger one's how far the smaller
// is under it, and the corner's how much these two differ. A distance that would be negative is 0.
static inline uint8_t predicted(uint8_t left, uint8_t above, uint8_t corner) {
	uint8_t lo = left < above ? left : above, hi = left < above ? above : left;
	int over = hi > corner ? hi - corner : 0, under = corner > lo ? corner - lo : 0;
	return 2 * over <= under ? lo : 2 * under <= over ? hi : corner;
}

// none4 tells whether the bytes of four pixels are all 0.
static inline __attribute__((always_inline)) int none4(const uint8_t *in, const size_t n) {
	uint64_t a, b = 0;
	memcpy(&a, in, 8);
	memcpy(&b, in + 8, n == 4 ? 8 : 4);
	return (a | b) == 0;
}

// flat undoes pixels behind i, four at a time, where their bytes are all 0 and the prediction is plain: in flat parts of drawings. If left
// and corner are equal, every pixel is the one above it. If all above are like the corner, every pixel is the one to the left. It
// returns where it ends.
static inline __attribute__((always_inline)) size_t flat(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t i, size_t stride, const size_t n) {
	if (memcmp(out + i - n, before + i - n, n) == 0) {
		for (; i + 4 * n < stride && none4(in + i, n); i += 4 * n) memcpy(out + i, before + i, 4 * n);
		return i;
	}
	for (; i + 4 * n < stride && none4(in + i, n) && memcmp(before + i, before + i - n, 4 * n) == 0; i += 4 * n)
		for (size_t k = 0; k < 4; k++) memcpy(out + i + k * n, out + i - n, n);
	return i;
}

static inline __attribute__((always_inline)) void paeth(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	uint8_t left[4] = {0}, corner[4] = {0};
	for (size_t i = 0; i < stride; i += n) {
		if (n >= 3 && i > 0 && i + 4 * n < stride && none4(in + i, n)) {
			i = n == 4 ? flat(out, in, before, i, stride, 4) : flat(out, in, before, i, stride, 3);
			memcpy(left, out + i - n, n);
			memcpy(corner, before + i - n, n);
		}
		for (size_t k = 0; k < n; k++) {
			uint8_t above = before[i + k];
			out[i + k] = left[k] = (uint8_t)(in[i + k] + predicted(left[k], above, corner[k]));
			corner[k] = above;
		}
	}
}

#if defined(__SSE2__)
#include <emmintrin.h>

static void sub_sse2(uint8_t *out, const uint8_t *in, size_t stride) {
	__m128i a = _mm_setzero_si128();
	size_t i = 0;
	for (; i + 16 <= stride; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(in + i));
		v = _mm_add_epi8(v, _mm_slli_si128(v, 4));
		v = _mm_add_epi8(_mm_add_epi8(v, _mm_slli_si128(v, 8)), a);
		_mm_storeu_si128((__m128i *)(out + i), v);
		a = _mm_shuffle_epi32(v, 0xff);
	}
	for (; i < stride; i += 4) {
		int32_t v;
		memcpy(&v, in + i, 4);
		a = _mm_add_epi8(a, _mm_cvtsi32_si128(v));
		v = _mm_cvtsi128_si32(a);
		memcpy(out + i, &v, 4);
	}
}

static inline __m128i get4(const uint8_t *p) {
	int32_t v;
	memcpy(&v, p, 4);
	return _mm_cvtsi32_si128(v);
}

// Of three bytes a fourth one is written too, which the next pixel overwrites.
static inline void put4(uint8_t *p, __m128i v) {
	int32_t px = _mm_cvtsi128_si32(v);
	memcpy(p, &px, 4);
}

// The processor's average rounds up, PNG's down. So all of it is done with complements, of which an
// average rounded up is the complement of one rounded down: with ~left and ~above, ~(in + average) is
// their average minus in. From pixel to pixel that is two instructions.
static void average_sse2(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	const __m128i ones = _mm_set1_epi8(-1);
	__m128i left = ones;
	size_t i = 0;
	for (; i + 4 <= stride; i += n) {
		__m128i above = _mm_xor_si128(get4(before + i), ones);
		left = _mm_sub_epi8(_mm_avg_epu8(left, above), get4(in + i));
		put4(out + i, _mm_xor_si128(left, ones));
	}
	for (; i < stride; i++) out[i] = (uint8_t)(in[i] + (out[i - n] + before[i]) / 2);
}

// Where mask's bytes are all ones yes, else no.
static inline __m128i choose(__m128i mask, __m128i yes, __m128i no) {
	return _mm_xor_si128(no, _mm_and_si128(mask, _mm_xor_si128(yes, no)));
}

// predicted of bytes: 2x <= y is x <= y-x where a difference below 0 is 0.
static inline __m128i predicted_sse2(__m128i left, __m128i above, __m128i corner) {
	__m128i lo = _mm_min_epu8(left, above), hi = _mm_max_epu8(left, above);
	__m128i over = _mm_subs_epu8(hi, corner), under = _mm_subs_epu8(corner, lo);
	__m128i is_lo = _mm_cmpeq_epi8(_mm_min_epu8(over, _mm_subs_epu8(under, over)), over);
	__m128i is_hi = _mm_cmpeq_epi8(_mm_min_epu8(under, _mm_subs_epu8(over, under)), under);
	return choose(is_lo, lo, choose(is_hi, hi, corner));
}

static inline __attribute__((always_inline)) void paeth_sse2(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	__m128i left = _mm_setzero_si128(), corner = left;
	size_t i = 0;
	while (i + 4 <= stride) {
		if (i + 4 * n < stride && none4(in + i, n) && i > 0) {
			i = n == 4 ? flat(out, in, before, i, stride, 4) : flat(out, in, before, i, stride, 3);
			left = get4(out + i - n);
			corner = get4(before + i - n);
			if (i + 4 > stride) break;
		}
		__m128i above = get4(before + i);
		left = _mm_add_epi8(get4(in + i), predicted_sse2(left, above, corner));
		corner = above;
		put4(out + i, left);
		i += n;
	}
	for (; i < stride; i++) out[i] = (uint8_t)(in[i] + predicted(out[i - n], before[i], before[i - n]));
}
#endif

static inline __attribute__((always_inline)) int row(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	int kind = *in++;
#if defined(__SSE2__)
	if (kind == 1 && n == 4) return sub_sse2(out, in, stride), 0;
	if (kind == 3 && n >= 3 && stride >= 4) return average_sse2(out, in, before, stride, n), 0;
	if (kind == 4 && n >= 3 && stride >= 4) return paeth_sse2(out, in, before, stride, n), 0;
#endif
	switch (kind) {
	case 0: none(out, in, stride); break;
	case 1: sub(out, in, stride, n); break;
	case 2: up(out, in, before, stride); break;
	case 3: average(out, in, before, stride, n); break;
	case 4: paeth(out, in, before, stride, n); break;
	default: return -1;
	}
	return 0;
}

int fastclip_unfilter(uint8_t *pix, size_t stride, size_t rows, int n, const uint8_t *zeros) {
	const uint8_t *before = zeros, *in = pix;
	for (size_t y = 0; y < rows; y++, in += stride + 1, before = pix, pix += stride) {
		int rc = n == 1 ? row(pix, in, before, stride, 1) : n == 2 ? row(pix, in, before, stride, 2)
			: n == 3 ? row(pix, in, before, stride, 3) : row(pix, in, before, stride, 4);
		if (rc) return rc;
	}
	return 0;
}
