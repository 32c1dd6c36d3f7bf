#include "kernels.h"

#include <float.h>
#include <string.h>

// nth is the TOPth largest of n values, KEEP at most: the largest that TOP values reach. It is -FLT_MAX if that is -Inf.
static float nth(const float *v, int n) {
	float all[KEEP], found = -FLT_MAX;
	for (int i = 0; i < KEEP; i++) all[i] = -FLT_MAX;
	memcpy(all, v, n * sizeof *v);
	for (int i = 0; i < n; i++) {
		int reached = 0;
		for (int j = 0; j < KEEP; j++) reached += all[j] >= all[i];
		if (reached >= TOP && all[i] > found) found = all[i];
	}
	return found;
}

// prune drops candidates that TOP others surely exceed.
static void prune(tiles_best *best, float slack) {
	float bound = nth(best->product, best->n) - slack;
	if (bound > best->bound) best->bound = bound;
	int n = 0;
	for (int i = 0; i < best->n; i++) {
		if (best->product[i] < best->bound) continue;
		best->product[n] = best->product[i];
		best->item[n++] = best->item[i];
	}
	best->n = n;
}

// place is the first threshold that v is above, none before from; or -1 when it is near one.
static int place(const tiles_steps_args *x, int from, float v) {
	enum { FEW = 8 };
	int at = from, end = x->thresholds, few = from + FEW < end ? from + FEW : end;
	while (at < few && x->high[at] >= v) at++;
	if (at == few) {
		while (at < end) {
			int mid = (at + end) / 2;
			if (x->high[mid] >= v)
				at = mid + 1;
			else
				end = mid;
		}
	}
	return at > 0 && x->low[at - 1] <= v ? -1 : at;
}

// turn4 writes four rows of four values as four columns.
#if defined(__x86_64__)
#include <immintrin.h>

static inline void turn4(const float *in, int64_t in_stride, float *out, int64_t out_stride) {
	__m128 a = _mm_loadu_ps(in), b = _mm_loadu_ps(in + in_stride), c = _mm_loadu_ps(in + 2 * in_stride), d = _mm_loadu_ps(in + 3 * in_stride);
	_MM_TRANSPOSE4_PS(a, b, c, d);
	_mm_storeu_ps(out, a);
	_mm_storeu_ps(out + out_stride, b);
	_mm_storeu_ps(out + 2 * out_stride, c);
	_mm_storeu_ps(out + 3 * out_stride, d);
}
#else
static inline void turn4(const float *in, int64_t in_stride, float *out, int64_t out_stride) {
	for (int r = 0; r < 4; r++)
		for (int c = 0; c < 4; c++) out[c * out_stride + r] = in[r * in_stride + c];
}
#endif

void tiles_transpose(const float *in, int64_t in_stride, int rows, int columns, float *out, int64_t out_stride) {
	enum { SIDE = 16 };
	const int whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
	for (int i = 0; i < whole_rows; i += SIDE)
		for (int j = 0; j < whole_columns; j += SIDE)
			for (int c = j; c < j + SIDE && c < whole_columns; c += 4)
				for (int r = i; r < i + SIDE && r < whole_rows; r += 4) turn4(in + r * in_stride + c, in_stride, out + c * out_stride + r, out_stride);
	for (int c = 0; c < columns; c++)
		for (int r = c < whole_columns ? whole_rows : 0; r < rows; r++) out[c * out_stride + r] = in[r * in_stride + c];
}

#define TARGET
#define NAME(x) generic_##x
#define LANES 4
#define ROWS 6
#define REACHED(s, least) (((s)[0] >= (least)) | ((s)[1] >= (least)) << 1 | ((s)[2] >= (least)) << 2 | ((s)[3] >= (least)) << 3)
#include "kernels_isa.h"
#undef TARGET
#undef NAME
#undef LANES
#undef ROWS
#undef REACHED

const tiles_kernels *tiles_generic(void) { return &generic_kernels; }

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(x) avx2_##x
#define LANES 8
#define ROWS 6
#define REACHED(s, least) _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(s), _mm256_set1_ps(least), _CMP_GE_OQ))
#include "kernels_isa.h"
#undef TARGET
#undef NAME
#undef LANES
#undef ROWS
#undef REACHED

#define TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#define NAME(x) avx512_##x
#define LANES 16
#define ROWS 12
#define REACHED(s, least) _mm512_cmp_ps_mask(_mm512_loadu_ps(s), _mm512_set1_ps(least), _CMP_GE_OQ)
#include "kernels_isa.h"

const tiles_kernels *tiles_avx2(void) { return &avx2_kernels; }
const tiles_kernels *tiles_avx512(void) { return &avx512_kernels; }
#else
const tiles_kernels *tiles_avx2(void) { return 0; }
const tiles_kernels *tiles_avx512(void) { return 0; }
#endif
