#ifndef FASTCLIP_PIXELS_H
#define FASTCLIP_PIXELS_H
#include <stddef.h>
#include <stdint.h>

// n pixels from src to dst, or in place.
void fastclip_unpremultiply(uint8_t *pix, int channels, size_t n);
void fastclip_rgba_to_rgb(uint8_t *dst, const uint8_t *src, size_t n);
// wide: the compiler may use AVX2.
void fastclip_to_grey(int wide, uint8_t *dst, const uint8_t *src, int channels, size_t n);
#endif
