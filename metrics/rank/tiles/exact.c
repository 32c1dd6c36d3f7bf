#include "exact.h"

#include <stddef.h>

// A product that is rounded before it is added: no fused multiply-add.
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

// Rows are summed side by side, never across, so that all of these give the same bits. Sums of four
// queries overlap, and a block is read for all of them once.
typedef double eight __attribute__((vector_size(64), aligned(8)));

#define DOT(name, target)                                                                                  \
	target static void name(const double *q, int n, const double *blocks, int count, int dim, double *out) { \
		size_t stride = (size_t)count * ABREAST;                                                           \
		for (int i = 0; i < count; i++, blocks += (size_t)dim * ABREAST) {                                 \
			for (int j = 0; j < n; j += 4) {                                                               \
				/* what is missing of four queries is the last once more */                                \
				const double *p0 = q + (size_t)j * dim, *p1 = j + 1 < n ? p0 + dim : p0;                   \
				const double *p2 = j + 2 < n ? p1 + dim : p1, *p3 = j + 3 < n ? p2 + dim : p2;             \
				eight a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};      \
				for (int k = 0; k < dim; k++) {                                                            \
					const eight *row = (const eight *)(blocks + (size_t)k * ABREAST);                      \
					a0 += p0[k] * row[0], b0 += p0[k] * row[1];                                            \
					a1 += p1[k] * row[0], b1 += p1[k] * row[1];                                            \
					a2 += p2[k] * row[0], b2 += p2[k] * row[1];                                            \
					a3 += p3[k] * row[0], b3 += p3[k] * row[1];                                            \
				}                                                                                          \
				eight a[] = {a0, a1, a2, a3}, b[] = {b0, b1, b2, b3};                                      \
				for (int x = 0; x < 4 && j + x < n; x++) {                                                 \
					eight *to = (eight *)(out + (size_t)(j + x) * stride + (size_t)i * ABREAST);           \
					to[0] = a[x], to[1] = b[x];                                                            \
				}                                                                                          \
			}                                                                                              \
		}                                                                                                  \
	}

DOT(generic, )

#if defined(__x86_64__)
DOT(avx2, __attribute__((target("avx2"))))
DOT(avx512, __attribute__((target("avx512f"))))

void exact_dot(int bits, const double *q, int n, const double *blocks, int count, int dim, double *out) {
	(bits == 512 ? avx512 : bits == 256 ? avx2 : generic)(q, n, blocks, count, dim, out);
}
#else
void exact_dot(int bits, const double *q, int n, const double *blocks, int count, int dim, double *out) {
	(void)bits;
	generic(q, n, blocks, count, dim, out);
}
#endif
