; CRC-32 (IEEE 802.3) of SIZE bytes, bit by bit.  The bytes are x <- 5x + 1.

crc     equ     $10             ; 4 bytes
ptr     equ     $14
byte_x  equ     $16

        org     $0400
start:
        ldy     #0              ; and 0 it stays
round:
        lda     #<data
        sta     ptr
        lda     #>data
        sta     ptr+1
        sty     byte_x
.fill:  lda     byte_x
        sta     (ptr),y
        asl     a
        asl     a
        sec
        adc     byte_x
        sta     byte_x
        inc     ptr
        bne     .same
        inc     ptr+1
.same:  lda     ptr
        cmp     #<data_end
        bne     .fill
        lda     ptr+1
        cmp     #>data_end
        bne     .fill
        lda     #<data
        sta     ptr
        lda     #>data
        sta     ptr+1
        lda     #$FF
        sta     crc
        sta     crc+1
        sta     crc+2
        sta     crc+3
.byte:  lda     crc
        eor     (ptr),y
        sta     crc
        ldx     #8              ; bits
.bit:   lsr     crc+3
        ror     crc+2
        ror     crc+1
        ror     crc
        bcc     .even
        lda     crc             ; the polynomial, EDB88320
        eor     #$20
        sta     crc
        lda     crc+1
        eor     #$83
        sta     crc+1
        lda     crc+2
        eor     #$B8
        sta     crc+2
        lda     crc+3
        eor     #$ED
        sta     crc+3
.even:  dex
        bne     .bit
        inc     ptr
        bne     .next
        inc     ptr+1
.next:  lda     ptr
        cmp     #<data_end
        bne     .byte
        lda     ptr+1
        cmp     #>data_end
        bne     .byte
        ldx     #3
.store: lda     crc,x
        eor     #$FF
        sta     result,x
        dex
        bpl     .store
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
data_end:

        org     $FFFC
        dw      start
