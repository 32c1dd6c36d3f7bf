#ifndef FASTCLIP_UNFILTER_H
#define FASTCLIP_UNFILTER_H
#include <stddef.h>
#include <stdint.h>

// Undoes the filters of a PNG file's rows, each a byte of the filter and stride others, in place
// and without those bytes; n bytes a pixel, 1 to 4. -1: no such filter.
int fastclip_unfilter(uint8_t *pix, size_t stride, size_t rows, int n, const uint8_t *zeros);
#endif
