#include "fused.h"
#include "passes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")))
// What is made for each kind must be a part of its caller.
#define AVX512_PART AVX512 __attribute__((always_inline)) static inline

// A weight is three signed bytes, high*2^16 + mid*2^8 + low, so that multiply-add of bytes is
// exact; sums are shifted in between, modulo 2^32, in which the whole sum fits. A multiply-add
// takes four bytes that lie side by side: a band is laid out as blocks of four pixels, in which
// each channel has 64 bytes, four of a row. So a sum of columns needs nothing added across.
enum { PRECISION = 22, BAND_ROWS = 16, ROW_GROUPS = BAND_ROWS / 4, BLOCK = 4 * BAND_ROWS, TILE = 32 };

// Half of the last place, before the two shifts by 8.
#define HALF (1 << (PRECISION - 1 - 16))

// Pillow's premultiplication of one channel; alpha comes as the even bytes and the odd ones.
AVX512_PART __m512i premultiplied(__m512i v, __m512i even_alpha, __m512i odd_alpha) {
	const __m512i low = _mm512_set1_epi16(255), half = _mm512_set1_epi16(128);
	__m512i even = _mm512_add_epi16(_mm512_mullo_epi16(_mm512_and_si512(v, low), even_alpha), half);
	__m512i odd = _mm512_add_epi16(_mm512_mullo_epi16(_mm512_srli_epi16(v, 8), odd_alpha), half);
	even = _mm512_mulhi_epu16(even, _mm512_set1_epi16(257)); // (t + (t >> 8)) >> 8
	odd = _mm512_add_epi16(odd, _mm512_srli_epi16(odd, 8));
	return _mm512_ternarylogic_epi32(low, even, odd, 0xca);
}

AVX512_PART __m128i load4(const uint8_t *p, const int whole, __mmask16 some) {
	return whole ? _mm_loadu_si128((const __m128i *)p) : _mm_maskz_loadu_epi8(some, p);
}

// Four pixels of rows 0, 4, 8 and 12 of those that row begins with, by channel.
AVX512_PART __m512i four_rows(const uint8_t *const *row, size_t at, const int whole, __mmask16 some, __m512i order) {
	__m512i v = _mm512_castsi128_si512(load4(row[0] + at, whole, some));
	v = _mm512_inserti32x4(v, load4(row[4] + at, whole, some), 1);
	v = _mm512_inserti32x4(v, load4(row[8] + at, whole, some), 2);
	v = _mm512_inserti32x4(v, load4(row[12] + at, whole, some), 3);
	return _mm512_shuffle_epi8(v, order);
}

