#include "passes.h"

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

static inline int distance(int v) { return v < 0 ? -v : v; }

static void paeth(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	uint8_t a[4] = {0}, c[4] = {0};
	for (size_t i = 0; i < stride; i += n) {
		for (size_t k = 0; k < n; k++) {
			int b = before[i + k], to_a = b - c[k], to_b = a[k] - c[k], to_c = distance(to_a + to_b);
			to_a = distance(to_a);
			to_b = distance(to_b);
			int p = to_a <= to_b && to_a <= to_c ? a[k] : to_b <= to_c ? b : c[k];
			c[k] = (uint8_t)b;
			out[i + k] = a[k] = (uint8_t)(in[i + k] + p);
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

static inline __m128i load4(const uint8_t *p) {
	int32_t v;
	memcpy(&v, p, 4);
	return _mm_cvtsi32_si128(v);
}

// Of three bytes a fourth one is written too, which the next pixel overwrites.
static inline void store4(uint8_t *p, __m128i v) {
	int32_t px = _mm_cvtsi128_si32(v);
	memcpy(p, &px, 4);
}

static void average_sse2(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	__m128i a = _mm_setzero_si128();
	size_t i = 0;
	for (; i + 4 <= stride; i += n) {
		__m128i b = load4(before + i), half = _mm_avg_epu8(a, b); // rounds up
		half = _mm_sub_epi8(half, _mm_and_si128(_mm_xor_si128(a, b), _mm_set1_epi8(1)));
		a = _mm_add_epi8(load4(in + i), half);
		store4(out + i, a);
	}
	for (; i < stride; i++) out[i] = (uint8_t)(in[i] + (out[i - n] + before[i]) / 2);
}

static inline __m128i abs16(__m128i v) { return _mm_max_epi16(v, _mm_sub_epi16(_mm_setzero_si128(), v)); }

static inline __m128i pick(__m128i mask, __m128i yes, __m128i no) {
	return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

static void paeth_sse2(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
	const __m128i zero = _mm_setzero_si128(), byte = _mm_set1_epi16(255);
	__m128i a = zero, c = zero;
	size_t i = 0;
	for (; i + 4 <= stride; i += n) {
		__m128i b = _mm_unpacklo_epi8(load4(before + i), zero), v = _mm_unpacklo_epi8(load4(in + i), zero);
		__m128i to_a = _mm_sub_epi16(b, c), to_b = _mm_sub_epi16(a, c), to_c = abs16(_mm_add_epi16(to_a, to_b));
		to_a = abs16(to_a);
		to_b = abs16(to_b);
		__m128i least = _mm_min_epi16(to_c, _mm_min_epi16(to_a, to_b));
		__m128i p = pick(_mm_cmpeq_epi16(least, to_a), a, pick(_mm_cmpeq_epi16(least, to_b), b, c));
		c = b;
		a = _mm_and_si128(_mm_add_epi16(v, p), byte);
		store4(out + i, _mm_packus_epi16(a, a));
	}
	for (; i < stride; i++) {
		int left = out[i - n], b = before[i], corner = before[i - n];
		int to_a = b - corner, to_b = left - corner, to_c = distance(to_a + to_b);
		to_a = distance(to_a);
		to_b = distance(to_b);
		out[i] = (uint8_t)(in[i] + (to_a <= to_b && to_a <= to_c ? left : to_b <= to_c ? b : corner));
	}
}
#endif

static int row(uint8_t *out, const uint8_t *in, const uint8_t *before, size_t stride, const size_t n) {
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
