#ifndef FASTCLIP_JPEG_SHIM_H
#define FASTCLIP_JPEG_SHIM_H
#include <stddef.h>

// fastclip_jpeg is libjpeg's functions, found at run time, so that the binary needs no jpeg
// library to be built or started.
typedef struct fastclip_jpeg fastclip_jpeg;

typedef struct {
	int width, height, components; // of the output
	char message[256];             // why it failed, or ""
} fastclip_jpeg_info;

fastclip_jpeg *fastclip_jpeg_open(const char *path, char *message, size_t size);
void fastclip_jpeg_close(fastclip_jpeg *lib);

// Both return 0, or -1 and a message. pixels has width*height*components bytes.
int fastclip_jpeg_header(fastclip_jpeg *lib, const unsigned char *data, size_t size, fastclip_jpeg_info *info);
int fastclip_jpeg_decode(fastclip_jpeg *lib, const unsigned char *data, size_t size, unsigned char *pixels, fastclip_jpeg_info *info);
#endif
