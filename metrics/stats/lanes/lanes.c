#include "lanes.h"

#include <string.h>

// A product that is rounded before it is added: no fused multiply-add.
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

static void generic(const uint8_t *block, const double *values, const intptr_t *used, intptr_t n, double *out) {
	double sum[LANE] = {0};
	for (intptr_t j = 0; j < n; j++) {
		intptr_t i = used ? used[j] : j;
		for (int k = 0; k < LANE; k++) sum[k] += values[i] * block[i * LANE + k];
	}
	memcpy(out, sum, sizeof sum);
}

#if defined(__x86_64__)
#include <immintrin.h>

// The compiler does not widen bytes to doubles by itself. Lanes are summed side by side, never across,
// so that all of these give the same bits.
__attribute__((target("avx512f,avx512vl"))) static void avx512(const uint8_t *block, const double *values, const intptr_t *used, intptr_t n, double *out) {
	__m512d sum[LANE / 8];
	for (int k = 0; k < LANE / 8; k++) sum[k] = _mm512_setzero_pd();
	for (intptr_t j = 0; j < n; j++) {
		intptr_t i = used ? used[j] : j;
		__m512d value = _mm512_set1_pd(values[i]);
#pragma GCC unroll 8
		for (int k = 0; k < LANE / 8; k++) {
			__m128i drawn = _mm_loadl_epi64((const __m128i *)(block + i * LANE + 8 * k));
			sum[k] = _mm512_add_pd(sum[k], _mm512_mul_pd(value, _mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(drawn))));
		}
	}
	for (int k = 0; k < LANE / 8; k++) _mm512_storeu_pd(out + 8 * k, sum[k]);
}

__attribute__((target("avx2"))) static void avx2(const uint8_t *block, const double *values, const intptr_t *used, intptr_t n, double *out) {
	for (int half = 0; half < LANE; half += 32) { // as many as there are registers for
		__m256d sum[8];
		for (int k = 0; k < 8; k++) sum[k] = _mm256_setzero_pd();
		for (intptr_t j = 0; j < n; j++) {
			intptr_t i = used ? used[j] : j;
			__m256d value = _mm256_set1_pd(values[i]);
#pragma GCC unroll 8
			for (int k = 0; k < 8; k++) {
				int32_t four;
				memcpy(&four, block + i * LANE + half + 4 * k, sizeof four);
				sum[k] = _mm256_add_pd(sum[k], _mm256_mul_pd(value, _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(four)))));
			}
		}
		for (int k = 0; k < 8; k++) _mm256_storeu_pd(out + half + 4 * k, sum[k]);
	}
}

void lanes_weighted_sums(int bits, const uint8_t *block, const double *values, const intptr_t *used, intptr_t n, double *out) {
	(bits == 512 ? avx512 : bits == 256 ? avx2 : generic)(block, values, used, n, out);
}
#else
void lanes_weighted_sums(int bits, const uint8_t *block, const double *values, const intptr_t *used, intptr_t n, double *out) {
	(void)bits;
	generic(block, values, used, n, out);
}
#endif
