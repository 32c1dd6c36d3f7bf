#include "fused.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")))

// A weight is three signed bytes, high*2^16 + mid*2^8 + low, so that multiply-add of bytes is
// exact; sums are shifted in between, modulo 2^32, in which the whole sum fits.
enum { PRECISION = 22, BAND_ROWS = 8 };

// Half of the last place, before the two shifts by 8.
#define HALF (1 << (PRECISION - 1 - 16))

AVX512 static inline __m512i muldiv(__m512i words, __m512i alpha) {
	__m512i t = _mm512_add_epi16(_mm512_mullo_epi16(words, alpha), _mm512_set1_epi16(128));
	return _mm512_srli_epi16(_mm512_add_epi16(_mm512_srli_epi16(t, 8), t), 8);
}

// Pillow's premultiplication of 16 pixels.
AVX512 static inline __m512i premultiply(__m512i v) {
	const __m512i is_alpha = _mm512_set1_epi32((int)0xff000000), zero = _mm512_setzero_si512();
	if (_mm512_cmpneq_epi32_mask(_mm512_and_si512(v, is_alpha), is_alpha) == 0) return v;
	const __m512i spread = _mm512_broadcast_i32x4(_mm_setr_epi8(3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15));
	__m512i alpha = _mm512_or_si512(_mm512_shuffle_epi8(v, spread), is_alpha); // alpha times 255 stays
	__m512i a = muldiv(_mm512_unpacklo_epi8(v, zero), _mm512_unpacklo_epi8(alpha, zero));
	__m512i b = muldiv(_mm512_unpackhi_epi8(v, zero), _mm512_unpackhi_epi8(alpha, zero));
	return _mm512_packus_epi16(a, b);
}

// Four bytes of three, a fourth that means nothing.
AVX512 static inline __m512i widened(void) {
	const __m512i lane = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11));
	return _mm512_add_epi8(lane, _mm512_set_epi64(0x2424242424242424, 0x2424242424242424, 0x1818181818181818, 0x1818181818181818,
			0x0c0c0c0c0c0c0c0c, 0x0c0c0c0c0c0c0c0c, 0, 0));
}

AVX512 static void fill(const fastclip_job *j, const uint8_t *src, int n) {
	const __m512i order = widened();
	const int bytes = j->kind == FASTCLIP_THREE ? 3 : 4; // a pixel
	for (int y = 0; y < n; y++, src += j->stride) {
		const uint8_t *p = src;
		uint8_t *out = j->band + y * j->band_stride;
		for (int left = j->width; left > 0; left -= 16, p += 16 * bytes, out += 64) {
			int most = bytes * (left < 16 ? left : 16);
			__m512i v = most == 64 ? _mm512_loadu_si512(p) : _mm512_maskz_loadu_epi8(~0ULL >> (64 - most), p);
			if (j->kind == FASTCLIP_THREE) v = _mm512_permutexvar_epi8(order, v);
			if (j->kind == FASTCLIP_PREMULTIPLY) v = premultiply(v);
			_mm512_storeu_si512(out, v);
		}
	}
}

// Byte (lane c, group g, j) is channel c of pixel 4g+j.
AVX512 static inline __m512i by_channel(void) {
	const __m512i lane = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60));
	return _mm512_add_epi8(lane, _mm512_set_epi64(0x0303030303030303, 0x0303030303030303, 0x0202020202020202, 0x0202020202020202,
			0x0101010101010101, 0x0101010101010101, 0, 0));
}

AVX512 static inline __m512i weights16(const int8_t *k) {
	return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)k));
}

AVX512 static inline __m128i clipped(__m512i sum) {
	return _mm512_cvtusepi32_epi8(_mm512_max_epi32(_mm512_srai_epi32(sum, PRECISION), _mm512_setzero_si512()));
}

// Four rows' sums by channel and group become 16 bytes: by channel, then row.
AVX512 static inline __m128i joined(__m512i a, __m512i b, __m512i c, __m512i d) {
	__m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
	__m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
	__m512i sum = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
	return clipped(sum);
}

AVX512 static inline __m512i row_sum(const uint8_t *p, const int8_t *k, int groups, __m512i order, __m512i half) {
	if (groups == 1) {
		__m512i v = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(p));
		__m512i sum = _mm512_slli_epi32(_mm512_dpbusd_epi32(half, v, weights16(k)), 8);
		sum = _mm512_slli_epi32(_mm512_dpbusd_epi32(sum, v, weights16(k + 16)), 8);
		return _mm512_dpbusd_epi32(sum, v, weights16(k + 32));
	}
	__m512i high = half, mid = _mm512_setzero_si512(), low = mid;
	for (int g = 0; g < groups; g++, p += 64, k += 48) {
		__m512i v = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(p));
		high = _mm512_dpbusd_epi32(high, v, weights16(k));
		mid = _mm512_dpbusd_epi32(mid, v, weights16(k + 16));
		low = _mm512_dpbusd_epi32(low, v, weights16(k + 32));
	}
	return _mm512_add_epi32(_mm512_slli_epi32(_mm512_add_epi32(_mm512_slli_epi32(high, 8), mid), 8), low);
}

