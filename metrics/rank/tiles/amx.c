#include "kernels.h"

// AMX multiplies tiles of bfloat16 and sums in float32. A value is the sum of two of them (panels.go): of a
// product, first*first, first*second and second*first are computed. Tiles are as Intel's manual has them
// (Architecture Instruction Set Extensions Reference, 319433, TDPBF16PS).
#if defined(__x86_64__) && defined(__linux__) && defined(__has_include)
#if __has_include(<amxbf16intrin.h>)
#define HAS_AMX
#endif
#endif

#ifdef HAS_AMX
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET __attribute__((target("amx-tile,amx-bf16")))

enum { SIDE = 32, DEPTH = 32, TILE = 1024, ROW = 64, BLOCK = 4 * TILE, SECOND = 2 * TILE };

// Tiles 0 to 3 are the sums, 4 and 5 are of a, 6 and 7 of b.
#define MULTIPLY(a, b)                      \
	do {                                    \
		_tile_loadd(4, a, ROW);             \
		_tile_loadd(6, b, ROW);             \
		_tile_dpbf16ps(0, 4, 6);            \
		_tile_loadd(7, (b) + TILE, ROW);    \
		_tile_dpbf16ps(1, 4, 7);            \
		_tile_loadd(5, (a) + TILE, ROW);    \
		_tile_dpbf16ps(2, 5, 6);            \
		_tile_dpbf16ps(3, 5, 7);            \
	} while (0)

#define EACH(what, out, below, bytes)       \
	do {                                    \
		what(0, out, bytes);                \
		what(1, (out) + 16, bytes);         \
		what(2, below, bytes);              \
		what(3, (below) + 16, bytes);       \
	} while (0)

// block is 32 times 32 products, the small ones summed first.
TARGET static void block(const char *a, const char *b, int blocks, float *out, int64_t stride, int add) {
	int64_t bytes = stride * 4, end = (int64_t)blocks * BLOCK;
	float *below = out + 16 * stride;
	if (add) {
		EACH(_tile_loadd, out, below, bytes);
	} else {
		_tile_zero(0);
		_tile_zero(1);
		_tile_zero(2);
		_tile_zero(3);
	}
	for (int64_t at = 0; at < end; at += BLOCK) {
		MULTIPLY(a + at, b + at + SECOND);
		MULTIPLY(a + at + SECOND, b + at);
	}
	for (int64_t at = 0; at < end; at += BLOCK) MULTIPLY(a + at, b + at);
	EACH(_tile_stored, out, below, bytes);
}

TARGET static void multiply(const float *a, int a_panels, const float *b, int b_panels, int k, float *out, int64_t stride, int add) {
	struct { uint8_t palette, start, reserved[14]; uint16_t bytes[16]; uint8_t rows[16]; } config = {.palette = 1};
	for (int i = 0; i < 8; i++) config.bytes[i] = ROW, config.rows[i] = 16;
	__asm__ volatile("" : : "r"(&config) : "memory"); // GCC takes it for 8 bytes
	_tile_loadconfig(&config);
	for (int j = 0; j < b_panels; j++)
		for (int i = 0; i < a_panels; i++)
			block((const char *)(a + (int64_t)i * SIDE * k), (const char *)(b + (int64_t)j * SIDE * k), k / DEPTH, out + (int64_t)i * SIDE * stride + j * SIDE, stride, add);
	_tile_release();
}

// allowed asks Linux to keep the tiles of a thread that is interrupted (arch_prctl(2), ARCH_REQ_XCOMP_PERM
// of XFEATURE_XTILEDATA).
static int allowed(void) { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }

static const tiles_kernels kernels = {SIDE, SIDE, multiply, tiles_avx512_scan, tiles_avx512_steps};

const tiles_kernels *tiles_amx(void) { return allowed() ? &kernels : 0; }
#else
const tiles_kernels *tiles_amx(void) { return 0; }
#endif
