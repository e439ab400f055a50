/* Divide size pairs of 64-bit numbers, by shifting and subtracting: on 32 bits there is no other way
   but this, and it is spelt out so that every computer does the same work. */

#include "kernel.h"

static __attribute__((noinline)) uint64_t divide(uint64_t n, uint64_t d, uint64_t *rest)
{
    uint64_t quotient = 0, bit = 1;
    while (d < n && !(d >> 63)) {
        d <<= 1;
        bit <<= 1;
    }
    for (; bit; bit >>= 1, d >>= 1)
        if (n >= d) {
            n -= d;
            quotient |= bit;
        }
    *rest = n;
    return quotient;
}

uint32_t kernel(uint32_t size)
{
    uint32_t x = 0, sum = 0;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t a = next(x), b = next(a), c = next(b);
        uint64_t rest, n = (uint64_t)a << 32 | b, d = ((uint64_t)c << 32 | a) >> (b >> 26);
        x = c;
        uint64_t quotient = divide(n, d | 1, &rest);
        sum = 31 * sum + (uint32_t)quotient + (uint32_t)(quotient >> 32);
        sum = 31 * sum + (uint32_t)rest + (uint32_t)(rest >> 32);
    }
    return sum;
}
