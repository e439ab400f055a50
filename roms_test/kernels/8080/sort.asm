; Sort SIZE bytes by insertion, and hash what comes out: h <- 2h + x.  The bytes are x <- 5x + 1.

        org     0100h
start:
round:
        lxi     h,data
        lxi     d,SIZE
        mvi     b,0
.fill:  mov     m,b
        mov     a,b
        add     a
        add     a
        add     b
        inr     a
        mov     b,a
        inx     h
        dcx     d
        mov     a,d
        ora     e
        jnz     .fill
        lxi     d,data+1        ; DE = the byte to insert
.insert:
        ldax    d
        mov     b,a
        mov     h,d
        mov     l,e
.shift: dcx     h
        mov     a,b
        cmp     m
        jnc     .place          ; `guard` stops it at the latest
        mov     a,m
        inx     h
        mov     m,a
        dcx     h
        jmp     .shift
.place: inx     h
        mov     m,b
        inx     d
        mov     a,e
        cpi     low data_end
        jnz     .insert
        mov     a,d
        cpi     high data_end
        jnz     .insert
        lxi     h,0
        lxi     d,data
        lxi     b,SIZE
.hash:  dad     h
        ldax    d
        inx     d
        add     l
        mov     l,a
        jnc     .same
        inr     h
.same:  dcx     b
        mov     a,b
        ora     c
        jnz     .hash
        shld    result
        lhld    rounds
        inx     h
        shld    rounds
        jmp     round

result: dw      0,0
rounds: dw      0
guard:  db      0
data:   ds      SIZE
data_end:
