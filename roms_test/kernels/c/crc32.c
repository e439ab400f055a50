/* CRC-32 (IEEE 802.3, reflected) of size bytes, a table look-up each; the table is made first. */

#include "kernel.h"

static uint32_t table[256];
static uint8_t data[65536];

uint32_t kernel(uint32_t size)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t entry = i;
        for (int bit = 0; bit < 8; bit++)
            entry = entry & 1 ? entry >> 1 ^ 0xedb88320 : entry >> 1;
        table[i] = entry;
    }
    uint32_t x = 0;
    for (uint32_t i = 0; i < size; i++) {
        x = next(x);
        data[i] = x >> 24;
    }
    uint32_t crc = ~0u;
    for (uint32_t i = 0; i < size; i++)
        crc = crc >> 8 ^ table[(crc ^ data[i]) & 255];
    return ~crc;
}
