# What a RISC-V program has above its stack: a trap handler, for all that it does not handle itself.
# ecall with 93 in a7 is exit(a0), as on Linux; ebreak ends with status 0; anything else with 1.

control equ -252

initial_sp equ ram_end - 0x40

        org ram_end - 0x40
initial_mtvec:
        csrw mscratch, t0
        csrr t0, mcause
        addi t0, t0, -3         # a breakpoint
        beqz t0, stop
        addi t0, t0, -8         # an environment call
        bnez t0, fail
        addi t0, a7, -93
        bnez t0, fail
        csrr t0, mscratch
        sb a0, control(zero)
stop:   csrr t0, mscratch
rest:   j rest
fail:   csrr t0, mscratch
status_1: j status_1
