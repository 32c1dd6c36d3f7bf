#ifndef FASTCLIP_WEBP_SHIM_H
#define FASTCLIP_WEBP_SHIM_H
#include <stddef.h>
#include <stdint.h>

// fastclip_webp is libwebp's and libwebpdemux's functions, found at run time, so that the
// binary needs neither to be built or started.
typedef struct fastclip_webp fastclip_webp;

fastclip_webp *fastclip_webp_open(const char *webp, const char *demux, char *message, size_t size);
void fastclip_webp_close(fastclip_webp *lib);

typedef struct {
	int width, height, alpha; // of the canvas, and whether the file has alpha
	const char *message;      // NULL where all is well
} fastclip_webp_info;

// fastclip_webp_first copies the first frame, on its canvas, to pixels of room bytes, or only says
// what it is when pixels is NULL.
fastclip_webp_info fastclip_webp_first(fastclip_webp *lib, const uint8_t *data, size_t size, uint8_t *pixels, size_t room);
#endif
