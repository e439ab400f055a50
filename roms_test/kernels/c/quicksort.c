/* Sort size numbers by Hoare's quicksort; short runs by insertion.  A polynomial of the result. */

#include "kernel.h"

static uint32_t numbers[16384];

static void insertion(uint32_t *first, uint32_t *last)
{
    for (uint32_t *p = first + 1; p <= last; p++) {
        uint32_t value = *p, *q = p;
        for (; q > first && q[-1] > value; q--)
            *q = q[-1];
        *q = value;
    }
}

static void sort(uint32_t *first, uint32_t *last)
{
    while (last - first > 8) {
        uint32_t pivot = first[(last - first) / 2], *low = first, *high = last;
        while (low <= high) {
            while (*low < pivot)
                low++;
            while (*high > pivot)
                high--;
            if (low <= high) {
                uint32_t value = *low;
                *low++ = *high;
                *high-- = value;
            }
        }
        if (high > first)
            sort(first, high);
        first = low;
    }
    if (last > first)
        insertion(first, last);
}

uint32_t kernel(uint32_t size)
{
    uint32_t x = 0, sum = 0;
    for (uint32_t i = 0; i < size; i++)
        numbers[i] = x = next(x);
    sort(numbers, numbers + size - 1);
    for (uint32_t i = 0; i < size; i++)
        sum = 31 * sum + numbers[i];
    return sum;
}
