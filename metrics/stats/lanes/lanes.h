#ifndef FASTCLIP_LANES_H
#define FASTCLIP_LANES_H
#include <stdint.h>

enum { LANE = 64 };

// lanes_weighted_sums sets out[k] to the sum of values[i] * block[i*LANE+k] in the order of used, its n
// indices, or of 0 to n where used is 0. bits is how wide the registers are: 512 wants AVX-512, 256 AVX2.
void lanes_weighted_sums(int bits, const uint8_t *block, const double *values, const intptr_t *used, intptr_t n, double *out);
#endif
