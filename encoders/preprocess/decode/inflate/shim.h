#ifndef FASTCLIP_INFLATE_SHIM_H
#define FASTCLIP_INFLATE_SHIM_H
#include <stddef.h>
#include <stdint.h>

// fastclip_deflate is libdeflate's functions, found at run time, so that the binary needs no
// libdeflate to be built or started.
typedef struct fastclip_deflate fastclip_deflate;

fastclip_deflate *fastclip_deflate_open(const char *path, char *message, size_t size);
void fastclip_deflate_close(fastclip_deflate *lib);

// Whether src begins with a whole zlib stream of exactly size bytes, which are then in dst.
int fastclip_inflate(fastclip_deflate *lib, uint8_t *dst, size_t size, const uint8_t *src, size_t n);
#endif
