/* The computer's own: PROGRAM REPEATS SIZE writes the answer, 4 bytes, lowest first. */

#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"

int main(int argc, char **argv)
{
    uint32_t result = 0;
    if (argc != 3)
        return 1;
    for (uint32_t n = strtoul(argv[1], 0, 10); n; n--)
        result = kernel(strtoul(argv[2], 0, 10));
    for (int i = 0; i < 4; i++)
        putchar(result >> 8 * i & 255);
    return 0;
}
