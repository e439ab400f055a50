/* The Fibonacci number of index size, by its definition: calls and returns. */

#include "kernel.h"

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

uint32_t kernel(uint32_t size) { return fibonacci(size); }
