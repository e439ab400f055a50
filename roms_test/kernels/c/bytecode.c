/* A program in bytecode, interpreted: the steps to 1 of the Collatz sequences from 1 to size. */

#include "kernel.h"

enum op { SET, MOVE, ADD, ADDI, SUB, MULI, HALVE, ODD, LESS, IF, GOTO, END };

/* Registers of the program: its size, the start of a sequence, its present number, steps, a test. */
enum { N, START, NOW, STEPS, TEST };

static const uint8_t program[] = {
    SET, START, 1,        /*  0 */
    SET, STEPS, 0,        /*  3 */
    LESS, N, START,       /*  6: next sequence */
    IF, TEST, 43,         /*  9 */
    MOVE, NOW, START,     /* 12 */
    SET, TEST, 2,         /* 15: next step */
    LESS, NOW, TEST,      /* 18 */
    IF, TEST, 38,         /* 21 */
    ADDI, STEPS, 1,       /* 24 */
    ODD, NOW, 0,          /* 27 */
    IF, TEST, 44,         /* 30 */
    HALVE, NOW, 0,        /* 33 */
    GOTO, 15,             /* 36 */
    ADDI, START, 1,       /* 38: end of a sequence */
    GOTO, 6,              /* 41 */
    END,                  /* 43 */
    MULI, NOW, 3,         /* 44: odd */
    ADDI, NOW, 1,         /* 47 */
    GOTO, 15,             /* 50 */
};

uint32_t kernel(uint32_t size)
{
    static uint32_t r[8];
    const uint8_t *p = program;
    r[N] = size;
    for (;;) {
        switch ((enum op)p[0]) {
        case SET: r[p[1]] = p[2]; p += 3; break;
        case MOVE: r[p[1]] = r[p[2]]; p += 3; break;
        case ADD: r[p[1]] += r[p[2]]; p += 3; break;
        case ADDI: r[p[1]] += p[2]; p += 3; break;
        case SUB: r[p[1]] -= r[p[2]]; p += 3; break;
        case MULI: r[p[1]] *= p[2]; p += 3; break;
        case HALVE: r[p[1]] >>= 1; p += 3; break;
        case ODD: r[TEST] = r[p[1]] & 1; p += 3; break;
        case LESS: r[TEST] = r[p[1]] < r[p[2]]; p += 3; break;
        case IF: p = r[p[1]] ? program + p[2] : p + 3; break;
        case GOTO: p = program + p[1]; break;
        case END: return r[STEPS];
        }
    }
}
