# Count the primes below SIZE: the sieve of Eratosthenes, a byte a number.

        org     0x100
start:
        lui     s0, %hi(flags)
        addi    s0, s0, %lo(flags)
        lui     s1, %hi(SIZE)
        addi    s1, s1, %lo(SIZE)
        add     s2, s0, s1              # s2 = end of the flags
        lui     s3, %hi(result)
        addi    s3, s3, %lo(result)
        addi    t6, zero, 1
round:
        addi    t0, s0, 0
.fill:  sb      t6, 0(t0)
        addi    t0, t0, 1
        bltu    t0, s2, .fill
        addi    a0, zero, 0             # a0 = primes
        addi    a1, zero, 2             # a1 = number
.number:
        add     t0, s0, a1
        lbu     t1, 0(t0)
        beq     t1, zero, .struck
        addi    a0, a0, 1
        add     t0, t0, a1
        bgeu    t0, s2, .struck
.strike:
        sb      zero, 0(t0)
        add     t0, t0, a1
        bltu    t0, s2, .strike
.struck:
        addi    a1, a1, 1
        bltu    a1, s1, .number
        sw      a0, 0(s3)
        lw      t0, 4(s3)
        addi    t0, t0, 1
        sw      t0, 4(s3)
        jal     zero, round

        align   4
result: dw      0, 0
rounds: dw      0, 0
flags:  ds      SIZE
