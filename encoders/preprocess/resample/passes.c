#include "passes.h"
#include "widest.h"

#define PRECISION 22

static inline uint8_t clip8(int32_t v) {
	v >>= PRECISION;
	return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)v;
}

// One output row of N channels, N known at compile time so that the inner loops unroll.
#define HORIZONTAL(N)                                                                             \
	for (int x = 0; x < w; x++) {                                                                 \
		const int32_t *k = weights + (size_t)x * size;                                            \
		const uint8_t *p = in + (size_t)first[x] * N;                                             \
		int32_t sum[N];                                                                           \
		for (int c = 0; c < N; c++) sum[c] = 1 << (PRECISION - 1);                                \
		for (int j = 0; j < n[x]; j++)                                                            \
			for (int c = 0; c < N; c++) sum[c] += p[j * N + c] * k[j];                            \
		for (int c = 0; c < N; c++) out[x * N + c] = clip8(sum[c]);                               \
	}

BODY void horizontal(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows,
		const int32_t *first, const int32_t *n, const int32_t *weights, int size) {
	for (int y = 0; y < rows; y++) {
		const uint8_t *in = src + (size_t)y * stride;
		uint8_t *out = dst + (size_t)y * w * channels;
		switch (channels) {
		case 1: HORIZONTAL(1) break;
		case 2: HORIZONTAL(2) break;
		case 3: HORIZONTAL(3) break;
		case 4: HORIZONTAL(4) break;
		}
	}
}

AVX2 static void horizontal_avx2(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows,
		const int32_t *first, const int32_t *n, const int32_t *weights, int size) {
	horizontal(dst, src, stride, channels, w, rows, first, n, weights, size);
}

void fastclip_horizontal(int wide, uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows,
		const int32_t *first, const int32_t *n, const int32_t *weights, int size) {
	if (wide)
		horizontal_avx2(dst, src, stride, channels, w, rows, first, n, weights, size);
	else
		horizontal(dst, src, stride, channels, w, rows, first, n, weights, size);
}

// Columns are taken in bands that stay in the first-level cache; the inner loop vectorises.
enum { BAND = 512 };

BODY void vertical(uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int h,
		const int32_t *first, const int32_t *n, const int32_t *weights, int size) {
	int32_t sum[BAND];
	for (int y = 0; y < h; y++) {
		const int32_t *k = weights + (size_t)y * size;
		const uint8_t *in = src + (size_t)first[y] * stride;
		for (size_t from = 0; from < width; from += BAND) {
			int len = width - from < BAND ? (int)(width - from) : BAND;
			for (int x = 0; x < len; x++) sum[x] = 1 << (PRECISION - 1);
			for (int j = 0; j < n[y]; j++) {
				const uint8_t *p = in + (size_t)j * stride + from;
				int32_t kj = k[j];
				for (int x = 0; x < len; x++) sum[x] += p[x] * kj;
			}
			uint8_t *out = dst + (size_t)y * width + from;
			for (int x = 0; x < len; x++) out[x] = clip8(sum[x]);
		}
	}
}

AVX2 static void vertical_avx2(uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int h,
		const int32_t *first, const int32_t *n, const int32_t *weights, int size) {
	vertical(dst, src, stride, width, h, first, n, weights, size);
}

void fastclip_vertical(int wide, uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int h,
		const int32_t *first, const int32_t *n, const int32_t *weights, int size) {
	if (wide)
		vertical_avx2(dst, src, stride, width, h, first, n, weights, size);
	else
		vertical(dst, src, stride, width, h, first, n, weights, size);
}

static inline uint8_t muldiv255(int a, int b) {
	int t = a * b + 128;
	return (uint8_t)(((t >> 8) + t) >> 8);
}

void fastclip_premultiply(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows) {
	for (int y = 0; y < rows; y++, src += stride) {
		for (int x = 0; x < w; x++, dst += channels) {
			const uint8_t *p = src + (size_t)x * channels;
			int alpha = p[channels - 1];
			for (int c = 0; c < channels - 1; c++) dst[c] = muldiv255(p[c], alpha);
			dst[channels - 1] = (uint8_t)alpha;
		}
	}
}
