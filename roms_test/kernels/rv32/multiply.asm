# SIZE steps of x <- 25173 x + 13849 modulo 65536, by the multiplier.

        org     0x100
start:
        lui     s1, %hi(SIZE)
        addi    s1, s1, %lo(SIZE)
        lui     s2, %hi(25173)
        addi    s2, s2, %lo(25173)
        lui     s4, %hi(13849)
        addi    s4, s4, %lo(13849)
        lui     s5, %hi(0xFFFF)
        addi    s5, s5, %lo(0xFFFF)
        lui     s3, %hi(result)
        addi    s3, s3, %lo(result)
round:
        addi    a0, zero, 0             # a0 = x
        addi    t0, s1, 0
.step:  mul     a0, a0, s2
        add     a0, a0, s4
        and     a0, a0, s5
        addi    t0, t0, -1
        bne     t0, zero, .step
        sw      a0, 0(s3)
        lw      t0, 4(s3)
        addi    t0, t0, 1
        sw      t0, 4(s3)
        jal     zero, round

        align   4
result: dw      0, 0
rounds: dw      0, 0