// Where the bytes of four pixels go: by channel.
AVX512_PART __m128i order_of(const int kind) {
	switch (kind) {
	case FASTCLIP_THREE: return _mm_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1);
	case FASTCLIP_ONE: return _mm_setr_epi8(0, 1, 2, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
	case FASTCLIP_FIRST: return _mm_setr_epi8(0, 2, 4, 6, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
	case FASTCLIP_TWO: case FASTCLIP_MULTIPLIED_TWO: return _mm_setr_epi8(0, 2, 4, 6, 0, 2, 4, 6, 0, 2, 4, 6, 1, 3, 5, 7);
	}
	return _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

// One block of a band: at is where its pixels begin in a row.
AVX512_PART void fill_block(uint8_t *out, const uint8_t *const *row, size_t at, const int kind, const int whole, __mmask16 some) {
	const __m512i order = _mm512_broadcast_i32x4(order_of(kind));
	__m512i r0 = four_rows(row, at, whole, some, order), r1 = four_rows(row + 1, at, whole, some, order);
	__m512i r2 = four_rows(row + 2, at, whole, some, order), r3 = four_rows(row + 3, at, whole, some, order);
	__m512i lo01 = _mm512_unpacklo_epi32(r0, r1), lo23 = _mm512_unpacklo_epi32(r2, r3);
	__m512i hi01 = _mm512_unpackhi_epi32(r0, r1), hi23 = _mm512_unpackhi_epi32(r2, r3);
	__m512i c[4] = {_mm512_unpacklo_epi64(lo01, lo23), _mm512_unpackhi_epi64(lo01, lo23), _mm512_unpacklo_epi64(hi01, hi23), _mm512_unpackhi_epi64(hi01, hi23)};
	if (kind == FASTCLIP_INK) {
		__m512i light = _mm512_xor_si512(c[3], _mm512_set1_epi8(-1));
		__m512i even = _mm512_and_si512(light, _mm512_set1_epi16(255)), odd = _mm512_srli_epi16(light, 8);
		for (int i = 0; i < 3; i++) c[i] = _mm512_subs_epu8(light, premultiplied(c[i], even, odd));
	}
	if (fastclip_premultiplies(kind) && _mm512_cmpneq_epi8_mask(c[3], _mm512_set1_epi8(-1)) != 0) {
		__m512i even = _mm512_and_si512(c[3], _mm512_set1_epi16(255)), odd = _mm512_srli_epi16(c[3], 8);
		for (int i = 0; i < 3; i++) c[i] = premultiplied(c[i], even, odd);
	}
	for (int i = 0; i < fastclip_channels(kind); i++) _mm512_storeu_si512(out + i * BLOCK, c[i]);
}

// Blocks [from, to) of a band.
AVX512_PART void fill(const fastclip_job *j, const uint8_t *const *row, int from, int to, const int kind) {
	const int bytes = fastclip_pixel_bytes(kind), channels = fastclip_channels(kind);
	uint8_t *out = j->band + (size_t)from * channels * BLOCK;
	for (int b = from; b < to; b++, out += channels * BLOCK) {
		const int left = bytes * (j->width - 4 * b);
		const size_t at = (size_t)4 * bytes * b;
		if (left >= 16)
			fill_block(out, row, at, kind, 1, 0);
		else
			fill_block(out, row, at, kind, 0, (__mmask16)((1 << left) - 1));
	}
}

// The compiler's own copies its sums around.
AVX512_PART void add_products(__m512i *sum, __m512i bytes, __m512i weights) {
	__asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(bytes), "v"(weights));
}

// One output column of a band's rows, into four groups of rows.
AVX512_PART void column(const uint8_t *p, const int32_t *k, int blocks, const int channels, uint8_t *const out[ROW_GROUPS], size_t at) {
	__m512i high[4], mid[4], low[4], sum[4];
	for (int c = 0; c < channels; c++) {
		high[c] = _mm512_set1_epi32(HALF);
		mid[c] = low[c] = _mm512_setzero_si512();
	}
	for (int b = 0; b < blocks; b++, k += 3, p += channels * BLOCK) {
		__m512i k2 = _mm512_set1_epi32(k[0]), k1 = _mm512_set1_epi32(k[1]), k0 = _mm512_set1_epi32(k[2]);
		for (int c = 0; c < channels; c++) {
			__m512i v = _mm512_loadu_si512(p + c * BLOCK);
			add_products(&high[c], v, k2);
			add_products(&mid[c], v, k1);
			add_products(&low[c], v, k0);
		}
	}
	for (int c = 0; c < channels; c++) {
		sum[c] = _mm512_add_epi32(_mm512_slli_epi32(_mm512_add_epi32(_mm512_slli_epi32(high[c], 8), mid[c]), 8), low[c]);
		sum[c] = _mm512_srai_epi32(sum[c], PRECISION);
	}
	if (channels == 1) sum[1] = sum[2] = sum[0];
	if (channels < 4) sum[3] = _mm512_setzero_si512();
	__m512i v = _mm512_packus_epi16(_mm512_packs_epi32(sum[0], sum[1]), _mm512_packs_epi32(sum[2], sum[3]));
	_mm_storeu_si128((__m128i *)(out[0] + at), _mm512_castsi512_si128(v));
	_mm_storeu_si128((__m128i *)(out[1] + at), _mm512_extracti32x4_epi32(v, 1));
	_mm_storeu_si128((__m128i *)(out[2] + at), _mm512_extracti32x4_epi32(v, 2));
	_mm_storeu_si128((__m128i *)(out[3] + at), _mm512_extracti32x4_epi32(v, 3));
}

// soon is what of the next band goes on its way to the second-level cache while this one is
// resized: rows lie too far apart for the processor to see it coming.
typedef struct {
	const uint8_t *first, *at;
	int rows, row, a_column;
} soon;

static inline soon soon_of(const fastclip_job *j, int from, int bytes) {
	int rows = j->rows - from < BAND_ROWS ? j->rows - from : BAND_ROWS, lines = (j->width * bytes + 63) / 64;
	if (rows <= 0) return (soon){0};
	const uint8_t *at = j->src + (size_t)from * j->stride;
	return (soon){at, at, rows, 0, (rows * lines + j->x.size - 1) / j->x.size};
}

static inline void fetch(soon *s, size_t stride) {
	for (int i = 0; i < s->a_column; i++) {
		_mm_prefetch((const char *)s->at, _MM_HINT_T1);
		s->at += stride;
		if (++s->row == s->rows) {
			s->row = 0;
			s->at = s->first += 64;
		}
	}
}

AVX512_PART void band_of(const fastclip_job *j, int from, int n, const int kind) {
	const int channels = fastclip_channels(kind), bytes = fastclip_pixel_bytes(kind);
	const uint8_t *row[BAND_ROWS];
	uint8_t *out[ROW_GROUPS];
	for (int r = 0; r < BAND_ROWS; r++) row[r] = j->src + (size_t)(from + (r < n ? r : n - 1)) * j->stride;
	for (int g = 0; g < ROW_GROUPS; g++) out[g] = j->ring + (size_t)((from / 4 + g) & j->ring_mask) * j->ring_stride;
	const int32_t *k = j->x.weights;
	const int blocks = (j->width + 3) / 4;
	soon next = soon_of(j, from + BAND_ROWS, bytes);
	for (int x = 0, filled = 0; x < j->x.size;) {
		const int end = x + TILE < j->x.size ? x + TILE : j->x.size;
		int to = j->x.last[end - 1] / 4 + 1;
		if (to > blocks) to = blocks;
		fill(j, row, filled, to, kind);
		filled = to;
		for (; x < end; x++, k += 3 * j->x.groups) {
			const int first = j->x.first[x] / 4;
			fetch(&next, j->stride);
			column(j->band + (size_t)first * channels * BLOCK, k, j->x.last[x] / 4 - first + 1, channels, out, (size_t)16 * x);
		}
	}
}

AVX512 static void band(const fastclip_job *j, int from, int n) {
	switch (j->kind) { // each a function of its own, made for its kind
	case FASTCLIP_PREMULTIPLY: band_of(j, from, n, FASTCLIP_PREMULTIPLY); break;
	case FASTCLIP_FOUR: band_of(j, from, n, FASTCLIP_FOUR); break;
	case FASTCLIP_THREE: band_of(j, from, n, FASTCLIP_THREE); break;
	case FASTCLIP_ONE: band_of(j, from, n, FASTCLIP_ONE); break;
	case FASTCLIP_TWO: band_of(j, from, n, FASTCLIP_TWO); break;
	case FASTCLIP_INK: band_of(j, from, n, FASTCLIP_INK); break;
	case FASTCLIP_MULTIPLIED_TWO: band_of(j, from, n, FASTCLIP_MULTIPLIED_TWO); break;
	case FASTCLIP_FIRST: band_of(j, from, n, FASTCLIP_FIRST); break;
	default: band_of(j, from, n, FASTCLIP_CMYK); // and what is premultiplied already
	}
}

// Pillow's way back from premultiplied, of four pixels a vector; what has no alpha or all of it
// stays. 255*v/alpha is less than 2^16, so a reciprocal that is right to 2^-17 gives the whole
// part of the quotient when half is added to the dividend; one step of Newton's makes it so.
AVX512_PART __m512i unpremultiplied(__m512i v) {
	const __m512i zero = _mm512_setzero_si512(), full = _mm512_set1_epi32(255);
	v = _mm512_min_epi32(_mm512_max_epi32(v, zero), full);
	__m512i alpha = _mm512_shuffle_epi32(v, _MM_PERM_DDDD);
	__m512 a = _mm512_cvtepi32_ps(alpha), r = _mm512_rcp14_ps(a);
	r = _mm512_fmadd_ps(r, _mm512_fnmadd_ps(a, r, _mm512_set1_ps(1)), r);
	__m512 scaled = _mm512_fmadd_ps(_mm512_cvtepi32_ps(v), _mm512_set1_ps(255), _mm512_set1_ps(0.5f));
	__m512i q = _mm512_min_epi32(_mm512_cvttps_epi32(_mm512_mul_ps(scaled, r)), full);
	__mmask16 stays = _mm512_cmpeq_epi32_mask(alpha, zero) | _mm512_cmpeq_epi32_mask(alpha, full);
	return _mm512_mask_mov_epi32(q, stays, v);
}

AVX512_PART __m512i packed(const __m512i v[4]) {
	return _mm512_packus_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3]));
}

