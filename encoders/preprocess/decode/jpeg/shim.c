#define _GNU_SOURCE // RTLD_DEEPBIND
#include "shim.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi62.h"

// The library calls its own functions, also where the process has others of the same names: OpenCV
// brings the system's libjpeg and libwebp, whose pixels differ on damaged files.
#ifdef RTLD_DEEPBIND
enum { OWN_SYMBOLS = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND };
#else
enum { OWN_SYMBOLS = RTLD_NOW | RTLD_LOCAL };
#endif

struct fastclip_jpeg {
	void *handle;
	struct errors *(*std_error)(struct errors *);
	void (*create)(struct decoder *, int abi, size_t size);
	void (*destroy)(struct decoder *);
	int (*read_header)(struct decoder *, int require_image);
	int (*start)(struct decoder *);
	uint32_t (*read)(struct decoder *, uint8_t **rows, uint32_t n);
	int (*finish)(struct decoder *);
	int (*resync)(struct decoder *, int wanted);
};

fastclip_jpeg *fastclip_jpeg_open(const char *path, char *message, size_t size) {
	fastclip_jpeg *lib = calloc(1, sizeof *lib);
	if (!lib || !(lib->handle = dlopen(path, OWN_SYMBOLS))) {
		snprintf(message, size, "%s", lib ? dlerror() : "out of memory");
		free(lib);
		return NULL;
	}
	struct { const char *name; void **to; } wanted[] = {
		{"jpeg_std_error", (void **)&lib->std_error},
		{"jpeg_CreateDecompress", (void **)&lib->create},
		{"jpeg_destroy_decompress", (void **)&lib->destroy},
		{"jpeg_read_header", (void **)&lib->read_header},
		{"jpeg_start_decompress", (void **)&lib->start},
		{"jpeg_read_scanlines", (void **)&lib->read},
		{"jpeg_finish_decompress", (void **)&lib->finish},
		{"jpeg_resync_to_restart", (void **)&lib->resync},
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		if (!(*wanted[i].to = dlsym(lib->handle, wanted[i].name))) {
			snprintf(message, size, "%s has no %s", path, wanted[i].name);
			fastclip_jpeg_close(lib);
			return NULL;
		}
	}
	return lib;
}

void fastclip_jpeg_close(fastclip_jpeg *lib) {
	dlclose(lib->handle);
	free(lib);
}

typedef struct {
	struct errors base; // first, so that the library's pointer is one to this
	jmp_buf jump;
	fastclip_jpeg_info *info;
} own_errors;

static void on_error(struct decoder *d) {
	own_errors *e = (own_errors *)d->errors;
	e->base.text(d, e->info->message);
	longjmp(e->jump, 1);
}

_Static_assert(sizeof((fastclip_jpeg_info){0}.message) >= MESSAGE_MOST, "room for a message");

// Pillow goes on after libjpeg's warnings, in silence.
static void on_message(struct decoder *d, int level) { (void)d; (void)level; }

// A source of all the bytes there are. Past their end it suspends, as Pillow's does, and
// that is how a truncated file is told from a whole one.
static void nothing(struct decoder *d) { (void)d; }
static int no_more(struct decoder *d) { (void)d; return 0; }
static void skip(struct decoder *d, long n) {
	if (n <= 0) return;
	size_t step = (size_t)n < d->source->left ? (size_t)n : d->source->left;
	d->source->next += step;
	d->source->left -= step;
}

enum { BLOCK = 1 << 16 }; // that Pillow reads of a file at once

static int truncated(fastclip_jpeg_info *info) {
	snprintf(info->message, sizeof info->message, "image file is truncated");
	return -1;
}

static int run(fastclip_jpeg *lib, struct decoder *d, size_t size, unsigned char *pixels, fastclip_jpeg_info *info) {
	if (lib->read_header(d, 1) != HEADER_READ) return truncated(info);
	info->width = (int)d->width;
	info->height = (int)d->height;
	info->components = d->components;
	switch (d->components) {
	case 1: d->out_space = TO_GREY; break;
	case 3: d->out_space = TO_RGB; break;
	case 4: d->out_space = TO_CMYK; break;
	default:
		snprintf(info->message, sizeof info->message, "cannot handle %d-layer images", d->components);
		return -1;
	}
	if (!pixels) return 0;
	if (!lib->start(d)) return truncated(info);
	size_t stride = (size_t)d->out_width * (size_t)d->out_components;
	while (d->row < d->out_height) {
		uint8_t *row = pixels + (size_t)d->row * stride;
		if (lib->read(d, &row, 1) != 1) return truncated(info);
	}
	// What follows the last row must not be wrong, as far as Pillow has read the file by then. It
	// need not be there: a missing end is no error.
	size_t read = size - d->source->left, blocks = (read + BLOCK - 1) / BLOCK * BLOCK;
	if (blocks < size) d->source->left = blocks - read;
	lib->finish(d);
	return 0;
}

static int with(fastclip_jpeg *lib, const unsigned char *data, size_t size, unsigned char *pixels, fastclip_jpeg_info *info) {
	struct decoder d;
	own_errors err;
	struct source src = {data, size, nothing, no_more, skip, lib->resync, nothing};
	memset(&d, 0, sizeof d);
	info->message[0] = 0;
	d.errors = lib->std_error(&err.base);
	err.base.fail = on_error;
	err.base.message = on_message;
	err.info = info;
	if (setjmp(err.jump)) {
		lib->destroy(&d);
		return -1;
	}
	lib->create(&d, ABI, sizeof d);
	d.source = &src;
	int rc = run(lib, &d, size, pixels, info);
	lib->destroy(&d);
	return rc;
}

int fastclip_jpeg_header(fastclip_jpeg *lib, const unsigned char *data, size_t size, fastclip_jpeg_info *info) {
	return with(lib, data, size, NULL, info);
}

int fastclip_jpeg_decode(fastclip_jpeg *lib, const unsigned char *data, size_t size, unsigned char *pixels, fastclip_jpeg_info *info) {
	return with(lib, data, size, pixels, info);
}
