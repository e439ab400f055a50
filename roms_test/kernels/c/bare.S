# Nothing but the CPU: do the kernel `repeats` times, then write to where the board ends the run.

        .section .start, "ax"
        .globl _start
_start: la      sp, stack_top
        lw      s0, repeats
1:      lw      a0, size
        call    kernel
        sw      a0, result, t0
        addi    s0, s0, -1
        bnez    s0, 1b
        la      t0, end_of_run
        sb      zero, 0(t0)
2:      j       2b

        .section .parameters, "aw"
        .globl repeats, size, result
repeats: .word  1
size:   .word   1
result: .word   0
