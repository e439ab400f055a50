; Sort SIZE bytes (255 at most) by insertion, and hash what comes out: h <- 2h + x.  The bytes are
; x <- 5x + 1.

key     equ     $10
last    equ     $11

        org     $0400
start:
round:
        ldx     #0
        stx     key
.fill:  lda     key
        sta     data,x
        asl     a
        asl     a
        sec
        adc     key
        sta     key
        inx
        cpx     #SIZE
        bne     .fill
        ldx     #1              ; X = the byte to insert
.insert:
        stx     last
        lda     data,x
        sta     key
.shift: lda     data-1,x
        cmp     key
        bcc     .place
        sta     data,x
        dex
        bne     .shift
.place: lda     key
        sta     data,x
        ldx     last
        inx
        cpx     #SIZE
        bne     .insert
        ldx     #0
        stx     result
        stx     result+1
.hash:  asl     result
        rol     result+1
        clc
        lda     data,x
        adc     result
        sta     result
        bcc     .same
        inc     result+1
.same:  inx
        cpx     #SIZE
        bne     .hash
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
data:   ds      SIZE

        org     $FFFC
        dw      start
