; CRC-32 (IEEE 802.3) of SIZE bytes, bit by bit.  The bytes are x <- 5x + 1.

        org     0100h
start:
        lxi     sp,stack
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
        lxi     b,0FFFFh        ; BCDE = CRC
        lxi     d,0FFFFh
        lxi     h,data
.byte:  mov     a,m
        inx     h
        push    h
        xra     e
        mov     e,a
        mvi     h,8             ; bits
.bit:   ora     a               ; CY = 0
        mov     a,b
        rar
        mov     b,a
        mov     a,c
        rar
        mov     c,a
        mov     a,d
        rar
        mov     d,a
        mov     a,e
        rar
        mov     e,a
        jnc     .even
        xri     20h             ; the polynomial, EDB88320
        mov     e,a
        mov     a,d
        xri     83h
        mov     d,a
        mov     a,c
        xri     0B8h
        mov     c,a
        mov     a,b
        xri     0EDh
        mov     b,a
.even:  dcr     h
        jnz     .bit
        pop     h
        mov     a,l
        cpi     low data_end
        jnz     .byte
        mov     a,h
        cpi     high data_end
        jnz     .byte
        mov     a,e
        cma
        mov     l,a
        mov     a,d
        cma
        mov     h,a
        shld    result
        mov     a,c
        cma
        mov     l,a
        mov     a,b
        cma
        mov     h,a
        shld    result+2
        lhld    rounds
        inx     h
        shld    rounds
        jmp     round

result: dw      0,0
rounds: dw      0
        ds      2
stack:
data:   ds      SIZE
data_end:
