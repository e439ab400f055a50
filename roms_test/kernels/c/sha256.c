/* SHA-256 (FIPS 180-4) of size bytes; the first word of the digest. */

#include "kernel.h"

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint8_t message[65536];
static uint32_t H[8], W[64];

static uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void block(const uint8_t *p)
{
    uint32_t a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    for (int t = 0; t < 16; t++, p += 4)
        W[t] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
    for (int t = 16; t < 64; t++) {
        uint32_t x = W[t - 15], y = W[t - 2];
        x = rotr(x, 7) ^ rotr(x, 18) ^ x >> 3;
        y = rotr(y, 17) ^ rotr(y, 19) ^ y >> 10;
        W[t] = W[t - 16] + x + W[t - 7] + y;
    }
    for (int t = 0; t < 64; t++) {
        uint32_t x = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
        uint32_t y = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
        x += h + (g ^ (e & (f ^ g))) + K[t] + W[t];
        y += (a & b) | (c & (a | b));
        h = g, g = f, f = e, e = d + x, d = c, c = b, b = a, a = x + y;
    }
    H[0] += a, H[1] += b, H[2] += c, H[3] += d, H[4] += e, H[5] += f, H[6] += g, H[7] += h;
}

uint32_t kernel(uint32_t size)
{
    uint32_t x = 0, end = (size + 9 + 63) / 64 * 64;
    for (uint32_t i = 0; i < end; i++) {
        x = next(x);
        message[i] = i < size ? x >> 24 : i == size ? 0x80 : 0;
    }
    for (int i = 0; i < 4; i++)
        message[end - 1 - i] = 8 * size >> 8 * i;
    H[0] = 0x6a09e667, H[1] = 0xbb67ae85, H[2] = 0x3c6ef372, H[3] = 0xa54ff53a;
    H[4] = 0x510e527f, H[5] = 0x9b05688c, H[6] = 0x1f83d9ab, H[7] = 0x5be0cd19;
    for (uint32_t i = 0; i < end; i += 64)
        block(message + i);
    return H[0];
}
