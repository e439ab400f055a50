; Weeds: what the wisps grow into.  `weeds` tells how far in each cell of the garden.

STALK           equ 2           ; a tile high
BUDDING         equ 3           ; two tiles high
BLOOM           equ 4           ; about to seed
GROW_TIME       equ 8           ; frames until a cell gets its chance to grow
THROW           equ 20          ; moves that a seed from a bloom rises
BARE_LEAST      equ 5           ; fewer bare cells than these, and the garden is overgrown

; The two tiles, lower and upper, of each height.
weed_tiles:
        dw      no_tile,no_tile
        dw      sprout,no_tile
        dw      stalk,no_tile
        dw      stalk,bud
        dw      stalk,bloom

; Now and then one cell, chosen by chance, grows; a bloom seeds.
;   Clobbers: BC, DE, HL
grow_weeds:
        lda     frame
        ani     GROW_TIME-1
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
        push    d
        call    free_wisp
        pop     b               ; C = cell
        rz
        mvi     a,THROW_TIME
        sta     THROW_SOUND
        push    b
        mov     a,c
        add     a
        add     a
        add     a
        cpi     RIGHT_EDGE
        jc      .inside
        mvi     a,RIGHT_EDGE-1
.inside:
        mov     b,a             ; X
        mvi     c,GARDEN+16
        lxi     d,down
        mvi     a,THROW
        call    launch
        pop     b
        mov     e,c
        mvi     a,1             ; it begins again
        jmp     set_weed

; How many cells of the garden are bare?
;   Out: A
;   Clobbers: BC, HL
bare_cells:
        lxi     h,weeds
        lxi     b,CELLS*256     ; B = CELLS, C = 0
.cell:
        mov     a,m
        cpi     1               ; CY if it is bare
        mov     a,c
        aci     0
        mov     c,a
        inx     h
        dcr     b
        jnz     .cell
        mov     a,c
        ret

; A wisp has taken root.  That may be one too many for the garden.
;   In:  E = cell
;   Clobbers: BC, DE, HL
take_root:
        mvi     a,LAND_TIME
        sta     LAND_SOUND
        call    raise_weed
        call    bare_cells
        cpi     BARE_LEAST
        rnc
        ; fall into overgrown

; The garden is overgrown: that costs a mower, and every second cell is cleared for the next one.
;   Clobbers: BC, DE, HL
overgrown:
        lxi     h,weeds
        lxi     b,CELLS/2*256   ; B = pairs of cells, C = 0
.pair:
        mov     m,c             ; the picture is cleared when the next turn begins
        inx     h
        inx     h
        dcr     b
        jnz     .pair
        lxi     h,overgrown_text
        call    print
        jmp     crash

; Let a weed grow, up to the bloom.
;   In:  E = cell
;   Clobbers: BC, DE, HL
raise_weed:
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        cpi     BLOOM
        rnc
        inr     a
        ; fall into set_weed

; Give a weed another height.
;   In:  E = cell, A = height
;   Clobbers: BC, DE, HL
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

; Exclusive-or a weed onto the screen.
;   In:  E = cell, A = height
;   Clobbers: BC, DE, HL
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
        call    garden_cell
        mov     e,c
        mov     d,b
        push    h
        call    paint_tile
        pop     b               ; BC = where
        pop     h
        mov     e,m
        inx     h
        mov     d,m             ; DE = upper tile
        mov     h,b
        mov     l,c
        inr     l
        jmp     paint_tile

; Where is a cell of the garden on the screen?
;   In:  E = cell
;   Out: HL
garden_cell:
        mov     a,e
        adi     high VIDEO
        mov     h,a
        mvi     l,GARDEN/8
        ret

; Paint the whole garden, as after a change of turn.
;   Clobbers: BC, DE, HL
paint_weeds:
        mvi     e,CELLS-1
.next:
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        push    d
        call    paint_weed
        pop     d
        dcr     e
        jp      .next
        ret

; The thistles on the hill, where the wisps come from, for the eye only.
;   Clobbers: BC, DE, HL
paint_hill:
        lxi     h,VIDEO+28
        mvi     b,CELLS/2
.pair:
        lxi     d,bloom
        mov     a,b
        ani     2
        jnz     .tile
        lxi     d,bud
.tile:
        call    paint_tile
        inr     h               ; a gap between two
        inr     h
        dcr     b
        jnz     .pair
        ret
