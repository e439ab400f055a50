; SIZE steps of x <- 25173 x + 13849 modulo 65536, multiplying by shifts and sums.

        org     0100h
start:
round:
        lxi     h,SIZE
        shld    steps
        lxi     h,0             ; x
.step:  xchg                    ; DE = x times powers of two
        lxi     h,13849         ; HL = sum
        lxi     b,25173         ; BC = bits to come
.bit:   ora     a               ; CY = 0
        mov     a,b
        rar
        mov     b,a
        mov     a,c
        rar
        mov     c,a
        jnc     .zero
        dad     d
.zero:  xchg
        dad     h
        xchg
        ora     b               ; A is C
        jnz     .bit
        xchg
        lhld    steps
        dcx     h
        shld    steps
        mov     a,h
        ora     l
        xchg
        jnz     .step
        shld    result
        lhld    rounds
        inx     h
        shld    rounds
        jmp     round

result: dw      0,0
rounds: dw      0
steps:  dw      0
