#ifndef FASTCLIP_WIDEST_H
#define FASTCLIP_WIDEST_H

// Integer sums are the same on any unit: where the compiler can, it picks the widest at run time.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define WIDEST
#endif
#endif
