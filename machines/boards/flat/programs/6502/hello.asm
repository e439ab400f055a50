; Prints a line.  A store to FF00 prints the character in A; BRK ends the program.

data    equ $ff00

        ldx #0
next:   lda text,x
        beq end                 ; a zero ends the text
        sta data
        inx
        bne next
end:    brk

text:   db "Hello from a 6502.", 10, 0
