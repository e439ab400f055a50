; Random numbers from a shift register with feedback: 65,535 states, the same after the same start.

TAPS            equ 0B400h          ; x^16 + x^14 + x^13 + x^11 + 1

; A random byte.
;   Out: A
;   Clobbers: HL
next_random:
        push    b
        lhld    random
        mvi     b,8             ; a step gives one new bit
.bit:
        ora     a               ; CY = 0
        mov     a,h
        rar
        mov     h,a
        mov     a,l
        rar
        mov     l,a
        jnc     .no_feedback
        mov     a,h
        xri     high TAPS
        mov     h,a
.no_feedback:
        dcr     b
        jnz     .bit
        shld    random
        mov     a,l
        pop     b
        ret
