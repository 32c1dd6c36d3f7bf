#ifndef FASTCLIP_GRAY16_H
#define FASTCLIP_GRAY16_H
#include <stddef.h>
#include <stdint.h>

// Rows that go through the horizontal pass of 16-bit samples at once.
enum { FASTCLIP_GRAY16_ROWS = 16 };

// The two passes of resample16; see gray16.go, which these equal to the last bit. Samples are little-endian, at any
// address; stride is in samples. band has room for width*FASTCLIP_GRAY16_ROWS values. bits: of the vectors that may be used.
void fastclip_gray16_across(int bits, uint8_t *out, const uint8_t *src, size_t stride, int n, int width,
	const int32_t *first, const int32_t *count, const double *weights, int size, int w, double *band);
void fastclip_gray16_down(int bits, uint8_t *out, const uint8_t *in, size_t stride, size_t width, const double *weights, int count);
#endif
