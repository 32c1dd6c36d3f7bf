#include "floats.h"

#if defined(__x86_64__) || defined(__aarch64__)
#include <string.h>

// Products and sums are rounded apart but where torch's loop fuses them: the compiler must not.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#define APART
#else
#define APART __attribute__((optimize("fp-contract=off")))
#endif

enum { ROWS = FASTCLIP_FLOAT_ROWS, LANES = 8 };

#if defined(__x86_64__)
#include <immintrin.h>
#define FN __attribute__((target("avx2,fma"))) APART
typedef __m256 lanes;

FN static inline lanes load(const float *p) { return _mm256_loadu_ps(p); }
FN static inline void store(float *p, lanes v) { _mm256_storeu_ps(p, v); }
FN static inline lanes all(float v) { return _mm256_set1_ps(v); }
FN static inline lanes fused(lanes a, lanes b, lanes c) { return _mm256_fmadd_ps(a, b, c); }
FN static inline lanes divided(lanes a, lanes b) { return _mm256_div_ps(a, b); }
FN static inline lanes minus(lanes a, lanes b) { return _mm256_sub_ps(a, b); }

// a*b + c, with the product rounded.
FN static inline lanes apart(lanes a, lanes b, lanes c) {
	lanes product = _mm256_mul_ps(a, b);
	__asm__("" : "+x"(product));
	return _mm256_add_ps(product, c);
}

// Four samples of four rows become four rows.
FN static inline void turn4(float *out, size_t stride, const float *in) {
	__m128 a = _mm_loadu_ps(in), b = _mm_loadu_ps(in + ROWS), c = _mm_loadu_ps(in + 2 * ROWS), d = _mm_loadu_ps(in + 3 * ROWS);
	_MM_TRANSPOSE4_PS(a, b, c, d);
	_mm_storeu_ps(out, a);
	_mm_storeu_ps(out + stride, b);
	_mm_storeu_ps(out + 2 * stride, c);
	_mm_storeu_ps(out + 3 * stride, d);
}

FN static inline __m128i eight(const uint8_t *p) { return _mm_loadl_epi64((const __m128i *)p); }

// Eight samples of eight rows, each a byte over 255: a quotient by Newton's step, exact for bytes.
FN static inline void put2(float *out, __m128i samples) {
	const lanes of = _mm256_set1_ps(255), inverse = _mm256_set1_ps(1.0f / 255);
	for (int i = 0; i < 2; i++, samples = _mm_srli_si128(samples, 8)) {
		lanes v = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(samples)), q = _mm256_mul_ps(v, inverse);
		store(out + i * ROWS, _mm256_fmadd_ps(_mm256_fnmadd_ps(q, of, v), inverse, q));
	}
}

FN static inline void fill8(float *out, const uint8_t *const *row, size_t at) {
	__m128i a0 = _mm_unpacklo_epi8(eight(row[0] + at), eight(row[1] + at)), a1 = _mm_unpacklo_epi8(eight(row[2] + at), eight(row[3] + at));
	__m128i a2 = _mm_unpacklo_epi8(eight(row[4] + at), eight(row[5] + at)), a3 = _mm_unpacklo_epi8(eight(row[6] + at), eight(row[7] + at));
	__m128i b0 = _mm_unpacklo_epi16(a0, a1), b1 = _mm_unpackhi_epi16(a0, a1), b2 = _mm_unpacklo_epi16(a2, a3), b3 = _mm_unpackhi_epi16(a2, a3);
	put2(out, _mm_unpacklo_epi32(b0, b2));
	put2(out + 2 * ROWS, _mm_unpackhi_epi32(b0, b2));
	put2(out + 4 * ROWS, _mm_unpacklo_epi32(b1, b3));
	put2(out + 6 * ROWS, _mm_unpackhi_epi32(b1, b3));
}
#else
#include <arm_neon.h>
#define FN APART
typedef struct {
	float32x4_t lo, hi;
} lanes;

FN static inline lanes load(const float *p) { return (lanes){vld1q_f32(p), vld1q_f32(p + 4)}; }
FN static inline void store(float *p, lanes v) {
	vst1q_f32(p, v.lo);
	vst1q_f32(p + 4, v.hi);
}
FN static inline lanes all(float v) { return (lanes){vdupq_n_f32(v), vdupq_n_f32(v)}; }
FN static inline lanes fused(lanes a, lanes b, lanes c) { return (lanes){vfmaq_f32(c.lo, a.lo, b.lo), vfmaq_f32(c.hi, a.hi, b.hi)}; }
FN static inline lanes divided(lanes a, lanes b) { return (lanes){vdivq_f32(a.lo, b.lo), vdivq_f32(a.hi, b.hi)}; }
FN static inline lanes minus(lanes a, lanes b) { return (lanes){vsubq_f32(a.lo, b.lo), vsubq_f32(a.hi, b.hi)}; }

// a*b + c, with the product rounded.
FN static inline lanes apart(lanes a, lanes b, lanes c) {
	float32x4_t lo = vmulq_f32(a.lo, b.lo), hi = vmulq_f32(a.hi, b.hi);
	__asm__("" : "+w"(lo), "+w"(hi));
	return (lanes){vaddq_f32(lo, c.lo), vaddq_f32(hi, c.hi)};
}

