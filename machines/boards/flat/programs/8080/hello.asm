; Prints a line.  OUT 0 prints the character in A; HLT ends the program.

data    equ 0

        lxi h, text
next:   mov a, m
        ora a                   ; a zero ends the text
        jz end
        out data
        inx h
        jmp next
end:    hlt

text:   db "Hello from an 8080.", 10, 0
