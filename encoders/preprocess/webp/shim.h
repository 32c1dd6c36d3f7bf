#ifndef FASTCLIP_WEBP_SHIM_H
#define FASTCLIP_WEBP_SHIM_H
#include <stddef.h>
#include <stdint.h>

// fastclip_webp is libwebp's and libwebpdemux's functions, found at run time, so that the
// binary needs neither to be built or started.
typedef struct fastclip_webp fastclip_webp;

fastclip_webp *fastclip_webp_open(const char *webp, const char *demux, char *message, size_t size);
void fastclip_webp_close(fastclip_webp *lib);

// fastclip_webp_first copies the first frame, on its canvas, to pixels of width*height*4 bytes,
// or only says its width, height and whether it has alpha when pixels is NULL.
// It returns 0, or -1 and a message.
int fastclip_webp_first(fastclip_webp *lib, const uint8_t *data, size_t size, uint8_t *pixels, int *width, int *height, int *alpha,
	const char **message);
#endif
