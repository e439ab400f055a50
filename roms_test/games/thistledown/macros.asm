; Macros: what the processor has no instruction for.

; An eighth of A: the cell that a pixel is in.
;   In, out: A
eighth          macro
                rrc
                rrc
                rrc
                ani 1Fh
                endm

; Count a timer down, in each frame; the routine returns here until it has run out.
;   Out: HL = the timer, which is 0
wait_for        macro timer
                lxi h,timer
                mov a,m
                ora a
                jz .now
                dcr m
                ret
.now:
                endm
