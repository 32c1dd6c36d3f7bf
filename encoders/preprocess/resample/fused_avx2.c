#include "fused.h"
#include "passes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))
// What is made for each kind must be a part of its caller.
#define AVX2_PART AVX2 __attribute__((always_inline)) static inline

// A weight is high*2^11 + low, both of them 16 bits wide, so that the 16-bit multiply-add is exact; the two sums are
// joined at the end. A short weight has 16 bits as it is, and one sum. A multiply-add takes two numbers of 16 bits that
// lie side by side: a band is laid out as pairs of pixels, in which each channel has one vector, two numbers of a row.
// So a sum of columns needs nothing added across.
enum { LOW_BITS = 11, BAND_ROWS = 8, ROW_GROUPS = BAND_ROWS / 2, VECTOR = 32, TILE = 32 };

AVX2_PART __m256i load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
AVX2_PART void store(void *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }

// What ends a sum of weights with so many bits after the point.
typedef struct {
	__m256i half;
	__m128i bits;
} rounding;

AVX2_PART rounding rounding_of(int bits) {
	return (rounding){_mm256_set1_epi32(1 << (bits - 1)), _mm_cvtsi32_si128(bits)};
}

AVX2_PART __m256i joined(__m256i high, __m256i low, const int is_short, rounding to) {
	__m256i sum = is_short ? high : _mm256_add_epi32(_mm256_slli_epi32(high, LOW_BITS), low);
	return _mm256_sra_epi32(_mm256_add_epi32(sum, to.half), to.bits);
}

// Pillow's MULDIV255.
AVX2_PART __m256i muldiv(__m256i words, __m256i by) {
	__m256i t = _mm256_add_epi16(_mm256_mullo_epi16(words, by), _mm256_set1_epi16(128));
	return _mm256_mulhi_epu16(t, _mm256_set1_epi16(257)); // (t + (t >> 8)) >> 8
}

// Four pixels of a row and of the fourth row after it, one in each half.
AVX2_PART __m256i two_rows(const uint8_t *const *row, size_t at, const int whole, int left) {
	const uint8_t *p = row[0] + at, *q = row[4] + at;
	uint8_t a[16] = {0}, b[16] = {0};
	if (!whole) {
		p = memcpy(a, p, left);
		q = memcpy(b, q, left);
	}
	return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)p)), _mm_loadu_si128((const __m128i *)q), 1);
}

// Where the bytes of four pixels go: r0 r1 g0 g1 b0 b1 a0 a1, then the same of pixels 2 and 3.
AVX2_PART __m128i order_of(const int kind) {
	switch (kind) {
	case FASTCLIP_THREE: return _mm_setr_epi8(0, 3, 1, 4, 2, 5, -1, -1, 6, 9, 7, 10, 8, 11, -1, -1);
	case FASTCLIP_ONE: return _mm_setr_epi8(0, 1, -1, -1, -1, -1, -1, -1, 2, 3, -1, -1, -1, -1, -1, -1);
	case FASTCLIP_FIRST: return _mm_setr_epi8(0, 2, -1, -1, -1, -1, -1, -1, 4, 6, -1, -1, -1, -1, -1, -1);
	case FASTCLIP_TWO: case FASTCLIP_MULTIPLIED_TWO: return _mm_setr_epi8(0, 2, 0, 2, 0, 2, 1, 3, 4, 6, 4, 6, 4, 6, 5, 7);
	}
	return _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
}

// One pair of pixels of eight rows, of which the first four lie in the lower half.
AVX2_PART void put_pair(uint8_t *out, __m256i rows01, __m256i rows23, const int kind) {
	const __m256i zero = _mm256_setzero_si256(), full = _mm256_set1_epi16(255);
	__m256i rg = _mm256_unpacklo_epi32(rows01, rows23), ba = _mm256_unpackhi_epi32(rows01, rows23);
	__m256i c[4] = {_mm256_unpacklo_epi8(rg, zero), _mm256_unpackhi_epi8(rg, zero), _mm256_unpacklo_epi8(ba, zero), _mm256_unpackhi_epi8(ba, zero)};
	if (fastclip_premultiplies(kind) && !_mm256_testc_si256(c[3], full))
		for (int i = 0; i < 3; i++) c[i] = muldiv(c[i], c[3]);
	if (kind == FASTCLIP_INK) {
		__m256i light = _mm256_sub_epi16(full, c[3]);
		for (int i = 0; i < 3; i++) c[i] = _mm256_subs_epu16(light, muldiv(c[i], light));
	}
	for (int i = 0; i < fastclip_channels(kind); i++) store(out + i * VECTOR, c[i]);
}

