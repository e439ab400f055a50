; Prints a line.  OUT (0) prints the character in A; HALT ends the program.

data    equ 0

        ld hl, text
next:   ld a, (hl)
        or a                    ; a zero ends the text
        jr z, end
        out (data), a
        inc hl
        jr next
end:    halt

text:   db "Hello from a Z80.", 10, 0
