#include "passes.h"
#include "widest.h"

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

// 255*c/alpha is below 2^16, so a float's quotient, cut down, is the integer one.
static inline uint8_t divide(uint8_t c, float alpha) {
	float q = (float)(255 * c) / alpha;
	return q > 255 ? 255 : (uint8_t)q;
}

void fastclip_unpremultiply(uint8_t *pix, int channels, size_t n) {
	for (size_t i = 0; i < n; i++, pix += channels) {
		uint8_t alpha = pix[channels - 1];
		if (alpha == 0 || alpha == 255) continue;
		for (int c = 0; c < channels - 1; c++) pix[c] = divide(pix[c], alpha);
	}
}

void fastclip_rgba_to_rgb(uint8_t *dst, const uint8_t *src, size_t n) {
	for (size_t i = 0; i < n; i++, dst += 3, src += 4) {
		dst[0] = src[0];
		dst[1] = src[1];
		dst[2] = src[2];
	}
}

#define GREY(N)                                                                                    \
	for (size_t i = 0; i < n; i++)                                                                 \
		dst[i] = (uint8_t)((src[i * N] * 19595 + src[i * N + 1] * 38470 + src[i * N + 2] * 7471 + 0x8000) >> 16);

WIDEST void fastclip_to_grey(uint8_t *dst, const uint8_t *src, int channels, size_t n) {
	if (channels == 4) {
		GREY(4)
	} else {
		GREY(3)
	}
}
