/* Multiply two size by size matrices of integers.  A polynomial of the product. */

#include "kernel.h"

enum { MOST = 64 };

static int32_t a[MOST][MOST], b[MOST][MOST], c[MOST][MOST];

uint32_t kernel(uint32_t size)
{
    uint32_t x = 0, sum = 0;
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t j = 0; j < size; j++) {
            x = next(x);
            a[i][j] = (int32_t)x >> 16;
            b[i][j] = (int16_t)x;
        }
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t j = 0; j < size; j++) {
            uint32_t total = 0;
            for (uint32_t k = 0; k < size; k++)
                total += a[i][k] * b[k][j];
            c[i][j] = total;
        }
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t j = 0; j < size; j++)
            sum = 31 * sum + c[i][j];
    return sum;
}
