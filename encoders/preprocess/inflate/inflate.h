#ifndef FASTCLIP_INFLATE_H
#define FASTCLIP_INFLATE_H
#include <stddef.h>
#include <stdint.h>

// Whether src begins with a whole zlib stream of exactly size bytes, which are then in dst.
int fastclip_inflate(uint8_t *dst, size_t size, const uint8_t *src, size_t n);
#endif
