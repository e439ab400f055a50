; What a 6502 finds in RAM, at the very top: the vectors.  Whatever a program does not expect, BRK
; among it, ends in a jump to itself.

load    equ $0200               ; above zero page and stack
initial_s equ $ff

        org $fff7
stop:   jmp stop
        dw stop, stop, stop     ; NMI, reset, IRQ and BRK
