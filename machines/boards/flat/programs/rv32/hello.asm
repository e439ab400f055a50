# Prints a line.  A store to -256 prints a character; ebreak ends the program.

data    equ -256

        la a1, text
next:   lbu a0, 0(a1)
        beqz a0, end            # a zero ends the text
        sb a0, data(zero)
        addi a1, a1, 1
        j next
end:    ebreak

text:   db "Hello from a RISC-V.", 10, 0
