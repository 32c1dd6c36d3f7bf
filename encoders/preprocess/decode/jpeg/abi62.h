#ifndef FASTCLIP_JPEG_ABI62_H
#define FASTCLIP_JPEG_ABI62_H
#include <stddef.h>
#include <stdint.h>

// What the shim touches of libjpeg's ABI 62, as 64-bit machines lay it out. The library owns all
// other bytes, so they are padding here. Functions take a decoder where libjpeg has jpeg_common_struct:
// both begin with the pointer to the error manager.
enum { ABI = 62, HEADER_READ = 1, TO_GREY = 1, TO_RGB = 2, TO_CMYK = 4, MESSAGE_MOST = 200 };

struct decoder;

struct errors {
	void (*fail)(struct decoder *); // must not return
	void (*message)(struct decoder *, int level);
	void *print;
	void (*text)(struct decoder *, char *to); // of at most MESSAGE_MOST bytes
	uint8_t unused[136];
};

struct source {
	const uint8_t *next;
	size_t left;
	void (*begin)(struct decoder *);
	int (*more)(struct decoder *);
	void (*skip)(struct decoder *, long n);
	int (*resync)(struct decoder *, int wanted);
	void (*end)(struct decoder *);
};

struct decoder {
	struct errors *errors;
	uint8_t unused1[32];
	struct source *source;
	uint32_t width, height; // of the file
	int32_t components;
	uint32_t space, out_space;
	uint8_t unused2[68];
	uint32_t out_width, out_height;
	uint8_t unused3[4];
	int32_t out_components;
	uint8_t unused4[16];
	uint32_t row; // the next one that is read
	uint8_t unused5[460];
};

_Static_assert(sizeof(struct errors) == 168, "libjpeg's jpeg_error_mgr");
_Static_assert(sizeof(struct source) == 56, "libjpeg's jpeg_source_mgr");
_Static_assert(sizeof(struct decoder) == 632, "libjpeg's jpeg_decompress_struct");
_Static_assert(offsetof(struct decoder, source) == 40 && offsetof(struct decoder, out_space) == 64 &&
	offsetof(struct decoder, out_width) == 136 && offsetof(struct decoder, out_components) == 148 &&
	offsetof(struct decoder, row) == 168, "libjpeg's jpeg_decompress_struct");
#endif
