#include "fused.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

// A weight is high*2^11 + low, both of them 16 bits wide, so that the 16-bit multiply-add is
// exact; the two sums are joined at the end. A band's bytes are 16 bits wide too, in pairs of
// neighbours (r0 r1 g0 g1 b0 b1 a0 a1), and rows lie two by two: one in each half of a vector.
enum { PRECISION = 22, LOW_BITS = 11, BAND_ROWS = 4, PAIR = 32 };

AVX2 static inline __m256i joined(__m256i high, __m256i low) {
	__m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, LOW_BITS), low);
	return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (PRECISION - 1))), PRECISION);
}

// Pillow's MULDIV255 by alpha, which stays itself.
AVX2 static inline __m256i premultiplied(__m256i words) {
	__m256i alpha = _mm256_shuffle_epi32(words, 0xff);
	alpha = _mm256_blend_epi16(alpha, _mm256_set1_epi16(255), 0xc0);
	__m256i t = _mm256_add_epi16(_mm256_mullo_epi16(words, alpha), _mm256_set1_epi16(128));
	return _mm256_srli_epi16(_mm256_add_epi16(_mm256_srli_epi16(t, 8), t), 8);
}

// Four pixels of two rows.
AVX2 static inline void fill4(uint16_t *out, __m256i v, __m256i order, int premultiply, __m256i is_alpha) {
	const __m256i zero = _mm256_setzero_si256();
	int opaque = _mm256_testc_si256(v, is_alpha);
	v = _mm256_shuffle_epi8(v, order);
	__m256i a = _mm256_unpacklo_epi8(v, zero), b = _mm256_unpackhi_epi8(v, zero);
	if (premultiply && !opaque) {
		a = premultiplied(a);
		b = premultiplied(b);
	}
	_mm256_storeu_si256((__m256i *)out, a);
	_mm256_storeu_si256((__m256i *)(out + 16), b);
}

AVX2 static inline __m256i two_rows(const uint8_t *p, const uint8_t *q) {
	return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)p)), _mm_loadu_si128((const __m128i *)q), 1);
}

// Where the bytes of four pixels go: r0 r1 g0 g1 b0 b1 a0 a1, then the same of pixels 2 and 3.
AVX2 static inline __m128i order_of(int kind) {
	switch (kind) {
	case FASTCLIP_THREE: return _mm_setr_epi8(0, 3, 1, 4, 2, 5, -1, -1, 6, 9, 7, 10, 8, 11, -1, -1);
	case FASTCLIP_ONE: return _mm_setr_epi8(0, 1, 0, 1, 0, 1, -1, -1, 2, 3, 2, 3, 2, 3, -1, -1);
	case FASTCLIP_TWO: return _mm_setr_epi8(0, 2, 0, 2, 0, 2, 1, 3, 4, 6, 4, 6, 4, 6, 5, 7);
	}
	return _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
}

AVX2 static void fill(const fastclip_job *j, const uint8_t *src, int n) {
	const int bytes = fastclip_pixel_bytes(j->kind), premultiply = fastclip_has_alpha(j->kind);
	const __m256i order = _mm256_broadcastsi128_si256(order_of(j->kind));
	const __m256i is_alpha = _mm256_set1_epi32((int)(bytes == 2 ? 0xff00ff00 : 0xff000000));
	for (int y = 0; y < n; y += 2, src += 2 * j->stride) {
		const uint8_t *p = src, *q = y + 1 < n ? src + j->stride : src;
		uint16_t *out = (uint16_t *)(j->band + y / 2 * j->band_stride);
		int left = j->width;
		for (; left * bytes >= 16; left -= 4, p += 4 * bytes, q += 4 * bytes, out += PAIR)
			fill4(out, two_rows(p, q), order, premultiply, is_alpha);
		for (; left > 0; left -= 4, p += 4 * bytes, q += 4 * bytes, out += PAIR) {
			uint8_t a[16] = {0}, b[16] = {0};
			memcpy(a, p, bytes * (left < 4 ? left : 4));
			memcpy(b, q, bytes * (left < 4 ? left : 4));
			fill4(out, two_rows(a, b), order, premultiply, is_alpha);
		}
	}
}

AVX2 static inline __m256i pair_of(const int16_t *k) {
	int32_t both;
	memcpy(&both, k, sizeof both);
	return _mm256_set1_epi32(both);
}

