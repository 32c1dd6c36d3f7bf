#define _GNU_SOURCE // RTLD_DEEPBIND
#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is used of libwebp's public interface (decode.h and demux.h); a library checks the first
// byte of the ABI numbers itself.
enum { DECODER_ABI = 0x0209, DEMUX_ABI = 0x0107 };
typedef struct { int width, height, has_alpha, has_animation, format; uint32_t pad[5]; } features;
typedef struct { const uint8_t *bytes; size_t size; } webp_data;
typedef struct { uint32_t canvas_width, canvas_height, loop_count, bgcolor, frame_count, pad[4]; } anim_info;
typedef struct anim_decoder anim_decoder;

// The library calls its own functions, also where the process has others of the same names: OpenCV
// brings the system's libjpeg and libwebp, whose pixels differ on damaged files.
#ifdef RTLD_DEEPBIND
enum { OWN_SYMBOLS = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND };
#else
enum { OWN_SYMBOLS = RTLD_NOW | RTLD_LOCAL };
#endif

struct fastclip_webp {
	void *webp, *demux;
	int (*get_features)(const uint8_t *, size_t, features *, int);
	anim_decoder *(*create)(const webp_data *, const void *, int);
	int (*get_info)(const anim_decoder *, anim_info *);
	int (*get_next)(anim_decoder *, uint8_t **, int *);
	void (*destroy)(anim_decoder *);
};

void fastclip_webp_close(fastclip_webp *lib) {
	if (lib->demux) dlclose(lib->demux);
	if (lib->webp) dlclose(lib->webp);
	free(lib);
}

fastclip_webp *fastclip_webp_open(const char *webp, const char *demux, char *message, size_t size) {
	fastclip_webp *lib = calloc(1, sizeof *lib);
	if (!lib) {
		snprintf(message, size, "out of memory");
		return NULL;
	}
	// libwebpdemux needs libwebp, which is found by its name once it is loaded.
	if (!(lib->webp = dlopen(webp, OWN_SYMBOLS)) || !(lib->demux = dlopen(demux, OWN_SYMBOLS))) {
		snprintf(message, size, "%s", dlerror());
		fastclip_webp_close(lib);
		return NULL;
	}
	struct { void *from; const char *name; void **to; } wanted[] = {
		{lib->webp, "WebPGetFeaturesInternal", (void **)&lib->get_features},
		{lib->demux, "WebPAnimDecoderNewInternal", (void **)&lib->create},
		{lib->demux, "WebPAnimDecoderGetInfo", (void **)&lib->get_info},
		{lib->demux, "WebPAnimDecoderGetNext", (void **)&lib->get_next},
		{lib->demux, "WebPAnimDecoderDelete", (void **)&lib->destroy},
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		if (!(*wanted[i].to = dlsym(wanted[i].from, wanted[i].name))) {
			snprintf(message, size, "%s has no %s", wanted[i].from == lib->webp ? webp : demux, wanted[i].name);
			fastclip_webp_close(lib);
			return NULL;
		}
	}
	return lib;
}

fastclip_webp_info fastclip_webp_first(fastclip_webp *lib, const uint8_t *data, size_t size, uint8_t *pixels, size_t room) {
	fastclip_webp_info out = {0};
	features f;
	out.alpha = lib->get_features(data, size, &f, DECODER_ABI) != 0 || f.has_alpha;
	webp_data src = {data, size};
	anim_decoder *decoder = lib->create(&src, NULL, DEMUX_ABI);
	if (!decoder) {
		out.message = "broken or truncated file";
		return out;
	}
	anim_info info;
	uint8_t *frame;
	int timestamp;
	if (!lib->get_info(decoder, &info)) {
		out.message = "no picture in it";
	} else {
		size_t bytes = (size_t)4 * info.canvas_width * info.canvas_height;
		out.width = (int)info.canvas_width;
		out.height = (int)info.canvas_height;
		if (pixels && (room < bytes || !lib->get_next(decoder, &frame, &timestamp)))
			out.message = "failed to read the first frame";
		else if (pixels)
			memcpy(pixels, frame, bytes);
	}
	lib->destroy(decoder);
	return out;
}
