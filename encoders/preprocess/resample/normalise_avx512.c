#include "fused.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))

// Where the bytes of channel c are among 192 of 64 pixels, of which from is the first: those of
// pixel 16*j + 4*lane + k stand at 4*j + k of the lane, so that unpacked they are in order.
AVX512 static inline __mmask64 places(int c, int from, __m512i *at) {
	uint8_t index[64];
	uint64_t mask = 0;
	for (int i = 0; i < 64; i++) {
		int lane = i / 16, byte = 3 * (i % 16 / 4 * 16 + 4 * lane + i % 4) + c - from;
		index[i] = (uint8_t)(byte & 63);
		if (byte >= 0 && byte < 64) mask |= 1ULL << i;
	}
	*at = _mm512_loadu_si512(index);
	return mask;
}

// One plane: a table of 256 floats is four tables of bytes, and each of these four vectors.
AVX512 static void plane_of(float *dst, const uint8_t *rgb, size_t n, const float *table, int c) {
	uint8_t bytes[4][256];
	for (int i = 0; i < 256; i++)
		for (int b = 0; b < 4; b++) bytes[b][i] = ((const uint8_t *)(table + i))[b];
	__m512i t[4][4], at[3];
	for (int b = 0; b < 4; b++)
		for (int q = 0; q < 4; q++) t[b][q] = _mm512_loadu_si512(bytes[b] + 64 * q);
	__mmask64 m0 = places(c, 0, &at[0]), m1 = places(c, 64, &at[1]), m2 = places(c, 128, &at[2]);
	for (size_t i = 0; i < n; i += 64, rgb += 192, dst += 64) {
		__m512i v = _mm512_maskz_permutexvar_epi8(m0, at[0], _mm512_loadu_si512(rgb));
		v = _mm512_mask_permutexvar_epi8(v, m1, at[1], _mm512_loadu_si512(rgb + 64));
		v = _mm512_mask_permutexvar_epi8(v, m2, at[2], _mm512_loadu_si512(rgb + 128));
		__m512i quarter = _mm512_and_si512(v, _mm512_set1_epi8((char)0xc0)), p[4];
		__mmask64 q1 = _mm512_cmpeq_epi8_mask(quarter, _mm512_set1_epi8(0x40));
		__mmask64 q2 = _mm512_cmpeq_epi8_mask(quarter, _mm512_set1_epi8((char)0x80));
		__mmask64 q3 = _mm512_cmpeq_epi8_mask(quarter, _mm512_set1_epi8((char)0xc0));
		for (int b = 0; b < 4; b++) { // an index's upper two bits do not count
			p[b] = _mm512_permutexvar_epi8(v, t[b][0]);
			p[b] = _mm512_mask_permutexvar_epi8(p[b], q1, v, t[b][1]);
			p[b] = _mm512_mask_permutexvar_epi8(p[b], q2, v, t[b][2]);
			p[b] = _mm512_mask_permutexvar_epi8(p[b], q3, v, t[b][3]);
		}
		__m512i lo01 = _mm512_unpacklo_epi8(p[0], p[1]), hi01 = _mm512_unpackhi_epi8(p[0], p[1]);
		__m512i lo23 = _mm512_unpacklo_epi8(p[2], p[3]), hi23 = _mm512_unpackhi_epi8(p[2], p[3]);
		_mm512_storeu_si512(dst, _mm512_unpacklo_epi16(lo01, lo23));
		_mm512_storeu_si512(dst + 16, _mm512_unpackhi_epi16(lo01, lo23));
		_mm512_storeu_si512(dst + 32, _mm512_unpacklo_epi16(hi01, hi23));
		_mm512_storeu_si512(dst + 48, _mm512_unpackhi_epi16(hi01, hi23));
	}
}

AVX512 size_t fastclip_normalise_avx512(float *dst, const uint8_t *rgb, size_t plane, const float *table, int c) {
	size_t n = plane / 64 * 64;
	plane_of(dst + c * plane, rgb, n, table + 256 * c, c);
	return n;
}
#else
size_t fastclip_normalise_avx512(float *dst, const uint8_t *rgb, size_t plane, const float *table, int c) {
	(void)dst, (void)rgb, (void)plane, (void)table, (void)c;
	return 0;
}
#endif
