#ifndef FASTCLIP_EXACT_H
#define FASTCLIP_EXACT_H

enum { ABREAST = 16 }; // rows of a block

// exact_dot sets out[j*count*ABREAST+i] to the sum of q[j*dim+k] * row i's value k, in the order of k and
// rounded after every step, for each of n queries and the rows of so many blocks; a block is ABREAST
// rows, column by column, dim columns. bits is how wide the registers are: 512 wants AVX-512, 256 AVX2.
void exact_dot(int bits, const double *q, int n, const double *blocks, int count, int dim, double *out);
#endif
