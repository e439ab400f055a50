; Sort SIZE bytes by insertion, and hash what comes out: h <- 2h + x.  The bytes are x <- 5x + 1.

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
        ld      de,data+1       ; DE = the byte to insert
        ld      bc,SIZE-1
.insert:
        push    bc
        ld      a,(de)
        ld      h,d
        ld      l,e
        jr      .look
.shift: ld      b,(hl)
        inc     hl
        ld      (hl),b
        dec     hl
.look:  dec     hl
        cp      (hl)
        jr      c,.shift        ; `guard` stops it at the latest
        inc     hl
        ld      (hl),a
        inc     de
        pop     bc
        dec     bc
        ld      a,b
        or      c
        jr      nz,.insert
        ld      hl,0
        ld      de,data
        ld      bc,SIZE
.hash:  add     hl,hl
        ld      a,(de)
        inc     de
        add     a,l
        ld      l,a
        adc     a,h
        sub     l
        ld      h,a
        dec     bc
        ld      a,b
        or      c
        jr      nz,.hash
        ld      (result),hl
        ld      hl,(rounds)
        inc     hl
        ld      (rounds),hl
        jp      round

result: dw      0,0
rounds: dw      0
guard:  db      0
data:   ds      SIZE
data_end:
