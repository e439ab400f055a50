; SIZE steps of x <- 25173 x + 13849 modulo 65536, multiplying by shifts and sums.

        org     0100h
start:
round:
        ld      ix,SIZE
        ld      hl,0            ; x
.step:  ex      de,hl           ; DE = x
        ld      hl,0
        ld      a,high 25173
        ld      c,low 25173     ; AC = bits to come, the highest first
        ld      b,16
.bit:   add     hl,hl
        rl      c
        rla
        jr      nc,.zero
        add     hl,de
.zero:  djnz    .bit
        ld      de,13849
        add     hl,de
        dec     ix
        ld      a,ixh
        or      ixl
        jr      nz,.step
        ld      (result),hl
        ld      hl,(rounds)
        inc     hl
        ld      (rounds),hl
        jp      round

result: dw      0,0
rounds: dw      0
