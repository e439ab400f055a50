; Sprites, tiles, and clearing the screen.

; The near part of the screen, which the beam draws first, is redrawn when the beam is half way (at
; column 96), the far part between the pictures: no sprite is wider than the 16 columns between.
; Flipped for a table's second player, the beam comes from the right and the parts change places.
SPLIT           equ 80
SPLIT_FLIPPED   equ 128

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
        lxi     h,sprites
        mvi     c,SPRITES
.each:
        lxi     d,split
        ldax    d
        mov     e,a
        mov     a,m
        cmp     e
        sbb     a               ; 0FFh if X is below the split, else 00
        xra     b
        jnz     .other_part
        push    b
        push    h
        call    redraw
        pop     h
        pop     b
.other_part:
        lxi     d,SPRITE
        dad     d
        dcr     c
        jnz     .each
        ret

; Take a sprite off the screen and draw it as wanted, unless it is as wanted.
;   In:  HL = its record
;   Clobbers: BC, DE, HL
redraw:
        push    h
        mov     d,h
        mov     a,l
        adi     SHOWN
        mov     e,a
        mvi     b,SHOWN
.compare:
        ldax    d
        cmp     m
        jnz     .changed
        inx     h
        inx     d
        dcr     b
        jnz     .compare
        pop     h
        ret
.changed:
        pop     h
        push    h
        mov     a,l
        adi     SHOWN
        mov     l,a
        call    paint           ; away with the old
        pop     h
        push    h
        mov     d,h
        mov     a,l
        adi     SHOWN
        mov     e,a
        mvi     b,SHOWN
.take:
        mov     a,m
        stax    d
        inx     h
        inx     d
        dcr     b
        jnz     .take
        pop     h
        ; fall into paint

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
        ldax    d
        mov     b,a             ; B = columns
.column:
        inx     d
        ldax    d
        out     SHIFT_DATA
        in      SHIFT_RESULT    ; the part in this byte ...
        xra     m
        mov     m,a
        inx     h
        xra     a
        out     SHIFT_DATA      ; ... and what it pushes into the byte above
        in      SHIFT_RESULT
        xra     m
        mov     m,a
        mov     a,l
        adi     COLUMN-1
        mov     l,a
        jnc     .same_page
        inr     h
.same_page:
        dcr     b
        jnz     .column
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