// After packed, byte 16*lane + 4*b + c is channel c of pixel 4*b + lane; channels of them are kept.
AVX512_PART __m512i in_order(int channels) {
	uint8_t order[64] = {0};
	for (int i = 0; i < 16 * channels; i++) {
		int pixel = i / channels;
		order[i] = (uint8_t)(pixel % 4 * 16 + pixel / 4 * 4 + i % channels);
	}
	return _mm512_loadu_si512(order);
}

AVX512 static void down(const fastclip_job *j, int y) {
	const int bytes = fastclip_output_bytes(j->kind);
	const __m512i order = in_order(bytes);
	const int first = j->y.first[y] / 4, last = j->y.last[y] / 4;
	const int32_t *weights = (const int32_t *)j->y.weights + (size_t)3 * j->y.groups * y;
	uint8_t *out = j->dst + (size_t)bytes * j->x.size * y;
	for (int x = 0; x < j->x.size; x += 16, out += 16 * bytes) {
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
				add_products(&high[b], v, k2);
				add_products(&mid[b], v, k1);
				add_products(&low[b], v, k0);
			}
		}
		for (int b = 0; b < 4; b++) {
			sum[b] = _mm512_add_epi32(_mm512_slli_epi32(_mm512_add_epi32(_mm512_slli_epi32(high[b], 8), mid[b]), 8), low[b]);
			sum[b] = _mm512_srai_epi32(sum[b], PRECISION);
		}
		__m512i pixels = packed(sum);
		if (fastclip_has_alpha(j->kind)) {
			const uint64_t alphas = 0x8888888888888888;
			__mmask64 stays = _mm512_cmpeq_epi8_mask(pixels, _mm512_set1_epi8(-1)) | _mm512_cmpeq_epi8_mask(pixels, _mm512_setzero_si512());
			if ((stays & alphas) != alphas) {
				for (int b = 0; b < 4; b++) sum[b] = unpremultiplied(sum[b]);
				pixels = packed(sum);
			}
		}
		int most = bytes * (j->x.size - x < 16 ? j->x.size - x : 16);
		_mm512_mask_storeu_epi8(out, ~0ULL >> (64 - most), _mm512_permutexvar_epi8(order, pixels));
	}
}

