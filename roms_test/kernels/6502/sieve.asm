; Count the primes below SIZE: the sieve of Eratosthenes, a byte a number.

ptr     equ     $10             ; a flag
number  equ     $12

        org     $0400
start:
        ldy     #0              ; and 0 it stays
round:
        lda     #<flags
        sta     ptr
        lda     #>flags
        sta     ptr+1
.fill:  lda     #1
        sta     (ptr),y
        inc     ptr
        bne     .same
        inc     ptr+1
.same:  lda     ptr
        cmp     #<flags_end
        bne     .fill
        lda     ptr+1
        cmp     #>flags_end
        bne     .fill
        lda     #2
        sta     number
        sty     number+1
        sty     result
        sty     result+1
.number:
        clc
        lda     number
        adc     #<flags
        sta     ptr
        lda     number+1
        adc     #>flags
        sta     ptr+1
        lda     (ptr),y
        beq     .struck
        inc     result
        bne     .strike
        inc     result+1
.strike:
        clc
        lda     ptr
        adc     number
        sta     ptr
        lda     ptr+1
        adc     number+1
        sta     ptr+1
        lda     ptr
        cmp     #<flags_end
        lda     ptr+1
        sbc     #>flags_end
        bcs     .struck
        tya
        sta     (ptr),y
        beq     .strike         ; always
.struck:
        inc     number
        bne     .compare
        inc     number+1
.compare:
        lda     number
        cmp     #<SIZE
        lda     number+1
        sbc     #>SIZE
        bcc     .number
        clc                     ; no branch: every round takes as long
        lda     rounds
        adc     #1
        sta     rounds
        lda     rounds+1
        adc     #0
        sta     rounds+1
        jmp     round

result: dw      0,0
rounds: dw      0
flags:  ds      SIZE
flags_end:

        org     $FFFC
        dw      start