// Blocks [from, to) of four pixels of a band.
AVX2_PART void fill_of(const fastclip_job *j, const uint8_t *const *row, int from, int to, const int kind) {
	const int bytes = fastclip_pixel_bytes(kind), pair = fastclip_channels(kind) * VECTOR;
	const __m256i order = _mm256_broadcastsi128_si256(order_of(kind));
	uint8_t *out = j->band + (size_t)2 * from * pair;
	for (int b = from; b < to; b++, out += 2 * pair) {
		const int left = bytes * (j->width - 4 * b);
		const size_t at = (size_t)4 * bytes * b;
		__m256i v[4];
		for (int r = 0; r < 4; r++) v[r] = _mm256_shuffle_epi8(left >= 16 ? two_rows(row + r, at, 1, 0) : two_rows(row + r, at, 0, left), order);
		put_pair(out, _mm256_unpacklo_epi16(v[0], v[1]), _mm256_unpacklo_epi16(v[2], v[3]), kind);
		put_pair(out + pair, _mm256_unpackhi_epi16(v[0], v[1]), _mm256_unpackhi_epi16(v[2], v[3]), kind);
	}
}

AVX2 static void fill(const fastclip_job *j, const uint8_t *const *row, int from, int to) {
	switch (j->kind) { // each a loop of its own, made for its kind
	case FASTCLIP_PREMULTIPLY: fill_of(j, row, from, to, FASTCLIP_PREMULTIPLY); break;
	case FASTCLIP_FOUR: fill_of(j, row, from, to, FASTCLIP_FOUR); break;
	case FASTCLIP_THREE: fill_of(j, row, from, to, FASTCLIP_THREE); break;
	case FASTCLIP_ONE: fill_of(j, row, from, to, FASTCLIP_ONE); break;
	case FASTCLIP_TWO: fill_of(j, row, from, to, FASTCLIP_TWO); break;
	case FASTCLIP_INK: fill_of(j, row, from, to, FASTCLIP_INK); break;
	case FASTCLIP_MULTIPLIED_TWO: fill_of(j, row, from, to, FASTCLIP_MULTIPLIED_TWO); break;
	case FASTCLIP_FIRST: fill_of(j, row, from, to, FASTCLIP_FIRST); break;
	default: fill_of(j, row, from, to, FASTCLIP_CMYK); // and what is premultiplied already
	}
}

AVX2_PART __m256i pair_of(const int16_t *k) {
	int32_t both;
	memcpy(&both, k, sizeof both);
	return _mm256_set1_epi32(both);
}

// One output column of a band's rows, into four groups of rows.
AVX2_PART void column(const uint8_t *p, const int16_t *k, int pairs, const int channels, const int is_short, rounding to, uint8_t *const out[ROW_GROUPS], size_t at) {
	__m256i high[4], low[4], sum[4];
	for (int c = 0; c < channels; c++) high[c] = low[c] = _mm256_setzero_si256();
	for (int i = 0; i < pairs; i++, k += is_short ? 2 : 4, p += channels * VECTOR) {
		__m256i k_high = pair_of(k), k_low = is_short ? k_high : pair_of(k + 2);
		for (int c = 0; c < channels; c++) {
			__m256i v = load(p + c * VECTOR);
			high[c] = _mm256_add_epi32(high[c], _mm256_madd_epi16(v, k_high));
			if (!is_short) low[c] = _mm256_add_epi32(low[c], _mm256_madd_epi16(v, k_low));
		}
	}
	for (int c = 0; c < channels; c++) sum[c] = joined(high[c], low[c], is_short, to);
	if (channels == 1) sum[1] = sum[2] = sum[0];
	if (channels < 4) sum[3] = _mm256_setzero_si256();
	const __m256i by_row = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15));
	__m256i v = _mm256_packus_epi16(_mm256_packs_epi32(sum[0], sum[1]), _mm256_packs_epi32(sum[2], sum[3]));
	v = _mm256_shuffle_epi8(v, by_row);
	__m128i rows03 = _mm256_castsi256_si128(v), rows47 = _mm256_extracti128_si256(v, 1);
	_mm_storel_epi64((__m128i *)(out[0] + at), rows03);
	_mm_storeh_pd((double *)(void *)(out[1] + at), _mm_castsi128_pd(rows03));
	_mm_storel_epi64((__m128i *)(out[2] + at), rows47);
	_mm_storeh_pd((double *)(void *)(out[3] + at), _mm_castsi128_pd(rows47));
}

