# Sort SIZE bytes by insertion, and hash what comes out: h <- 2h + x.  The bytes are x <- 5x + 1.

        org     0x100
start:
        lui     s0, %hi(data)
        addi    s0, s0, %lo(data)
        lui     s1, %hi(SIZE)
        addi    s1, s1, %lo(SIZE)
        add     s1, s0, s1              # s1 = end of the data
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
        addi    a1, s0, 1               # a1 = the byte to insert
.insert:
        lbu     t1, 0(a1)
        addi    t0, a1, 0
.shift: lbu     t2, -1(t0)              # `guard` stops it at the latest
        bgeu    t1, t2, .place
        sb      t2, 0(t0)
        addi    t0, t0, -1
        jal     zero, .shift
.place: sb      t1, 0(t0)
        addi    a1, a1, 1
        bltu    a1, s1, .insert
        addi    a0, zero, 0
        addi    t0, s0, 0
.hash:  slli    a0, a0, 1
        lbu     t1, 0(t0)
        add     a0, a0, t1
        addi    t0, t0, 1
        bltu    t0, s1, .hash
        slli    a0, a0, 16              # of 16 bits, as on the others
        srli    a0, a0, 16
        sw      a0, 0(s3)
        lw      t0, 4(s3)
        addi    t0, t0, 1
        sw      t0, 4(s3)
        jal     zero, round

        align   4
result: dw      0, 0
rounds: dw      0, 0
guard:  db      0
data:   ds      SIZE
