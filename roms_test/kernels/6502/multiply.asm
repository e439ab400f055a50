; SIZE steps of x <- 25173 x + 13849 modulo 65536, multiplying by shifts and sums.

x_part  equ     $10             ; x times powers of two
bits    equ     $12             ; bits to come
sum     equ     $14
steps   equ     $16

        org     $0400
start:
round:
        lda     #<SIZE
        sta     steps
        lda     #>SIZE
        sta     steps+1
        lda     #0
        sta     sum
        sta     sum+1
.step:  lda     sum
        sta     x_part
        lda     sum+1
        sta     x_part+1
        lda     #<13849
        sta     sum
        lda     #>13849
        sta     sum+1
        lda     #<25173
        sta     bits
        lda     #>25173
        sta     bits+1
.bit:   lsr     bits+1
        ror     bits
        bcc     .zero
        clc
        lda     sum
        adc     x_part
        sta     sum
        lda     sum+1
        adc     x_part+1
        sta     sum+1
.zero:  asl     x_part
        rol     x_part+1
        lda     bits
        ora     bits+1
        bne     .bit
        lda     steps
        bne     .same
        dec     steps+1
.same:  dec     steps
        lda     steps
        ora     steps+1
        bne     .step
        lda     sum
        sta     result
        lda     sum+1
        sta     result+1
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

        org     $FFFC
        dw      start
