// libdeflate as it comes, all of it in one unit; its symbols are hidden, as OpenCV's libraries
// may load another libdeflate. Where it is more tolerant than zlib, the lines that name
// FASTCLIP_ have it refuse: reserved symbols, and unused codewords.
#define FASTCLIP_STRICT
#include "libdeflate/lib/adler32.c"
#undef DISPATCH
#undef DEFAULT_IMPL
#undef arch_select_adler32_func
#include "libdeflate/lib/arm/cpu_features.c"
#include "libdeflate/lib/deflate_decompress.c"
#include "libdeflate/lib/utils.c"
#include "libdeflate/lib/x86/cpu_features.c"
#include "libdeflate/lib/zlib_decompress.c"

#include "inflate.h"

int fastclip_inflate(uint8_t *dst, size_t size, const uint8_t *src, size_t n) {
	struct libdeflate_decompressor d;
	memset(&d, 0, sizeof d);
	return libdeflate_zlib_decompress(&d, src, n, dst, size, NULL) == LIBDEFLATE_SUCCESS;
}
