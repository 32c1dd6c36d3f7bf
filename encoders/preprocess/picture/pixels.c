#include "pixels.h"

#include <string.h>

// A loop that the compiler vectorises is written once as BODY and called by two functions, one of them with
// AVX2. Sums of integers are the same in both.
#define BODY static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))
#else
#define AVX2
#endif

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

// Pillow's MULDIV255.
static inline int muldiv255(int a, int b) {
	int t = a * b + 128;
	return ((t >> 8) + t) >> 8;
}

// One loop for each, so that compilers make vectors of it.
#define EACH(SIZE, R, G, B)                                                                       \
	for (size_t i = 0; i < n; i++) {                                                              \
		const uint8_t *p = src + (SIZE) * i;                                                      \
		dst[3 * i] = R;                                                                           \
		dst[3 * i + 1] = G;                                                                       \
		dst[3 * i + 2] = B;                                                                       \
	}                                                                                             \
	break;

BODY uint8_t clipped(int v) { return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)v; }

// One colour of CMYK: what the ink and the black leave.
BODY uint8_t left_of(int ink, int black) { return clipped(255 - black - muldiv255(ink, 255 - black)); }

BODY void to_rgb(int from, uint8_t *restrict dst, const uint8_t *restrict src, size_t n) {
	switch (from) {
	case FASTCLIP_FROM_L: EACH(1, p[0], p[0], p[0])
	case FASTCLIP_FROM_LA: EACH(2, p[0], p[0], p[0])
	case FASTCLIP_FROM_RGBA: EACH(4, p[0], p[1], p[2])
	case FASTCLIP_FROM_CMYK: EACH(4, left_of(p[0], p[3]), left_of(p[1], p[3]), left_of(p[2], p[3]))
	case FASTCLIP_FROM_I16: EACH(2, clipped(p[0] | p[1] << 8), clipped(p[0] | p[1] << 8), clipped(p[0] | p[1] << 8))
	}
}

AVX2 static void to_rgb_avx2(int from, uint8_t *dst, const uint8_t *src, size_t n) { to_rgb(from, dst, src, n); }

void fastclip_to_rgb(int wide, int from, uint8_t *dst, const uint8_t *src, size_t n) {
	if (wide)
		to_rgb_avx2(from, dst, src, n);
	else
		to_rgb(from, dst, src, n);
}

void fastclip_palette_to_rgb(uint8_t *dst, const uint8_t *src, const uint8_t *palette, size_t n) {
	uint8_t four[256][4]; // four bytes at once; the next pixel overwrites the fourth
	if (n == 0) return;
	for (int i = 0; i < 256; i++)
		for (int c = 0; c < 3; c++) four[i][c] = palette[3 * i + c];
	for (size_t i = 1; i < n; i++, dst += 3, src++) memcpy(dst, four[*src], 4);
	memcpy(dst, four[*src], 3);
}

static inline uint8_t grey(uint32_t r, uint32_t g, uint32_t b) {
	return (uint8_t)((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
}

BODY void to_grey(uint8_t *dst, const uint8_t *src, int channels, size_t n) {
	if (channels == 4) {
		for (size_t i = 0; i < n; i++) {
			uint32_t px = 0; // one load, which compilers turn into vectors of them
			memcpy(&px, src + 4 * i, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			px = __builtin_bswap32(px);
#endif
			dst[i] = grey(px & 255, px >> 8 & 255, px >> 16 & 255);
		}
	} else {
		for (size_t i = 0; i < n; i++) dst[i] = grey(src[3 * i], src[3 * i + 1], src[3 * i + 2]);
	}
}

AVX2 static void to_grey_avx2(uint8_t *dst, const uint8_t *src, int channels, size_t n) {
	to_grey(dst, src, channels, n);
}

void fastclip_to_grey(int wide, uint8_t *dst, const uint8_t *src, int channels, size_t n) {
	if (wide)
		to_grey_avx2(dst, src, channels, n);
	else
		to_grey(dst, src, channels, n);
}
