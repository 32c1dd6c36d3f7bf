#include "passes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

// A weight is high*2^11 + low, both of them 16 bits wide, so that the 16-bit multiply-add is
// exact; the two sums are joined at the end.
#define LOW_BITS 11
#define PRECISION 22

AVX2 static inline __m128i join(__m128i high, __m128i low) {
	__m128i sum = _mm_add_epi32(_mm_slli_epi32(high, LOW_BITS), low);
	return _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(1 << (PRECISION - 1))), PRECISION);
}

AVX2 static inline __m256i join2(__m256i high, __m256i low) {
	__m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, LOW_BITS), low);
	return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (PRECISION - 1))), PRECISION);
}

AVX2 static inline __m128i fold(__m256i v) {
	return _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

// Four pixels as 16-bit pairs of neighbours by channel: r0 r1 g0 g1 b0 b1 a0 a1, r2 r3 ...
AVX2 static inline __m256i pairs_of(__m128i pixels, __m128i order) {
	return _mm256_cvtepu8_epi16(_mm_shuffle_epi8(pixels, order));
}

// Four pixels; those of three channels with 4 bytes that follow, or else exactly.
AVX2 static inline __m128i load(const uint8_t *p, int exactly) {
	if (!exactly) return _mm_loadu_si128((const __m128i *)p);
	int32_t last;
	memcpy(&last, p + 8, sizeof last);
	return _mm_insert_epi32(_mm_loadl_epi64((const __m128i *)p), last, 2);
}

AVX2 static inline void put(uint8_t *out, __m128i sum, int channels) {
	__m128i words = _mm_packs_epi32(sum, sum);
	int32_t pixel = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
	memcpy(out, &pixel, 2);
	if (channels == 4) {
		memcpy(out, &pixel, 4);
	} else {
		out[2] = (uint8_t)(pixel >> 16);
	}
}

// ROWS output rows at once share the loads of the weights.
#define HORIZONTAL(ROWS, EXACTLY)                                                                     \
	for (int x = 0; x < w; x++) {                                                                  \
		const uint8_t *p = src + (size_t)first[x] * channels;                                      \
		const int16_t *k = halves + (size_t)x * groups * 8;                                        \
		__m256i high[ROWS], low[ROWS];                                                             \
		for (int r = 0; r < ROWS; r++) high[r] = low[r] = _mm256_setzero_si256();                  \
		for (int g = 0; g < groups; g++, k += 8, p += 4 * channels) {                              \
			__m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)k));       \
			__m256i k_high = _mm256_shuffle_epi8(both, spread_high);                               \
			__m256i k_low = _mm256_shuffle_epi8(both, spread_low);                                 \
			for (int r = 0; r < ROWS; r++) {                                                       \
				__m256i v = pairs_of(load(p + r * stride, EXACTLY), order);                        \
				high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(v, k_high));                 \
				low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(v, k_low));                    \
			}                                                                                      \
		}                                                                                          \
		for (int r = 0; r < ROWS; r++)                                                             \
			put(dst + ((size_t)r * w + x) * channels, join(fold(high[r]), fold(low[r])), channels); \
	}

AVX2 static inline void rows_of(uint8_t *dst, const uint8_t *src, size_t stride, const int channels, int w, int rows,
		const int32_t *first, const int16_t *halves, int groups) {
	const __m128i order = channels == 4 ? _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15)
	                                    : _mm_setr_epi8(0, 3, 1, 4, 2, 5, -1, -1, 6, 9, 7, 10, 8, 11, -1, -1);
	const __m256i spread_high = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
	const __m256i spread_low = _mm256_add_epi8(spread_high, _mm256_set1_epi8(8));
	const int spare = channels == 3; // a row that may be read into
	for (; rows >= 4 + spare; rows -= 4, src += 4 * stride, dst += (size_t)4 * w * channels) {
		HORIZONTAL(4, 0)
	}
	for (; rows > 0; rows--, src += stride, dst += (size_t)w * channels) {
		HORIZONTAL(1, channels == 3)
	}
}

AVX2 void fastclip_horizontal_avx2(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows,
		const int32_t *first, const int16_t *halves, int groups) {
	if (channels == 4) {
		rows_of(dst, src, stride, 4, w, rows, first, halves, groups);
	} else {
		rows_of(dst, src, stride, 3, w, rows, first, halves, groups);
	}
}

