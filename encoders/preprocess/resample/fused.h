#ifndef FASTCLIP_FUSED_H
#define FASTCLIP_FUSED_H
#include <stddef.h>
#include <stdint.h>

// How a source pixel becomes the four bytes that are resized: RGBA premultiplied, RGBA without its alpha, RGB,
// grey three times, grey with alpha, premultiplied, CMYK, which stays four bytes to the end, CMYK made RGB first, RGBA and
// grey with alpha that are premultiplied already, and the grey of grey with alpha.
enum {
	FASTCLIP_PREMULTIPLY, FASTCLIP_FOUR, FASTCLIP_THREE, FASTCLIP_ONE, FASTCLIP_TWO, FASTCLIP_CMYK, FASTCLIP_INK,
	FASTCLIP_MULTIPLIED, FASTCLIP_MULTIPLIED_TWO, FASTCLIP_FIRST
};

static inline int fastclip_pixel_bytes(int kind) {
	switch (kind) {
	case FASTCLIP_THREE: return 3;
	case FASTCLIP_ONE: return 1;
	case FASTCLIP_TWO: case FASTCLIP_MULTIPLIED_TWO: case FASTCLIP_FIRST: return 2;
	}
	return 4;
}

static inline int fastclip_output_bytes(int kind) { return kind == FASTCLIP_CMYK ? 4 : 3; }

static inline int fastclip_premultiplies(int kind) { return kind == FASTCLIP_PREMULTIPLY || kind == FASTCLIP_TWO; }

static inline int fastclip_has_alpha(int kind) {
	return fastclip_premultiplies(kind) || kind == FASTCLIP_MULTIPLIED || kind == FASTCLIP_MULTIPLIED_TWO;
}

// Channels that are resized: of grey one, which stands for all three.
static inline int fastclip_channels(int kind) {
	if (kind == FASTCLIP_ONE || kind == FASTCLIP_FIRST) return 1;
	return fastclip_has_alpha(kind) || kind == FASTCLIP_CMYK ? 4 : 3;
}

// fastclip_weights is one axis: the positions that each of size outputs needs, and their weights, which have bits after
// the point and, where they are short, the unit's shorter form.
typedef struct {
	const int32_t *first, *last;
	const void *weights;
	int groups, size, bits, is_short;
} fastclip_weights;

// fastclip_job is one picture's way from pixels to RGB of w x h: small bands of rows are taken
// out of src, resized in x into a ring of rows, and from there in y, while all of it is in the
// nearest caches. The weights' form is the unit's own; see fused.go.
typedef struct {
	const uint8_t *src; // the first pixel that is needed
	size_t stride;
	int kind, width, rows; // of src, in pixels
	fastclip_weights x, y; // x.size columns of y.size rows come out

	uint8_t *band; // the rows of one band
	size_t band_stride;
	uint8_t *ring; // ring_mask+1 groups of rows
	size_t ring_stride;
	int ring_mask;
	uint8_t *dst; // 3 bytes a pixel, of CMYK 4
} fastclip_job;

// fastclip_rows is rows of width bytes, row i at (i & mask)*stride.
typedef struct {
	const uint8_t *src;
	size_t stride, width;
	int mask;
} fastclip_rows;

// fastclip_unit is how one kind of processor does it. band takes n rows (1 to band_rows) of src,
// resizes them in x and puts them into the ring, down makes one output row. Where the vertical pass comes first,
// premultiply makes one row of n pixels of 2 or 4 bytes, and upright one output row of bytes.
typedef struct {
	int band_rows;
	void (*band)(const fastclip_job *j, int row, int n);
	void (*down)(const fastclip_job *j, int y);
	void (*premultiply)(uint8_t *out, const uint8_t *in, int channels, size_t n);
	void (*upright)(uint8_t *out, const fastclip_rows *in, const fastclip_weights *y, int at);
} fastclip_unit;

extern const fastclip_unit fastclip_avx512, fastclip_avx2, fastclip_neon;

// From a row that begins a band to another one or to the end; y is how many rows of dst are done, and
// so is what it returns.
int fastclip_fused(const fastclip_unit *u, const fastclip_job *j, int row, int to, int y);

// Rows [from, to) of a vertical pass by itself, of rows of width bytes. Pixels of so many channels are premultiplied first,
// into a ring of ring_mask+1 rows; none are where channels is 0. done is how many are, and so is what it returns.
int fastclip_uprights(const fastclip_unit *u, uint8_t *dst, const uint8_t *src, size_t stride, size_t width, int channels,
	const fastclip_weights *y, int from, int to, uint8_t *ring, int ring_mask, int done);

// Spreads interleaved RGB to three planes of the values of a table, 256 a channel. The one for
// AVX-512 does as many pixels of plane c as it returns; from is how many are done.
void fastclip_normalise(float *dst, const uint8_t *rgb, size_t plane, const float *table, size_t from);
size_t fastclip_normalise_avx512(float *dst, const uint8_t *rgb, size_t plane, const float *table, int c);
#endif
