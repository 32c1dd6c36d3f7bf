#include "zlib.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

// What zlib's functions are handed, by version 1 of its interface.
struct stream {
	const uint8_t *in;
	unsigned in_left;
	unsigned long in_all;
	uint8_t *out;
	unsigned out_left;
	unsigned long out_all;
	const char *message;
	void *state, *get, *give, *opaque;
	int kind;
	unsigned long sum, reserved;
};

struct fastclip_zlib {
	void *handle;
	int (*begin)(struct stream *, const char *version, int size);
	int (*inflate)(struct stream *, int flush);
	int (*reset)(struct stream *);
	int (*end)(struct stream *);
};

void fastclip_zlib_close(fastclip_zlib *lib) {
	dlclose(lib->handle);
	free(lib);
}

fastclip_zlib *fastclip_zlib_open(const char *path, char *message, size_t size) {
	fastclip_zlib *lib = calloc(1, sizeof *lib);
	if (!lib || !(lib->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
		snprintf(message, size, "%s", lib ? dlerror() : "out of memory");
		free(lib);
		return NULL;
	}
	*(void **)&lib->begin = dlsym(lib->handle, "inflateInit_");
	*(void **)&lib->inflate = dlsym(lib->handle, "inflate");
	*(void **)&lib->reset = dlsym(lib->handle, "inflateReset");
	*(void **)&lib->end = dlsym(lib->handle, "inflateEnd");
	if (!lib->begin || !lib->inflate || !lib->reset || !lib->end) {
		snprintf(message, size, "%s is not zlib", path);
		fastclip_zlib_close(lib);
		return NULL;
	}
	return lib;
}

void *fastclip_zlib_begin(fastclip_zlib *lib) {
	struct stream *s = calloc(1, sizeof *s);
	if (s && lib->begin(s, "1", sizeof *s) != 0) {
		free(s);
		return NULL;
	}
	return s;
}

int fastclip_zlib_reset(fastclip_zlib *lib, void *stream) { return lib->reset(stream); }

void fastclip_zlib_end(fastclip_zlib *lib, void *stream) {
	lib->end(stream);
	free(stream);
}

int fastclip_zlib_inflate(fastclip_zlib *lib, void *stream, uint8_t *dst, unsigned room, const uint8_t *src, unsigned n, unsigned *left, unsigned *free_room) {
	struct stream *s = stream;
	s->in = src;
	s->in_left = n;
	s->out = dst;
	s->out_left = room;
	int rc = lib->inflate(s, 0);
	*left = s->in_left;
	*free_room = s->out_left;
	s->in = s->out = NULL; // the caller's
	return rc;
}
