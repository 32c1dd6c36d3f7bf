#include "shim.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jpeglib.h"

struct fastclip_jpeg {
	void *handle;
	struct jpeg_error_mgr *(*std_error)(struct jpeg_error_mgr *);
	void (*create)(j_decompress_ptr, int, size_t);
	void (*destroy)(j_decompress_ptr);
	int (*read_header)(j_decompress_ptr, boolean);
	boolean (*start)(j_decompress_ptr);
	JDIMENSION (*read)(j_decompress_ptr, JSAMPARRAY, JDIMENSION);
	boolean (*finish)(j_decompress_ptr);
	boolean (*resync)(j_decompress_ptr, int);
};

fastclip_jpeg *fastclip_jpeg_open(const char *path, char *message, size_t size) {
	fastclip_jpeg *lib = calloc(1, sizeof *lib);
	if (!lib || !(lib->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
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
	struct jpeg_error_mgr base;
	jmp_buf jump;
	fastclip_jpeg_info *info;
} error_mgr;

static void on_error(j_common_ptr c) {
	error_mgr *e = (error_mgr *)c->err;
	e->base.format_message(c, e->info->message);
	longjmp(e->jump, 1);
}

// Pillow goes on after libjpeg's warnings, in silence.
static void on_message(j_common_ptr c, int level) { (void)c; (void)level; }

// A source of all the bytes there are. Past their end it suspends, as Pillow's does, and
// that is how a truncated file is told from a whole one.
static void nothing(j_decompress_ptr d) { (void)d; }
static boolean fill(j_decompress_ptr d) { (void)d; return FALSE; }
static void skip(j_decompress_ptr d, long n) {
	if (n <= 0) return;
	size_t have = d->src->bytes_in_buffer, step = (size_t)n < have ? (size_t)n : have;
	d->src->next_input_byte += step;
	d->src->bytes_in_buffer -= step;
}

static int truncated(fastclip_jpeg_info *info) {
	snprintf(info->message, sizeof info->message, "image file is truncated");
	return -1;
}

static int run(fastclip_jpeg *lib, j_decompress_ptr d, unsigned char *pixels, fastclip_jpeg_info *info) {
	if (lib->read_header(d, TRUE) != JPEG_HEADER_OK) return truncated(info);
	info->width = d->image_width;
	info->height = d->image_height;
	info->components = d->num_components;
	switch (d->num_components) {
	case 1: d->out_color_space = JCS_GRAYSCALE; break;
	case 3: d->out_color_space = JCS_RGB; break;
	case 4: d->out_color_space = JCS_CMYK; break;
	default:
		snprintf(info->message, sizeof info->message, "cannot handle %d-layer images", d->num_components);
		return -1;
	}
	if (!pixels) return 0;
	if (!lib->start(d)) return truncated(info);
	size_t stride = (size_t)d->output_width * d->output_components;
	while (d->output_scanline < d->output_height) {
		JSAMPROW row = pixels + (size_t)d->output_scanline * stride;
		if (lib->read(d, &row, 1) != 1) return truncated(info);
	}
	return 0;
}

static int with(fastclip_jpeg *lib, const unsigned char *data, size_t size, unsigned char *pixels, fastclip_jpeg_info *info) {
	struct jpeg_decompress_struct d;
	error_mgr err;
	struct jpeg_source_mgr src = {0};
	memset(&d, 0, sizeof d);
	info->message[0] = 0;
	d.err = lib->std_error(&err.base);
	err.base.error_exit = on_error;
	err.base.emit_message = on_message;
	err.info = info;
	if (setjmp(err.jump)) {
		lib->destroy(&d);
		return -1;
	}
	lib->create(&d, JPEG_LIB_VERSION, sizeof d);
	src.next_input_byte = data;
	src.bytes_in_buffer = size;
	src.init_source = src.term_source = nothing;
	src.fill_input_buffer = fill;
	src.skip_input_data = skip;
	src.resync_to_restart = lib->resync;
	d.src = &src;
	int rc = run(lib, &d, pixels, info);
	lib->destroy(&d);
	return rc;
}

int fastclip_jpeg_header(fastclip_jpeg *lib, const unsigned char *data, size_t size, fastclip_jpeg_info *info) {
	return with(lib, data, size, NULL, info);
}

int fastclip_jpeg_decode(fastclip_jpeg *lib, const unsigned char *data, size_t size, unsigned char *pixels, fastclip_jpeg_info *info) {
	return with(lib, data, size, pixels, info);
}