AVX2_PART void columns(const fastclip_job *j, int from, int to, uint8_t *const out[ROW_GROUPS], const int channels, const int is_short) {
	const rounding end = rounding_of(j->x.bits);
	const int weights = (is_short ? 2 : 4) * j->x.groups;
	const int16_t *k = (const int16_t *)j->x.weights + (size_t)weights * from;
	for (int x = from; x < to; x++, k += weights) {
		const int first = j->x.first[x] / 2;
		column(j->band + (size_t)first * channels * VECTOR, k, j->x.last[x] / 2 - first + 1, channels, is_short, end, out, (size_t)8 * x);
	}
}

AVX2 static void band(const fastclip_job *j, int from, int n) {
	const uint8_t *row[BAND_ROWS];
	uint8_t *out[ROW_GROUPS];
	for (int r = 0; r < BAND_ROWS; r++) row[r] = j->src + (size_t)(from + (r < n ? r : n - 1)) * j->stride;
	for (int g = 0; g < ROW_GROUPS; g++) out[g] = j->ring + (size_t)((from / 2 + g) & j->ring_mask) * j->ring_stride;
	for (int x = 0, filled = 0; x < j->x.size;) { // a tile's pixels are still near when its columns are made
		const int end = x + TILE < j->x.size ? x + TILE : j->x.size, to = j->x.last[end - 1] / 4 + 1;
		fill(j, row, filled, to);
		filled = to;
		switch (fastclip_channels(j->kind) * 2 + j->x.is_short) {
		case 2: columns(j, x, end, out, 1, 0); break;
		case 3: columns(j, x, end, out, 1, 1); break;
		case 6: columns(j, x, end, out, 3, 0); break;
		case 7: columns(j, x, end, out, 3, 1); break;
		case 8: columns(j, x, end, out, 4, 0); break;
		case 9: columns(j, x, end, out, 4, 1); break;
		}
		x = end;
	}
}

// Pillow's way back from premultiplied, of two pixels a vector; what has no alpha or all of it stays.
AVX2_PART __m256i unpremultiplied(__m256i v) {
	const __m256i zero = _mm256_setzero_si256(), full = _mm256_set1_epi32(255);
	v = _mm256_min_epi32(_mm256_max_epi32(v, zero), full);
	__m256i alpha = _mm256_shuffle_epi32(v, 0xff);
	__m256 scaled = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_slli_epi32(v, 8), v));
	__m256i q = _mm256_min_epi32(_mm256_cvttps_epi32(_mm256_div_ps(scaled, _mm256_cvtepi32_ps(alpha))), full);
	__m256i stays = _mm256_or_si256(_mm256_cmpeq_epi32(alpha, zero), _mm256_cmpeq_epi32(alpha, full));
	return _mm256_blendv_epi8(q, v, stays);
}

// Pixels 0 2 4 6 in the lower half, 1 3 5 7 in the upper one.
AVX2_PART __m256i packed(const __m256i v[4]) {
	return _mm256_packus_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
}

