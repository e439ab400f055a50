/* A kernel: does its work on `size` things and gives an answer that tests know. */

#include <stdint.h>

uint32_t kernel(uint32_t size);

/* Knuth's and Lewis's generator (Numerical Recipes, ranqd1): data for kernels. */
static inline uint32_t next(uint32_t x) { return 1664525 * x + 1013904223; }
