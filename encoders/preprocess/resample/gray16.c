#include "gray16.h"
#include "widest.h"

#include <string.h>

// Products are rounded before they are added up: the compiler must not fuse the two.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

enum { ROWS = FASTCLIP_GRAY16_ROWS, TURNED = 8 };

BODY uint16_t sample(const uint8_t *p) {
	uint16_t v;
	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap16(v);
#endif
	return v;
}

BODY void put(uint8_t *out, uint16_t v) {
	out[0] = (uint8_t)v;
	out[1] = (uint8_t)(v >> 8);
}

// Eight rows of eight numbers become eight columns.
#if defined(__x86_64__)
#include <emmintrin.h>

BODY void turned(uint16_t out[TURNED][TURNED], const uint8_t *in, const size_t *row) {
	__m128i v[8], a[8];
	for (int i = 0; i < 8; i++) v[i] = _mm_loadu_si128((const __m128i *)(in + row[i]));
	for (int i = 0; i < 4; i++) {
		a[i] = _mm_unpacklo_epi16(v[2 * i], v[2 * i + 1]);
		a[i + 4] = _mm_unpackhi_epi16(v[2 * i], v[2 * i + 1]);
	}
	for (int h = 0; h < 8; h += 4) {
		__m128i b0 = _mm_unpacklo_epi32(a[h], a[h + 1]), b1 = _mm_unpacklo_epi32(a[h + 2], a[h + 3]);
		__m128i b2 = _mm_unpackhi_epi32(a[h], a[h + 1]), b3 = _mm_unpackhi_epi32(a[h + 2], a[h + 3]);
		_mm_storeu_si128((__m128i *)out[h], _mm_unpacklo_epi64(b0, b1));
		_mm_storeu_si128((__m128i *)out[h + 1], _mm_unpackhi_epi64(b0, b1));
		_mm_storeu_si128((__m128i *)out[h + 2], _mm_unpacklo_epi64(b2, b3));
		_mm_storeu_si128((__m128i *)out[h + 3], _mm_unpackhi_epi64(b2, b3));
	}
}
#else
BODY void turned(uint16_t out[TURNED][TURNED], const uint8_t *in, const size_t *row) {
	for (int i = 0; i < TURNED; i++)
		for (int r = 0; r < TURNED; r++) out[i][r] = sample(in + row[r] + 2 * i);
}
#endif

// The widths: GCC 12 makes slow code of vectors that are wider than a target's own.
#define LANES 4
#define NAMED(name) name##_4
#include "gray16_lanes.h"
#define LANES 8
#define NAMED(name) name##_8
#include "gray16_lanes.h"

#define ACROSS uint8_t *out, const uint8_t *src, size_t stride, int n, int width, \
		const int32_t *first, const int32_t *count, const double *weights, int size, int w, double *band
#define DOWN uint8_t *out, const uint8_t *in, size_t stride, size_t width, const double *weights, int count

AVX2 static void across_avx2(ACROSS) { across_4(out, src, stride, n, width, first, count, weights, size, w, band); }
AVX2 static void down_avx2(DOWN) { down_4(out, in, stride, width, weights, count); }
AVX512 static void across_avx512(ACROSS) { across_8(out, src, stride, n, width, first, count, weights, size, w, band); }
AVX512 static void down_avx512(DOWN) { down_8(out, in, stride, width, weights, count); }

void fastclip_gray16_across(int bits, ACROSS) {
	if (bits == 512)
		across_avx512(out, src, stride, n, width, first, count, weights, size, w, band);
	else if (bits == 256)
		across_avx2(out, src, stride, n, width, first, count, weights, size, w, band);
	else
		across_4(out, src, stride, n, width, first, count, weights, size, w, band);
}

void fastclip_gray16_down(int bits, DOWN) {
	if (bits == 512)
		down_avx512(out, in, stride, width, weights, count);
	else if (bits == 256)
		down_avx2(out, in, stride, width, weights, count);
	else
		down_4(out, in, stride, width, weights, count);
}
