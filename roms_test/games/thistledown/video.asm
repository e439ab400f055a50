; Sprites, tiles, and clearing the screen.

; The near part of the screen, which the beam draws first, is redrawn when the beam is half way (at
; column 96), the far part between the pictures: no sprite is wider than the 16 columns between.
; Flipped for a table's second player, the beam comes from the right and the parts change places.
SPLIT           equ 80
SPLIT_FLIPPED   equ 128
WIDEST          equ 14          ; columns of the widest sprite

; Redraw what has changed in one part of the screen.
;   Clobbers: BC, DE, HL
refresh_far:
        lda     near_part
        cma
        jmp     refresh
refresh_near:
        lda     near_part
        ; fall into refresh

;   In:  A = 0FFh: what is left of the split, 00: what is right of it
refresh:
        mov     b,a
        lda     split
        mov     d,a             ; D = split
        lxi     h,sprites
        mvi     c,SPRITES
.each:
        mov     a,m
        cmp     d
        sbb     a               ; 0FFh if X is below the split, else 00
        xra     b
        cz      redraw
        mov     a,l
        adi     SPRITE
        mov     l,a
        dcr     c
        jnz     .each
        ret

; Take a sprite off the screen and draw it as wanted, unless it is as wanted.
;   In:  HL = its record, which is kept as are BC and DE
redraw:
        push    h
        push    d
        mov     d,h
        mov     a,l
        adi     SHOWN
        mov     e,a             ; DE = what is shown
        rept    SHOWN
        ldax    d
        cmp     m
        jnz     .changed
        inr     l
        inr     e
        endr
        pop     d
        pop     h
        ret
.changed:
        push    b
        mov     a,l
        ani     -SPRITE & 0FFh
        adi     SHOWN
        mov     l,a
        push    h
        call    paint           ; away with the old
        pop     d               ; DE = what is shown
        mov     h,d
        mov     a,e
        sui     SHOWN
        mov     l,a             ; HL = what is wanted
        push    h
        rept    SHOWN
        mov     a,m
        stax    d
        inr     l
        inr     e
        endr
        pop     h
        call    paint
        pop     b
        pop     d
        pop     h
        ret

; Draw a picture by exclusive or.  A picture is its width, then a byte for each column; the shift
; register moves each byte up to where it belongs.
;   In:  HL = address of X, Y and SHAPE in a row
;   Clobbers: BC, DE, HL
paint:
        mov     b,m             ; B = X
        inx     h
        mov     c,m             ; C = Y
        inx     h
        mov     e,m
        inx     h
        mov     d,m             ; DE = picture
        mov     a,d
        ora     a
        rz                      ; none (pictures are not in the first page)
        mov     a,c
        ani     7
        out     SHIFT_AMOUNT
        push    b
        ldax    d
        mov     c,a
        mvi     a,WIDEST
        sub     c
        mov     c,a
        mvi     b,0             ; BC = how many columns it has less than the widest
        mov     h,b
        mov     l,c
        dad     h
        dad     h
        dad     h
        dad     h
        dad     b               ; times 17, the length of what is done for a column
        lxi     b,.columns
        dad     b
        pop     b
        push    h               ; where the RET below goes
        mov     h,b             ; X*256+Y, divided by 8, is the byte: X*32 + Y/8
        mov     l,c
        mvi     c,3
.halve:
        ora     a               ; CY = 0
        mov     a,h
        rar
        mov     h,a
        mov     a,l
        rar
        mov     l,a
        dcr     c
        jnz     .halve
        lxi     b,VIDEO
        dad     b
        lxi     b,COLUMN-1
        ret                     ; to the first column but WIDEST that the picture has

        ; A loop would take a third longer, and this is where most of the time goes.
.columns:
        rept    WIDEST
        inx     d
        ldax    d
        out     SHIFT_DATA
        in      SHIFT_RESULT    ; the part in this byte ...
        xra     m
        mov     m,a
        inr     l
        xra     a
        out     SHIFT_DATA      ; ... and what it pushes into the byte above
        in      SHIFT_RESULT
        xra     m
        mov     m,a
        dad     b
        endr
.columns_end:
        assert  .columns_end-.columns == 17*WIDEST
        ret

; Exclusive-or an 8 by 8 tile onto a cell.
;   In:  DE = tile, HL = cell
;   Out: DE, HL = behind it
;   Clobbers: C
paint_tile:
        mvi     c,8
.column:
        ldax    d
        inx     d
        xra     m
        mov     m,a
        mov     a,l             ; a cell is a page: the low byte counts its columns
        adi     COLUMN
        mov     l,a
        dcr     c
        jnz     .column
        ret

; Empty the screen, and forget every sprite.
;   Clobbers: B, HL
clear_screen:
        lxi     h,VIDEO
        xra     a
        mvi     b,high VIDEO_END-high VIDEO
.clear:
        rept    8               ; a loop of one byte would take twice the time
        mov     m,a
        inr     l
        endr
        jnz     .clear
        inr     h
        dcr     b
        jnz     .clear
        lxi     h,sprites
        mvi     b,(sprites_end-sprites) & 0FFh
        jmp     zero

; Take everything off the screen but the mower, with the next frame.
;   Clobbers: B, DE, HL
clear_air:
        lxi     h,shot
        lxi     d,SPRITE
        mvi     b,SPRITES-1
.each:
        push    h
        call    remove_wisp
        pop     h
        dad     d
        dcr     b
        jnz     .each
        ret
