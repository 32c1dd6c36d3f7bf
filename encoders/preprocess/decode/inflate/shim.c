#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

struct fastclip_deflate {
	void *handle;
	void *(*make)(void);
	int (*zlib)(void *, const void *, size_t, void *, size_t, size_t *);
	void (*drop)(void *);
};

void fastclip_deflate_close(fastclip_deflate *lib) {
	dlclose(lib->handle);
	free(lib);
}

fastclip_deflate *fastclip_deflate_open(const char *path, char *message, size_t size) {
	fastclip_deflate *lib = calloc(1, sizeof *lib);
	if (!lib || !(lib->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
		snprintf(message, size, "%s", lib ? dlerror() : "out of memory");
		free(lib);
		return NULL;
	}
	*(void **)&lib->make = dlsym(lib->handle, "libdeflate_alloc_decompressor");
	*(void **)&lib->zlib = dlsym(lib->handle, "libdeflate_zlib_decompress");
	*(void **)&lib->drop = dlsym(lib->handle, "libdeflate_free_decompressor");
	if (!lib->make || !lib->zlib || !lib->drop) {
		snprintf(message, size, "%s is not libdeflate", path);
		fastclip_deflate_close(lib);
		return NULL;
	}
	return lib;
}

int fastclip_inflate(fastclip_deflate *lib, uint8_t *dst, size_t size, const uint8_t *src, size_t n) {
	void *d = lib->make(); // 11 KB: nothing beside a picture
	if (!d) return 0;
	int rc = lib->zlib(d, src, n, dst, size, NULL); // NULL: no fewer bytes than size
	lib->drop(d);
	return rc == 0;
}
