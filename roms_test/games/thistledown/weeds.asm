; Weeds: what the wisps grow into.  `weeds` tells how far in each cell of the garden.

BLOOM           equ 4           ; in bloom: about to seed
GROW_TIME       equ 7           ; every 8 frames one cell gets its chance to grow
THROW           equ 40          ; frames that a seed from a bloom rises

; The two tiles, lower and upper, of each height.
weed_tiles:     dw no_tile,no_tile
                dw sprout,no_tile
                dw stalk,no_tile
                dw stalk,bud
                dw stalk,bloom

; Now and then one cell, chosen by chance, grows.
grow_weeds:
        lda     frame
        ani     GROW_TIME
        rnz
        call    next_random
        ani     31
        cpi     CELLS
        rnc
        mov     e,a
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        ora     a
        rz
        cpi     BLOOM
        jc      raise_weed
        push    d               ; it throws a seed up and begins again
        call    free_wisp
        pop     b               ; C = cell
        rz
        push    b
        mov     a,c
        add     a
        add     a
        add     a
        mov     b,a             ; X
        mvi     c,GARDEN+16
        lxi     d,down
        mvi     a,THROW
        call    launch
        pop     d
        mvi     a,1
        jmp     set_weed

; Let the weed in cell E grow, up to the bloom.
raise_weed:
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        cpi     BLOOM
        rnc
        inr     a
        ; fall into set_weed

; Give the weed in cell E the height A.
set_weed:
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     b,m
        mov     m,a
        push    psw
        push    d
        mov     a,b
        call    paint_weed      ; away with the old
        pop     d
        pop     psw
        ; fall into paint_weed

; Exclusive-or a weed of height A onto cell E.
paint_weed:
        lxi     h,weed_tiles
        add     a
        add     a
        mov     c,a
        mvi     b,0
        dad     b
        mov     c,m
        inx     h
        mov     b,m             ; BC = lower tile
        inx     h
        push    h
        mov     a,e
        adi     high VIDEO
        mov     h,a
        mvi     l,GARDEN/8      ; HL = the cell in the garden
        mov     e,c
        mov     d,b
        push    h
        call    paint_tile
        pop     b               ; BC = cell
        pop     h
        mov     e,m
        inx     h
        mov     d,m             ; DE = upper tile
        mov     h,b
        mov     l,c
        inr     l
        jmp     paint_tile

; The thistles on the hill, where the wisps come from, for the eye only.
paint_hill:
        lxi     h,VIDEO+28
        mvi     b,CELLS/2
.hill_pair:
        lxi     d,bloom
        mov     a,b
        ani     2
        jnz     .hill_tile
        lxi     d,bud
.hill_tile:
        call    paint_tile
        inr     h               ; a gap between two
        inr     h
        dcr     b
        jnz     .hill_pair
        ret

; Paint the whole garden, as after a change of turn.
paint_weeds:
        mvi     e,CELLS-1
.paint_next:
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        push    d
        call    paint_weed
        pop     d
        dcr     e
        jp      .paint_next
        ret