// Four samples of four rows become four rows.
FN static inline void turn4(float *out, size_t stride, const float *in) {
	float32x4x2_t ab = vtrnq_f32(vld1q_f32(in), vld1q_f32(in + ROWS)), cd = vtrnq_f32(vld1q_f32(in + 2 * ROWS), vld1q_f32(in + 3 * ROWS));
	vst1q_f32(out, vcombine_f32(vget_low_f32(ab.val[0]), vget_low_f32(cd.val[0])));
	vst1q_f32(out + stride, vcombine_f32(vget_low_f32(ab.val[1]), vget_low_f32(cd.val[1])));
	vst1q_f32(out + 2 * stride, vcombine_f32(vget_high_f32(ab.val[0]), vget_high_f32(cd.val[0])));
	vst1q_f32(out + 3 * stride, vcombine_f32(vget_high_f32(ab.val[1]), vget_high_f32(cd.val[1])));
}

FN static inline void fill8(float *out, const uint8_t *const *row, size_t at) {
	for (int i = 0; i < 8; i++) {
		uint8_t v[8];
		for (int r = 0; r < 8; r++) v[r] = row[r][at + i];
		uint16x8_t wide = vmovl_u8(vld1_u8(v));
		lanes f = {vcvtq_f32_u32(vmovl_u16(vget_low_u16(wide))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(wide)))};
		store(out + i * ROWS, divided(f, all(255)));
	}
}
#endif

// Samples lie as ROWS floats, one a row.
FN static void fill(float *band, const uint8_t *const *row, int samples) {
	int s = 0;
	for (; s + 8 <= samples; s += 8)
		for (int half = 0; half < ROWS; half += LANES) fill8(band + (size_t)s * ROWS + half, row + half, s);
	if (s == samples) return;
	uint8_t last[ROWS][8] = {{0}};
	const uint8_t *at[ROWS];
	for (int r = 0; r < ROWS; r++) at[r] = memcpy(last[r], row[r] + s, samples - s);
	for (int half = 0; half < ROWS; half += LANES) fill8(band + (size_t)s * ROWS + half, at + half, 0);
}

// How many of count weights torch's loop adds up product by product: the first, then four at a time.
static inline int plain(int count) { return count < 1 ? count : 1 + (count - 1) / 4 * 4; }

// The three colours of one column of ROWS rows.
FN static inline void column(float *out, const float *band, const float *k, int count, size_t next) {
	lanes sum[3][2];
	for (int c = 0; c < 3; c++) sum[c][0] = sum[c][1] = all(0);
	const int some = plain(count);
	for (int i = 0; i < count; i++, band += 3 * ROWS) {
		lanes w = all(k[i]);
		for (int c = 0; c < 3; c++) {
			lanes a = load(band + c * ROWS), b = load(band + c * ROWS + LANES);
			sum[c][0] = i < some ? apart(a, w, sum[c][0]) : fused(a, w, sum[c][0]);
			sum[c][1] = i < some ? apart(b, w, sum[c][1]) : fused(b, w, sum[c][1]);
		}
	}
	for (int c = 0; c < 3; c++, out += next) {
		store(out, sum[c][0]);
		store(out + LANES, sum[c][1]);
	}
}

FN void fastclip_floats_across(float *out, const uint8_t *src, size_t stride, int n, int width,
		const int32_t *first, const int32_t *count, const float *weights, int size, int w, float *band) {
	const uint8_t *row[ROWS];
	for (int r = 0; r < ROWS; r++) row[r] = src + (size_t)(r < n ? r : n - 1) * stride;
	fill(band, row, 3 * width);
	for (int x = 0; x < w; x += 4) {
		const int some = w - x < 4 ? w - x : 4;
		float turned[3][4 * ROWS], rows[ROWS][4];
		for (int i = 0; i < some; i++)
			column(turned[0] + i * ROWS, band + (size_t)3 * first[x + i] * ROWS, weights + (size_t)size * (x + i), count[x + i], 4 * ROWS);
		for (int c = 0; c < 3; c++) {
			float *to = out + (size_t)c * w + x;
			for (int r = 0; r < n; r += 4) {
				if (some == 4 && n - r >= 4) {
					turn4(to + (size_t)r * 3 * w, (size_t)3 * w, turned[c] + r);
					continue;
				}
				turn4(rows[r], 4, turned[c] + r);
				for (int i = r; i < n && i < r + 4; i++) memcpy(to + (size_t)i * 3 * w, rows[i], some * sizeof(float));
			}
		}
	}
}

FN void fastclip_floats_down(float *out, const float *in, size_t stride, size_t width, const float *weights, int count) {
	const int some = plain(count);
	size_t x = 0;
	for (; x + 4 * LANES <= width; x += 4 * LANES) {
		lanes sum[4] = {all(0), all(0), all(0), all(0)};
		for (int i = 0; i < count; i++) {
			const float *p = in + i * stride + x;
			lanes w = all(weights[i]);
			for (int b = 0; b < 4; b++) sum[b] = i < some ? apart(load(p + b * LANES), w, sum[b]) : fused(load(p + b * LANES), w, sum[b]);
		}
		for (int b = 0; b < 4; b++) store(out + x + b * LANES, sum[b]);
	}
	for (; x < width; x += LANES) {
		const size_t left = width - x < LANES ? width - x : LANES;
		lanes sum = all(0);
		for (int i = 0; i < count; i++) {
			float v[LANES] = {0};
			memcpy(v, in + i * stride + x, left * sizeof(float));
			sum = i < some ? apart(load(v), all(weights[i]), sum) : fused(load(v), all(weights[i]), sum);
		}
		float v[LANES];
		store(v, sum);
		memcpy(out + x, v, left * sizeof(float));
	}
}

FN void fastclip_floats_normalise(float *out, const float *in, size_t n, float mean, float std) {
	size_t i = 0;
	for (; i + LANES <= n; i += LANES) store(out + i, divided(minus(load(in + i), all(mean)), all(std)));
	for (; i < n; i++) out[i] = (in[i] - mean) / std;
}
#endif
