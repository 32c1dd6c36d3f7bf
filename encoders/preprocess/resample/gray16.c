#include "gray16.h"
#include "widest.h"

#include <string.h>

enum { ROWS = FASTCLIP_GRAY16_ROWS, COLUMNS = 16 };

// Products are rounded before they are added up: the compiler must not fuse the two. On x86-64 it cannot, as neither
// target has such an instruction.
#if defined(__aarch64__)
#define ROUNDED(v) __asm__("" : "+w"(v))
#else
#define ROUNDED(v)
#endif

BODY uint16_t sample(const uint8_t *p) {
	uint16_t v;
	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap16(v);
#endif
	return v;
}

// Rounded and clipped.
BODY void put(uint8_t *out, double sum) {
	int64_t v = (int64_t)(sum + 0.5);
	uint16_t word = v < 0 ? 0 : v > 65535 ? 65535 : (uint16_t)v;
	out[0] = (uint8_t)word;
	out[1] = (uint8_t)(word >> 8);
}

BODY void across(uint8_t *out, const uint8_t *src, size_t stride, int n, int width,
		const int32_t *first, const int32_t *count, const double *weights, int size, int w, double *band) {
	const uint8_t *row[ROWS];
	for (int r = 0; r < ROWS; r++) row[r] = src + 2 * stride * (size_t)(r < n ? r : n - 1);
	for (size_t i = 0; i < (size_t)width; i++)
		for (int r = 0; r < ROWS; r++) band[i * ROWS + r] = sample(row[r] + 2 * i);
	for (int x = 0; x < w; x++, weights += size) {
		double sum[ROWS] = {0};
		const double *p = band + (size_t)first[x] * ROWS;
		for (int i = 0; i < count[x]; i++, p += ROWS)
			for (int r = 0; r < ROWS; r++) {
				double product = p[r] * weights[i];
				ROUNDED(product);
				sum[r] += product;
			}
		for (int r = 0; r < n; r++) put(out + 2 * ((size_t)r * w + x), sum[r]);
	}
}

// n columns from x on, at most COLUMNS.
BODY void columns(uint8_t *out, const uint8_t *in, size_t stride, size_t x, const int n, const double *weights, int count) {
	double sum[COLUMNS] = {0};
	for (int i = 0; i < count; i++) {
		const uint8_t *p = in + 2 * (i * stride + x);
		int32_t v[COLUMNS] = {0};
		for (int c = 0; c < n; c++) v[c] = sample(p + 2 * c);
		for (int c = 0; c < COLUMNS; c++) {
			double product = v[c] * weights[i];
			ROUNDED(product);
			sum[c] += product;
		}
	}
	for (int c = 0; c < n; c++) put(out + 2 * (x + c), sum[c]);
}

BODY void down(uint8_t *out, const uint8_t *in, size_t stride, size_t width, const double *weights, int count) {
	size_t x = 0;
	for (; x + COLUMNS <= width; x += COLUMNS) columns(out, in, stride, x, COLUMNS, weights, count);
	if (x < width) columns(out, in, stride, x, (int)(width - x), weights, count);
}

#define ACROSS uint8_t *out, const uint8_t *src, size_t stride, int n, int width, \
		const int32_t *first, const int32_t *count, const double *weights, int size, int w, double *band
#define DOWN uint8_t *out, const uint8_t *in, size_t stride, size_t width, const double *weights, int count

AVX2 static void across_avx2(ACROSS) { across(out, src, stride, n, width, first, count, weights, size, w, band); }
AVX2 static void down_avx2(DOWN) { down(out, in, stride, width, weights, count); }

void fastclip_gray16_across(int wide, ACROSS) {
	if (wide)
		across_avx2(out, src, stride, n, width, first, count, weights, size, w, band);
	else
		across(out, src, stride, n, width, first, count, weights, size, w, band);
}

void fastclip_gray16_down(int wide, DOWN) {
	if (wide)
		down_avx2(out, in, stride, width, weights, count);
	else
		down(out, in, stride, width, weights, count);
}