AVX512 static inline void across_of(const fastclip_job *j, int group, const int groups) {
	const __m512i order = by_channel(), half = _mm512_broadcast_i32x4(_mm_setr_epi32(HALF, 0, 0, 0));
	uint8_t *a = j->ring + (size_t)(group & j->ring_mask) * j->ring_stride;
	uint8_t *b = j->ring + (size_t)((group + 1) & j->ring_mask) * j->ring_stride;
	const int8_t *k = j->x_weights;
	const size_t s = j->band_stride;
	for (int x = 0; x < j->w; x++, k += 48 * groups) {
		const uint8_t *p = j->band + (size_t)4 * j->x_first[x];
		__m512i sum[BAND_ROWS];
		for (int r = 0; r < BAND_ROWS; r++) sum[r] = row_sum(p + r * s, k, groups, order, half);
		_mm_storeu_si128((__m128i *)(a + 16 * x), joined(sum[0], sum[1], sum[2], sum[3]));
		_mm_storeu_si128((__m128i *)(b + 16 * x), joined(sum[4], sum[5], sum[6], sum[7]));
	}
}

// Two output columns of eight pixels each: those of columns 0 and 1 are groups 0, 1 and 2, 3.
AVX512 static inline __m512i weights8(const int8_t *k, const int8_t *next) {
	__m128i both = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)k), _mm_loadl_epi64((const __m128i *)next));
	return _mm512_broadcast_i32x4(both);
}

AVX512 static inline __m512i pick(__m512i a, __m512i b, const int odd) {
	__m512 x = _mm512_castsi512_ps(a), y = _mm512_castsi512_ps(b);
	return _mm512_castps_si512(odd ? _mm512_shuffle_ps(x, y, 0xdd) : _mm512_shuffle_ps(x, y, 0x88));
}

AVX512 static void across8(const fastclip_job *j, int group) {
	const __m512i order = by_channel(), half = _mm512_broadcast_i32x4(_mm_setr_epi32(HALF, 0, HALF, 0));
	const int8_t *k = j->x_weights;
	for (int x = 0; x < j->w; x += 2, k += 48) {
		const int last = x + 1 == j->w;
		const int8_t *next = last ? k : k + 24;
		const uint8_t *p = j->band + (size_t)4 * j->x_first[x], *q = j->band + (size_t)4 * j->x_first[x + !last];
		const __m512i high = weights8(k, next), mid = weights8(k + 8, next + 8), low = weights8(k + 16, next + 16);
		__m512i sum[BAND_ROWS];
		for (int r = 0; r < BAND_ROWS; r++, p += j->band_stride, q += j->band_stride) {
			__m256i a = _mm256_loadu_si256((const __m256i *)p), b = _mm256_loadu_si256((const __m256i *)q);
			__m512i v = _mm512_permutexvar_epi8(order, _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1));
			sum[r] = _mm512_slli_epi32(_mm512_dpbusd_epi32(half, v, high), 8);
			sum[r] = _mm512_slli_epi32(_mm512_dpbusd_epi32(sum[r], v, mid), 8);
			sum[r] = _mm512_dpbusd_epi32(sum[r], v, low);
		}
		for (int r = 0; r < BAND_ROWS; r += 4) {
			uint8_t *out = j->ring + (size_t)((group + r / 4) & j->ring_mask) * j->ring_stride + 16 * x;
			__m512i ab = _mm512_add_epi32(pick(sum[r], sum[r + 1], 0), pick(sum[r], sum[r + 1], 1));
			__m512i cd = _mm512_add_epi32(pick(sum[r + 2], sum[r + 3], 0), pick(sum[r + 2], sum[r + 3], 1));
			_mm_storeu_si128((__m128i *)out, clipped(pick(ab, cd, 0)));
			if (!last) _mm_storeu_si128((__m128i *)(out + 16), clipped(pick(ab, cd, 1)));
		}
	}
}

AVX512 static void across(const fastclip_job *j, int group) {
	if (j->x_pixels == 8) {
		across8(j, group);
	} else if (j->x_groups == 1) {
		across_of(j, group, 1);
	} else {
		across_of(j, group, j->x_groups);
	}
}

