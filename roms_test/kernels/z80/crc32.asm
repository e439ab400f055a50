; CRC-32 (IEEE 802.3) of SIZE bytes, bit by bit.  The bytes are x <- 5x + 1.

        org     0100h
start:
round:
        ld      hl,data
        ld      bc,SIZE
        ld      e,0
.fill:  ld      (hl),e
        ld      a,e
        add     a,a
        add     a,a
        add     a,e
        inc     a
        ld      e,a
        cpi
        jp      pe,.fill
        ld      de,0FFFFh       ; DE HL' = CRC: its upper half here, the lower one in HL'
        exx
        ld      hl,0FFFFh
        exx
        ld      hl,data
        ld      bc,SIZE
.byte:  push    bc
        ld      a,(hl)
        exx
        xor     l
        ld      l,a
        exx
        ld      b,8             ; bits
.bit:   srl     d
        rr      e
        exx
        rr      h
        rr      l
        jr      nc,.even
        ld      a,h
        xor     83h             ; the polynomial, EDB88320
        ld      h,a
        ld      a,l
        xor     20h
        ld      l,a
        exx
        ld      a,d
        xor     0EDh
        ld      d,a
        ld      a,e
        xor     0B8h
        ld      e,a
        djnz    .bit
        jr      .done
.even:  exx
        djnz    .bit
.done:  pop     bc
        cpi
        jp      pe,.byte
        ld      a,d
        cpl
        ld      h,a
        ld      a,e
        cpl
        ld      l,a
        ld      (result+2),hl
        exx
        ld      a,h
        cpl
        ld      h,a
        ld      a,l
        cpl
        ld      l,a
        ld      (result),hl
        exx
        ld      hl,(rounds)
        inc     hl
        ld      (rounds),hl
        jp      round

result: dw      0,0
rounds: dw      0
data:   ds      SIZE
data_end:
