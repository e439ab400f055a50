# CRC-32 (IEEE 802.3) of SIZE bytes, bit by bit.  The bytes are x <- 5x + 1.

        org     0x100
start:
        lui     s0, %hi(data)
        addi    s0, s0, %lo(data)
        lui     s1, %hi(SIZE)
        addi    s1, s1, %lo(SIZE)
        add     s1, s0, s1              # s1 = end of the data
        lui     s2, %hi(0xEDB88320)
        addi    s2, s2, %lo(0xEDB88320)
        lui     s3, %hi(result)
        addi    s3, s3, %lo(result)
round:
        addi    t0, s0, 0
        addi    t1, zero, 0
.fill:  sb      t1, 0(t0)
        slli    t2, t1, 2
        add     t1, t1, t2
        addi    t1, t1, 1
        addi    t0, t0, 1
        bltu    t0, s1, .fill
        addi    a0, zero, -1            # a0 = CRC
        addi    t0, s0, 0
.byte:  lbu     t1, 0(t0)
        xor     a0, a0, t1
        addi    t2, zero, 8             # bits
.bit:   andi    t3, a0, 1
        srli    a0, a0, 1
        beq     t3, zero, .even
        xor     a0, a0, s2
.even:  addi    t2, t2, -1
        bne     t2, zero, .bit
        addi    t0, t0, 1
        bltu    t0, s1, .byte
        xori    a0, a0, -1
        sw      a0, 0(s3)
        lw      t0, 4(s3)
        addi    t0, t0, 1
        sw      t0, 4(s3)
        jal     zero, round

        align   4
result: dw      0, 0
rounds: dw      0, 0
data:   ds      SIZE