// BLOCKS of 8 bytes of one output row. The weights of rows j and j+1 are two neighbours of a group.
#define VERTICAL(BLOCKS)                                                                           \
	{                                                                                              \
		__m256i high[BLOCKS], low[BLOCKS];                                                         \
		for (int b = 0; b < BLOCKS; b++) high[b] = low[b] = _mm256_setzero_si256();                \
		for (int j = 0; j < n[y]; j += 2) {                                                        \
			const uint8_t *p = in + (size_t)j * stride + x;                                        \
			const uint8_t *q = j + 1 < n[y] ? p + stride : p;                                      \
			int32_t pair[2];                                                                       \
			memcpy(&pair[0], k + j / 4 * 8 + j % 4, sizeof pair[0]);                               \
			memcpy(&pair[1], k + j / 4 * 8 + j % 4 + 4, sizeof pair[1]);                           \
			__m256i k_high = _mm256_set1_epi32(pair[0]), k_low = _mm256_set1_epi32(pair[1]);       \
			for (int b = 0; b < BLOCKS; b++) {                                                     \
				__m128i u = _mm_loadl_epi64((const __m128i *)(p + 8 * b));                         \
				__m128i v = _mm_loadl_epi64((const __m128i *)(q + 8 * b));                         \
				__m256i both = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(u, v));                      \
				high[b] = _mm256_add_epi32(high[b], _mm256_madd_epi16(both, k_high));              \
				low[b] = _mm256_add_epi32(low[b], _mm256_madd_epi16(both, k_low));                 \
			}                                                                                      \
		}                                                                                          \
		for (int b = 0; b < BLOCKS; b++) {                                                         \
			__m256i sum = join2(high[b], low[b]);                                                  \
			__m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1)); \
			_mm_storel_epi64((__m128i *)(out + x + 8 * b), _mm_packus_epi16(words, words));        \
		}                                                                                          \
	}

AVX2 void fastclip_vertical_avx2(uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int h,
		const int32_t *first, const int32_t *n, const int16_t *halves, int groups) {
	for (int y = 0; y < h; y++) {
		const int16_t *k = halves + (size_t)y * groups * 8;
		const uint8_t *in = src + (size_t)first[y] * stride;
		uint8_t *out = dst + (size_t)y * width;
		size_t x = 0;
		for (; x + 32 <= width; x += 32) VERTICAL(4)
		for (; x + 8 <= width; x += 8) VERTICAL(1)
		if (x < width) { // the last bytes, with some that are done already
			x = width - 8;
			VERTICAL(1)
		}
	}
}

// Pillow's MULDIV255 of eight pixels; alpha itself is multiplied by 255, which changes nothing.
AVX2 static inline __m256i muldiv(__m256i words) {
	__m256i alpha = _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(words, 0xff), 0xff);
	alpha = _mm256_or_si256(alpha, _mm256_set1_epi64x(0x00ff000000000000));
	__m256i t = _mm256_add_epi16(_mm256_mullo_epi16(words, alpha), _mm256_set1_epi16(128));
	return _mm256_srli_epi16(_mm256_add_epi16(_mm256_srli_epi16(t, 8), t), 8);
}

// The same of 16 pixels of grey and alpha.
AVX2 static inline __m256i muldiv_grey(__m256i v) {
	__m256i alpha = _mm256_srli_epi16(v, 8);
	__m256i t = _mm256_add_epi16(_mm256_mullo_epi16(_mm256_and_si256(v, _mm256_set1_epi16(255)), alpha), _mm256_set1_epi16(128));
	return _mm256_or_si256(_mm256_mulhi_epu16(t, _mm256_set1_epi16(257)), _mm256_slli_epi16(alpha, 8));
}

AVX2 void fastclip_premultiply_avx2(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows) {
	const __m256i zero = _mm256_setzero_si256();
	for (int y = 0; y < rows; y++, src += stride, dst += (size_t)channels * w) {
		int x = 0;
		for (; x + 32 / channels <= w; x += 32 / channels) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(src + channels * x));
			if (channels == 2) {
				v = muldiv_grey(v);
			} else {
				v = _mm256_packus_epi16(muldiv(_mm256_unpacklo_epi8(v, zero)), muldiv(_mm256_unpackhi_epi8(v, zero)));
			}
			_mm256_storeu_si256((__m256i *)(dst + channels * x), v);
		}
		fastclip_premultiply(dst + channels * x, src + channels * x, 0, channels, w - x, 1);
	}
}
#else
// The other machines never choose these.
void fastclip_horizontal_avx2(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows,
		const int32_t *first, const int16_t *halves, int groups) {}
void fastclip_vertical_avx2(uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int h,
		const int32_t *first, const int32_t *n, const int16_t *halves, int groups) {}
void fastclip_premultiply_avx2(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows) {}
#endif
