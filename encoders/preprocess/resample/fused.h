#ifndef FASTCLIP_FUSED_H
#define FASTCLIP_FUSED_H
#include <stddef.h>
#include <stdint.h>

// How a source pixel becomes the four bytes that are resized: RGBA premultiplied, RGBA without its alpha, RGB,
// grey three times, grey with alpha, premultiplied, and CMYK, which stays four bytes to the end.
enum { FASTCLIP_PREMULTIPLY, FASTCLIP_FOUR, FASTCLIP_THREE, FASTCLIP_ONE, FASTCLIP_TWO, FASTCLIP_CMYK };

static inline int fastclip_pixel_bytes(int kind) {
	switch (kind) {
	case FASTCLIP_THREE: return 3;
	case FASTCLIP_ONE: return 1;
	case FASTCLIP_TWO: return 2;
	}
	return 4;
}

static inline int fastclip_output_bytes(int kind) { return kind == FASTCLIP_CMYK ? 4 : 3; }

static inline int fastclip_has_alpha(int kind) { return kind == FASTCLIP_PREMULTIPLY || kind == FASTCLIP_TWO; }

// fastclip_job is one picture's way from pixels to RGB of w x h: small bands of rows are taken
// out of src, resized in x into a ring of rows, and from there in y, while all of it is in the
// nearest caches. The weights' form is the unit's own; see fused.go.
typedef struct {
	const uint8_t *src; // the first pixel that is needed
	size_t stride;
	int kind, width, rows; // of src, in pixels

	const int32_t *x_first, *x_last; // the pixels that an output column needs
	const void *x_weights;
	int x_groups, w;

	const int32_t *y_first, *y_last; // the rows that an output row needs
	const void *y_weights;
	int y_groups, h;

	uint8_t *band; // the rows of one band
	size_t band_stride;
	uint8_t *ring; // ring_mask+1 groups of rows
	size_t ring_stride;
	int ring_mask;
	uint8_t *dst; // 3*w*h bytes, of CMYK 4*w*h
} fastclip_job;

// fastclip_unit is how one kind of processor does it. band takes n rows (1 to band_rows) of src,
// resizes them in x and puts them into the ring, down makes one output row.
typedef struct {
	int band_rows;
	void (*band)(const fastclip_job *j, int row, int n);
	void (*down)(const fastclip_job *j, int y);
} fastclip_unit;

extern const fastclip_unit fastclip_avx512, fastclip_avx2, fastclip_neon;

// From a row that begins a band to another one or to the end; y is how many rows of dst are done, and
// so is what it returns.
int fastclip_fused(const fastclip_unit *u, const fastclip_job *j, int row, int to, int y);

// Spreads interleaved RGB to three planes of the values of a table, 256 a channel. The one for
// AVX-512 does as many pixels of plane c as it returns; from is how many are done.
void fastclip_normalise(float *dst, const uint8_t *rgb, size_t plane, const float *table, size_t from);
size_t fastclip_normalise_avx512(float *dst, const uint8_t *rgb, size_t plane, const float *table, int c);
#endif
