#ifndef FASTCLIP_WIDEST_H
#define FASTCLIP_WIDEST_H

// A loop that the compiler vectorises is written once as BODY and called by functions for one set
// each. Sums of integers are the same in all.
#define BODY static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define AVX2
#define AVX512
#endif
#endif
