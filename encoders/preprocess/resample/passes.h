#ifndef FASTCLIP_PASSES_H
#define FASTCLIP_PASSES_H
#include <stddef.h>
#include <stdint.h>

// The two passes of Pillow's resampling; see passes.go, which they equal to the last bit.
// src's rows are stride bytes apart, dst's have no padding and are width bytes or w pixels long;
// weights has size values an output position. wide: the compiler may use AVX2, here and in to_grey.
void fastclip_horizontal(int wide, uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows,
	const int32_t *first, const int32_t *n, const int32_t *weights, int size);
void fastclip_vertical(int wide, uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int h,
	const int32_t *first, const int32_t *n, const int32_t *weights, int size);

// The same with AVX2, on the weights of grouped in weights.go: horizontally of 3 or 4 channels,
// vertically of 8 bytes a row at least.
void fastclip_horizontal_avx2(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows,
	const int32_t *first, const int16_t *halves, int groups);
void fastclip_vertical_avx2(uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int h,
	const int32_t *first, const int32_t *n, const int16_t *halves, int groups);

// Pixels in a row of pictures; src's rows are stride bytes apart, dst's have no padding.
void fastclip_premultiply(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows);
void fastclip_premultiply_avx2(uint8_t *dst, const uint8_t *src, size_t stride, int channels, int w, int rows);
#endif