// Eight pixels, of three bytes with 8 bytes after them.
AVX2_PART void put8(uint8_t *out, __m256i pixels, int bytes) {
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

AVX2_PART void down_of(const fastclip_job *j, int y, const int is_short) {
	const int first = j->y.first[y] / 2, last = j->y.last[y] / 2, w = j->x.size;
	const int16_t *weights = (const int16_t *)j->y.weights + (size_t)(is_short ? 2 : 4) * j->y.groups * y;
	const __m256i is_alpha = _mm256_set1_epi32((int)0xff000000);
	const rounding end = rounding_of(j->y.bits);
	const int bytes = fastclip_output_bytes(j->kind);
	uint8_t *out = j->dst + (size_t)bytes * w * y;
	for (int x = 0; x < w; x += 8, out += 8 * bytes) {
		__m256i high[4], low[4], sum[4];
		for (int b = 0; b < 4; b++) high[b] = low[b] = _mm256_setzero_si256();
		const int16_t *k = weights;
		for (int g = first; g <= last; g++, k += is_short ? 2 : 4) {
			const uint8_t *p = j->ring + (size_t)(g & j->ring_mask) * j->ring_stride + (size_t)8 * x;
			__m256i k_high = pair_of(k), k_low = is_short ? k_high : pair_of(k + 2);
			for (int b = 0; b < 4; b++) {
				__m256i v = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(p + 16 * b)));
				high[b] = _mm256_add_epi32(high[b], _mm256_madd_epi16(v, k_high));
				if (!is_short) low[b] = _mm256_add_epi32(low[b], _mm256_madd_epi16(v, k_low));
			}
		}
		for (int b = 0; b < 4; b++) sum[b] = joined(high[b], low[b], is_short, end);
		__m256i pixels = packed(sum);
		if (fastclip_has_alpha(j->kind)) {
			__m256i stays = _mm256_or_si256(_mm256_cmpeq_epi8(pixels, _mm256_set1_epi8(-1)), _mm256_cmpeq_epi8(pixels, _mm256_setzero_si256()));
			if (!_mm256_testc_si256(stays, is_alpha)) {
				for (int b = 0; b < 4; b++) sum[b] = unpremultiplied(sum[b]);
				pixels = packed(sum);
			}
		}
		if (w - x >= 11) { // room for what put8 writes beyond
			put8(out, pixels, bytes);
		} else {
			uint8_t last8[32];
			put8(last8, pixels, bytes);
			memcpy(out, last8, bytes * (w - x < 8 ? w - x : 8));
		}
	}
}

AVX2 static void down(const fastclip_job *j, int y) {
	if (j->y.is_short)
		down_of(j, y, 1);
	else
		down_of(j, y, 0);
}

AVX2 static void premultiply(uint8_t *out, const uint8_t *in, int channels, size_t n) {
	fastclip_premultiply_avx2(out, in, 0, channels, (int)n, 1);
}

// Bytes [x, x+VECTOR) of an output row, of n input rows.
AVX2_PART void upright_at(uint8_t *out, const fastclip_rows *in, int first, int n, const int16_t *k, size_t x, const int is_short, rounding end) {
	const __m256i zero = _mm256_setzero_si256();
	__m256i high[4], low[4], sum[4];
	for (int b = 0; b < 4; b++) high[b] = low[b] = zero;
	for (int i = 0; i < n; i += 2, k += is_short ? 2 : 4) { // of an odd row at the end, the weight is 0
		__m256i u = load(in->src + (size_t)((first + i) & in->mask) * in->stride + x);
		__m256i v = load(in->src + (size_t)((first + (i + 1 < n ? i + 1 : i)) & in->mask) * in->stride + x);
		__m256i k_high = pair_of(k), k_low = is_short ? k_high : pair_of(k + 2);
		__m256i lo = _mm256_unpacklo_epi8(u, v), hi = _mm256_unpackhi_epi8(u, v);
		__m256i words[4] = {_mm256_unpacklo_epi8(lo, zero), _mm256_unpackhi_epi8(lo, zero), _mm256_unpacklo_epi8(hi, zero), _mm256_unpackhi_epi8(hi, zero)};
		for (int b = 0; b < 4; b++) {
			high[b] = _mm256_add_epi32(high[b], _mm256_madd_epi16(words[b], k_high));
			if (!is_short) low[b] = _mm256_add_epi32(low[b], _mm256_madd_epi16(words[b], k_low));
		}
	}
	for (int b = 0; b < 4; b++) sum[b] = joined(high[b], low[b], is_short, end);
	store(out + x, packed(sum));
}

AVX2 static void upright(uint8_t *out, const fastclip_rows *in, const fastclip_weights *y, int at) {
	const int first = y->first[at], n = y->last[at] - first + 1;
	const int16_t *k = (const int16_t *)y->weights + (size_t)(y->is_short ? 2 : 4) * y->groups * at;
	const rounding end = rounding_of(y->bits);
	for (size_t x = 0; x < in->width; x += VECTOR) {
		size_t from = x + VECTOR <= in->width ? x : in->width - VECTOR; // the last bytes, with some that are done already
		if (y->is_short)
			upright_at(out, in, first, n, k, from, 1, end);
		else
			upright_at(out, in, first, n, k, from, 0, end);
	}
}

const fastclip_unit fastclip_avx2 = {BAND_ROWS, band, down, premultiply, upright};
#else
const fastclip_unit fastclip_avx2 = {0};
#endif