AVX2 static void across(const fastclip_job *j, int group) {
	uint8_t *a = j->ring + (size_t)(group & j->ring_mask) * j->ring_stride;
	uint8_t *b = j->ring + (size_t)((group + 1) & j->ring_mask) * j->ring_stride;
	const int16_t *k = j->x_weights;
	for (int x = 0; x < j->w; x++) {
		const uint8_t *p = j->band + (size_t)16 * j->x_first[x], *q = p + j->band_stride;
		__m256i high_p = _mm256_setzero_si256(), low_p = high_p, high_q = high_p, low_q = high_p;
		for (int g = 0; g < j->x_groups; g++, k += 4, p += PAIR, q += PAIR) {
			__m256i u = _mm256_loadu_si256((const __m256i *)p), v = _mm256_loadu_si256((const __m256i *)q);
			__m256i high = pair_of(k), low = pair_of(k + 2);
			high_p = _mm256_add_epi32(high_p, _mm256_madd_epi16(u, high));
			low_p = _mm256_add_epi32(low_p, _mm256_madd_epi16(u, low));
			high_q = _mm256_add_epi32(high_q, _mm256_madd_epi16(v, high));
			low_q = _mm256_add_epi32(low_q, _mm256_madd_epi16(v, low));
		}
		// Row 0 and 2 in the lower half, 1 and 3 in the upper one; they go side by side.
		__m256i words = _mm256_packs_epi32(joined(high_p, low_p), joined(high_q, low_q));
		words = _mm256_packus_epi16(words, words);
		__m128i rows = _mm_unpacklo_epi8(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
		_mm_storel_epi64((__m128i *)(a + 8 * x), rows);
		_mm_storeh_pd((double *)(void *)(b + 8 * x), _mm_castsi128_pd(rows));
	}
}

AVX2 static void band(const fastclip_job *j, int row, int n) {
	fill(j, j->src + (size_t)row * j->stride, n);
	across(j, row / 2);
}

// Pillow's way back from premultiplied, of two pixels a vector; what has no alpha or all of it stays.
AVX2 static inline __m256i unpremultiplied(__m256i v) {
	const __m256i zero = _mm256_setzero_si256(), full = _mm256_set1_epi32(255);
	v = _mm256_min_epi32(_mm256_max_epi32(v, zero), full);
	__m256i alpha = _mm256_shuffle_epi32(v, 0xff);
	__m256 scaled = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_slli_epi32(v, 8), v));
	__m256i q = _mm256_min_epi32(_mm256_cvttps_epi32(_mm256_div_ps(scaled, _mm256_cvtepi32_ps(alpha))), full);
	__m256i stays = _mm256_or_si256(_mm256_cmpeq_epi32(alpha, zero), _mm256_cmpeq_epi32(alpha, full));
	return _mm256_blendv_epi8(q, v, stays);
}

// Pixels 0 2 4 6 in the lower half, 1 3 5 7 in the upper one.
AVX2 static inline __m256i packed(const __m256i v[4]) {
	return _mm256_packus_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
}

// Eight pixels, of three bytes with 8 bytes after them.
AVX2 static inline void put8(uint8_t *out, __m256i pixels, int bytes) {
	const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	if (bytes == 4) {
		_mm256_storeu_si256((__m256i *)out, _mm256_permutevar8x32_epi32(pixels, in_order));
		return;
	}
	const __m256i rgb = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
	pixels = _mm256_shuffle_epi8(_mm256_permutevar8x32_epi32(pixels, in_order), rgb);
	_mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(pixels));
	_mm_storeu_si128((__m128i *)(out + 12), _mm256_extracti128_si256(pixels, 1));
}

AVX2 static void down(const fastclip_job *j, int y) {
	const int first = j->y_first[y] / 2, last = j->y_last[y] / 2;
	const int16_t *weights = (const int16_t *)j->y_weights + (size_t)4 * j->y_groups * y;
	const __m256i is_alpha = _mm256_set1_epi32((int)0xff000000);
	const int bytes = fastclip_output_bytes(j->kind);
	uint8_t *out = j->dst + (size_t)bytes * j->w * y;
	for (int x = 0; x < j->w; x += 8, out += 8 * bytes) {
		__m256i high[4], low[4], sum[4];
		for (int b = 0; b < 4; b++) high[b] = low[b] = _mm256_setzero_si256();
		const int16_t *k = weights;
		for (int g = first; g <= last; g++, k += 4) {
			const uint8_t *p = j->ring + (size_t)(g & j->ring_mask) * j->ring_stride + (size_t)8 * x;
			__m256i k_high = pair_of(k), k_low = pair_of(k + 2);
			for (int b = 0; b < 4; b++) {
				__m256i v = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(p + 16 * b)));
				high[b] = _mm256_add_epi32(high[b], _mm256_madd_epi16(v, k_high));
				low[b] = _mm256_add_epi32(low[b], _mm256_madd_epi16(v, k_low));
			}
		}
		for (int b = 0; b < 4; b++) sum[b] = joined(high[b], low[b]);
		__m256i pixels = packed(sum);
		if (fastclip_has_alpha(j->kind)) {
			__m256i stays = _mm256_or_si256(_mm256_cmpeq_epi8(pixels, _mm256_set1_epi8(-1)), _mm256_cmpeq_epi8(pixels, _mm256_setzero_si256()));
			if (!_mm256_testc_si256(stays, is_alpha)) {
				for (int b = 0; b < 4; b++) sum[b] = unpremultiplied(sum[b]);
				pixels = packed(sum);
			}
		}
		if (j->w - x >= 11) { // room for what put8 writes beyond
			put8(out, pixels, bytes);
		} else {
			uint8_t last8[32];
			put8(last8, pixels, bytes);
			memcpy(out, last8, bytes * (j->w - x < 8 ? j->w - x : 8));
		}
	}
}

const fastclip_unit fastclip_avx2 = {BAND_ROWS, band, down};
#else
const fastclip_unit fastclip_avx2 = {0};
#endif