static void premultiply(uint8_t *out, const uint8_t *in, int channels, size_t n) {
	fastclip_premultiply_avx2(out, in, 0, channels, (int)n, 1);
}

AVX512 static void upright(uint8_t *out, const fastclip_rows *in, const fastclip_weights *y, int at) {
	const int first = y->first[at], n = y->last[at] - first + 1;
	const int32_t *weights = (const int32_t *)y->weights + (size_t)3 * y->groups * at;
	for (size_t x = 0; x < in->width; x += 64) {
		const __mmask64 some = in->width - x >= 64 ? ~0ULL : ~0ULL >> (64 - (in->width - x));
		__m512i high[4], mid[4], low[4], sum[4];
		for (int b = 0; b < 4; b++) {
			high[b] = _mm512_set1_epi32(HALF);
			mid[b] = low[b] = _mm512_setzero_si512();
		}
		const int32_t *k = weights;
		for (int i = 0; i < n; i += 4, k += 3) {
			__m512i row[4];
			for (int r = 0; r < 4; r++) { // of rows after the last, the weight is 0
				int from = i + r < n ? i + r : n - 1;
				row[r] = _mm512_maskz_loadu_epi8(some, in->src + (size_t)((first + from) & in->mask) * in->stride + x);
			}
			__m512i lo01 = _mm512_unpacklo_epi8(row[0], row[1]), lo23 = _mm512_unpacklo_epi8(row[2], row[3]);
			__m512i hi01 = _mm512_unpackhi_epi8(row[0], row[1]), hi23 = _mm512_unpackhi_epi8(row[2], row[3]);
			__m512i v[4] = {_mm512_unpacklo_epi16(lo01, lo23), _mm512_unpackhi_epi16(lo01, lo23), _mm512_unpacklo_epi16(hi01, hi23), _mm512_unpackhi_epi16(hi01, hi23)};
			__m512i k2 = _mm512_set1_epi32(k[0]), k1 = _mm512_set1_epi32(k[1]), k0 = _mm512_set1_epi32(k[2]);
			for (int b = 0; b < 4; b++) {
				add_products(&high[b], v[b], k2);
				add_products(&mid[b], v[b], k1);
				add_products(&low[b], v[b], k0);
			}
		}
		for (int b = 0; b < 4; b++) {
			sum[b] = _mm512_add_epi32(_mm512_slli_epi32(_mm512_add_epi32(_mm512_slli_epi32(high[b], 8), mid[b]), 8), low[b]);
			sum[b] = _mm512_srai_epi32(sum[b], PRECISION);
		}
		_mm512_mask_storeu_epi8(out + x, some, packed(sum));
	}
}

const fastclip_unit fastclip_avx512 = {BAND_ROWS, band, down, premultiply, upright};
#else
const fastclip_unit fastclip_avx512 = {0};
#endif
