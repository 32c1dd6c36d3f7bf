#ifndef FASTCLIP_PIXELS_H
#define FASTCLIP_PIXELS_H
#include <stddef.h>
#include <stdint.h>

// n pixels from src to dst, or in place.
void fastclip_unpremultiply(uint8_t *pix, int channels, size_t n);
// What becomes RGB: L, or of the others the grey; RGBA, whose alpha is left out; CMYK; I;16, clipped to 8 bits.
enum { FASTCLIP_FROM_L, FASTCLIP_FROM_LA, FASTCLIP_FROM_RGBA, FASTCLIP_FROM_CMYK, FASTCLIP_FROM_I16 };
// wide: the compiler may use AVX2.
void fastclip_to_rgb(int wide, int from, uint8_t *dst, const uint8_t *src, size_t n);
// Indices into 256 colours of three bytes.
void fastclip_palette_to_rgb(uint8_t *dst, const uint8_t *src, const uint8_t *palette, size_t n);
void fastclip_to_grey(int wide, uint8_t *dst, const uint8_t *src, int channels, size_t n);
#endif