// Pillow's way back from premultiplied, of four pixels a vector; what has no alpha or all of it stays.
AVX512 static inline __m512i unpremultiplied(__m512i v) {
	const __m512i zero = _mm512_setzero_si512(), full = _mm512_set1_epi32(255);
	v = _mm512_min_epi32(_mm512_max_epi32(v, zero), full);
	__m512i alpha = _mm512_shuffle_epi32(v, _MM_PERM_DDDD);
	__m512 scaled = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_slli_epi32(v, 8), v));
	__m512i q = _mm512_min_epi32(_mm512_cvttps_epi32(_mm512_div_ps(scaled, _mm512_cvtepi32_ps(alpha))), full);
	__mmask16 stays = _mm512_cmpeq_epi32_mask(alpha, zero) | _mm512_cmpeq_epi32_mask(alpha, full);
	return _mm512_mask_mov_epi32(q, stays, v);
}

AVX512 static inline __m512i packed(const __m512i v[4]) {
	return _mm512_packus_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3]));
}

// After packed, byte 16*lane + 4*b + c is channel c of pixel 4*b + lane.
AVX512 static inline __m512i to_rgb(void) {
	uint8_t order[64] = {0};
	for (int i = 0; i < 48; i++) order[i] = (uint8_t)(i / 3 % 4 * 16 + i / 12 * 4 + i % 3);
	return _mm512_loadu_si512(order);
}

AVX512 static void down(const fastclip_job *j, int y) {
	const __m512i order = to_rgb();
	const int first = j->y_first[y] / 4, last = j->y_last[y] / 4;
	const int32_t *weights = (const int32_t *)j->y_weights + (size_t)3 * j->y_groups * y;
	uint8_t *out = j->dst + (size_t)3 * j->w * y;
	for (int x = 0; x < j->w; x += 16, out += 48) {
		__m512i high[4], mid[4], low[4], sum[4];
		for (int b = 0; b < 4; b++) {
			high[b] = _mm512_set1_epi32(HALF);
			mid[b] = low[b] = _mm512_setzero_si512();
		}
		const int32_t *k = weights;
		for (int g = first; g <= last; g++, k += 3) {
			const uint8_t *p = j->ring + (size_t)(g & j->ring_mask) * j->ring_stride + (size_t)16 * x;
			__m512i k2 = _mm512_set1_epi32(k[0]), k1 = _mm512_set1_epi32(k[1]), k0 = _mm512_set1_epi32(k[2]);
			for (int b = 0; b < 4; b++) {
				__m512i v = _mm512_loadu_si512(p + 64 * b);
				high[b] = _mm512_dpbusd_epi32(high[b], v, k2);
				mid[b] = _mm512_dpbusd_epi32(mid[b], v, k1);
				low[b] = _mm512_dpbusd_epi32(low[b], v, k0);
			}
		}
		for (int b = 0; b < 4; b++) {
			sum[b] = _mm512_add_epi32(_mm512_slli_epi32(_mm512_add_epi32(_mm512_slli_epi32(high[b], 8), mid[b]), 8), low[b]);
			sum[b] = _mm512_srai_epi32(sum[b], PRECISION);
		}
		__m512i pixels = packed(sum);
		if (j->kind == FASTCLIP_PREMULTIPLY) {
			const uint64_t alphas = 0x8888888888888888;
			__mmask64 stays = _mm512_cmpeq_epi8_mask(pixels, _mm512_set1_epi8(-1)) | _mm512_cmpeq_epi8_mask(pixels, _mm512_setzero_si512());
			if ((stays & alphas) != alphas) {
				for (int b = 0; b < 4; b++) sum[b] = unpremultiplied(sum[b]);
				pixels = packed(sum);
			}
		}
		int most = j->w - x < 16 ? 3 * (j->w - x) : 48;
		_mm512_mask_storeu_epi8(out, ~0ULL >> (64 - most), _mm512_permutexvar_epi8(order, pixels));
	}
}

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

AVX512 size_t fastclip_normalise_avx512(float *dst, const uint8_t *rgb, size_t plane, const float *table) {
	size_t n = plane / 64 * 64;
	for (int c = 0; c < 3; c++) plane_of(dst + c * plane, rgb, n, table + 256 * c, c);
	return n;
}

const fastclip_unit fastclip_avx512 = {BAND_ROWS, 4, fill, across, down};
#else
size_t fastclip_normalise_avx512(float *dst, const uint8_t *rgb, size_t plane, const float *table) {
	(void)dst, (void)rgb, (void)plane, (void)table;
	return 0;
}

const fastclip_unit fastclip_avx512 = {0};
#endif
