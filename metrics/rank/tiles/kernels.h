#ifndef FASTCLIP_TILES_H
#define FASTCLIP_TILES_H
#include <stdint.h>

enum { KEEP = 32, TOP = 10 }; // candidates of a query that are held, and that are wanted

// near is an item whose product is too close to a threshold to be told from it.
typedef struct { int32_t row, threshold, item; } tiles_near;

// best holds candidates for the TOP largest products of a query: all above bound.
typedef struct {
	float bound;
	int32_t n;
	float product[KEEP];
	int32_t item[KEEP];
} tiles_best;

// scan_args are the rows of a tile and what is known of each: its thresholds are begin[row] to
// end[row] of low and high, which lie as far below and above the exact ones as a product may
// be off; slack is twice that.
typedef struct {
	const float *tile;
	int64_t stride;
	int32_t rows, n, first; // first is the item of column 0
	const int32_t *begin, *end;
	const float *low, *high;
	int32_t *above; // by threshold: items that are surely above it
	tiles_best *best;
	float slack;
	tiles_near *near;
	int32_t near_room, near_count;
	int32_t column;  // of the row, where it goes on
	int32_t crowded; // whether best wants room
} tiles_scan_args;

// steps_args are the thresholds of a row and the cells by which they are looked up.
typedef struct {
	const float *low, *high;
	int thresholds;
	float least, scale;
	const int32_t *at;
	int cells;
	int32_t *above;
} tiles_steps_args;

// kernels work on panels: rows of a matrix, rows_panel or columns_panel at a time, column by column.
typedef struct {
	int rows_panel, columns_panel;
	// out, of rows stride apart, is the product of panels of a and of b, k long; add: it is added.
	void (*multiply)(const float *a, int a_panels, const float *b, int b_panels, int k, float *out, int64_t stride, int add);
	// scan goes on from a row and args->column, and returns the row at which it wants room in
	// near, or in best, whose candidates it cannot tell apart; or rows.
	int (*scan)(tiles_scan_args *args, int row);
	// steps counts the n products of a row at the first of many thresholds that each is above (steps.go),
	// and lists those that are near some.
	int (*steps)(const float *s, int n, const tiles_steps_args *x, int32_t *near);
} tiles_kernels;

const tiles_kernels *tiles_generic(void);
// Those of x86-64: 0 in a build for another architecture. Whether the processor has them is asked before (internal/isa).
const tiles_kernels *tiles_avx2(void);
const tiles_kernels *tiles_avx512(void);

void tiles_transpose(const float *in, int64_t in_stride, int rows, int columns, float *out, int64_t out_stride);

// These stand for calls of function pointers, which Go cannot make.
static inline void tiles_multiply(const tiles_kernels *k, const float *a, int a_panels, const float *b, int b_panels, int n, float *out, int64_t stride, int add) {
	k->multiply(a, a_panels, b, b_panels, n, out, stride, add);
}
// tiles_scan's state is the row and the column to go on from, the number of near, and crowded.
static inline void tiles_scan(const tiles_kernels *k, const float *tile, int64_t stride, int rows, int n, int first, const int32_t *begin, const int32_t *end,
		const float *low, const float *high, int32_t *above, void *best, float slack, void *near, int32_t near_room, int32_t *state) {
	tiles_scan_args x = {tile, stride, rows, n, first, begin, end, low, high, above, best, slack, near, near_room, state[2], state[1], 0};
	state[0] = k->scan(&x, state[0]);
	state[1] = x.column;
	state[2] = x.near_count;
	state[3] = x.crowded;
}
static inline int tiles_steps(const tiles_kernels *k, const float *s, int n, const float *low, const float *high, int thresholds, float least, float scale,
		const int32_t *at, int cells, int32_t *above, int32_t *near) {
	tiles_steps_args x = {low, high, thresholds, least, scale, at, cells, above};
	return k->steps(s, n, &x, near);
}
#endif
