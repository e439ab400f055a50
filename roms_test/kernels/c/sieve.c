/* Count the primes below size: the sieve of Eratosthenes, a byte a number. */

#include "kernel.h"

static uint8_t composite[65536];

uint32_t kernel(uint32_t size)
{
    uint32_t primes = 0;
    for (uint32_t n = 2; n < size; n++)
        composite[n] = 0;
    for (uint32_t n = 2; n < size; n++) {
        if (composite[n])
            continue;
        primes++;
        for (uint32_t m = 2 * n; m < size; m += n)
            composite[m] = 1;
    }
    return primes;
}
