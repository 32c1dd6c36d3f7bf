#ifndef FASTCLIP_FLOATS_H
#define FASTCLIP_FLOATS_H
#include <stddef.h>
#include <stdint.h>

// torch's resize of floats; see torch.go, which these equal to the last bit.

// Rows that go through the horizontal pass at once.
enum { FASTCLIP_FLOAT_ROWS = 16 };

// n rows (1 to FASTCLIP_FLOAT_ROWS) of width RGB pixels become rows of 3*w floats: w of red, of green, of blue.
// band has room for 3*width+8 samples of FASTCLIP_FLOAT_ROWS floats. Weights have size values a column.
void fastclip_floats_across(float *out, const uint8_t *src, size_t stride, int n, int width,
	const int32_t *first, const int32_t *count, const float *weights, int size, int w, float *band);

// One row of width floats of the rows that begin at in, stride floats apart.
void fastclip_floats_down(float *out, const float *in, size_t stride, size_t width, const float *weights, int count);

// (v - mean) / std.
void fastclip_floats_normalise(float *out, const float *in, size_t n, float mean, float std);
#endif
