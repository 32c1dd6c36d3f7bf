#ifndef FASTCLIP_PASSES_H
#define FASTCLIP_PASSES_H
#include <stddef.h>
#include <stdint.h>

// The two passes of Pillow's resampling; see passes.go, which they equal to the last bit.
void fastclip_horizontal(uint8_t *dst, const uint8_t *src, int src_w, int channels, int w, int rows,
	const int32_t *first, const int32_t *n, const int32_t *weights, int size);
void fastclip_vertical(uint8_t *dst, const uint8_t *src, int stride, int h,
	const int32_t *first, const int32_t *n, const int32_t *weights, int size);
#endif
