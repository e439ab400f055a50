/* Write size words, hash each (FNV-1a) up to its final 0, and count the different ones in a table. */

#include "kernel.h"

enum { SLOTS = 4096 };

static char text[65536];
static const char *slots[SLOTS];

static uint32_t hash(const char *word)
{
    uint32_t h = 2166136261;
    for (; *word; word++)
        h = (h ^ (uint8_t)*word) * 16777619;
    return h;
}

static int same(const char *a, const char *b)
{
    for (; *a == *b; a++, b++)
        if (!*a)
            return 1;
    return 0;
}

/* The number of letters follows from the number, so that many words are the same. */
static char *spell(char *at, uint32_t number)
{
    for (uint32_t left = number; ; left /= 5) {
        *at++ = "eiaou"[left % 5];
        *at++ = "tnrslhdc"[left % 8];
        if (left < 5)
            break;
    }
    *at++ = 0;
    return at;
}

uint32_t kernel(uint32_t size)
{
    uint32_t x = 0, different = 0, sum = 0;
    char *end = text;
    for (uint32_t i = 0; i < SLOTS; i++)
        slots[i] = 0;
    for (uint32_t i = 0; i < size; i++) {
        x = next(x);
        end = spell(end, (x >> 16) % 1000);
    }
    for (const char *word = text; word < end; ) {
        uint32_t h = hash(word), i = h % SLOTS;
        while (slots[i] && !same(slots[i], word))
            i = (i + 1) % SLOTS;
        if (!slots[i]) {
            slots[i] = word;
            different++;
        }
        sum = 31 * sum + h;
        while (*word++)
            ;
    }
    return sum + different;
}
