#ifndef FASTCLIP_INFLATE_ZLIB_H
#define FASTCLIP_INFLATE_ZLIB_H
#include <stddef.h>
#include <stdint.h>

// fastclip_zlib is zlib's functions, found at run time.
typedef struct fastclip_zlib fastclip_zlib;

fastclip_zlib *fastclip_zlib_open(const char *path, char *message, size_t size);
void fastclip_zlib_close(fastclip_zlib *lib);

// One stream: NULL without memory.
void *fastclip_zlib_begin(fastclip_zlib *lib);
int fastclip_zlib_reset(fastclip_zlib *lib, void *stream); // for another; not 0: it cannot
void fastclip_zlib_end(fastclip_zlib *lib, void *stream);

// Takes of the n bytes of src, and fills up to room bytes of dst, as one call of inflate does. What is left of both is in
// *left and *free_room. Its answer is zlib's: 0, 1 at the stream's end, or less than 0.
int fastclip_zlib_inflate(fastclip_zlib *lib, void *stream, uint8_t *dst, unsigned room, const uint8_t *src, unsigned n, unsigned *left, unsigned *free_room);
#endif
