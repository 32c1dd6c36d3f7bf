#ifndef FASTCLIP_WIDEST_H
#define FASTCLIP_WIDEST_H

// A loop that the compiler vectorises is written once as BODY and called by two functions, one of them with
// AVX2. Sums of integers are the same in both.
#define BODY static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))
#else
#define AVX2
#endif
#endif
