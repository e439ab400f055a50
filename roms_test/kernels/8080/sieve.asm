; Count the primes below SIZE: the sieve of Eratosthenes, a byte a number.

        org     0100h
start:
round:
        lxi     h,flags
        lxi     b,SIZE
.fill:  mvi     m,1
        inx     h
        dcx     b
        mov     a,b
        ora     c
        jnz     .fill
        lxi     b,0             ; BC = primes
        lxi     d,2             ; DE = number
.number:
        lxi     h,flags
        dad     d
        mov     a,m
        ora     a
        jz      .struck
        inx     b
.strike:
        dad     d
        mov     a,l
        sui     low flags_end
        mov     a,h
        sbi     high flags_end
        jnc     .struck
        mvi     m,0
        jmp     .strike
.struck:
        inx     d
        mov     a,e
        sui     low SIZE
        mov     a,d
        sbi     high SIZE
        jc      .number
        mov     h,b
        mov     l,c
        shld    result
        lhld    rounds
        inx     h
        shld    rounds
        jmp     round

result: dw      0,0
rounds: dw      0
flags:  ds      SIZE
flags_end:
