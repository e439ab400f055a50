; Sprites, tiles, and clearing the screen.

; Sprites left of this are redrawn when the beam is half way (at column 96), the others between the
; pictures: no sprite is wider than the 16 columns between.
SPLIT   equ     80

refresh_left:
        mvi     b,0FFh
        jmp     refresh
refresh_right:
        mvi     b,0

; Redraw what has changed in one part of the screen.  In: B = FF left, 00 right.
refresh:
        lxi     h,sprites
        mvi     c,SPRITES
.refresh_each:
        mov     a,m
        cpi     SPLIT
        sbb     a               ; FF if X is below SPLIT, else 00
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
        jnz     .refresh_each
        ret

; Take the sprite at HL off the screen and draw it as wanted, unless it is as wanted.
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
.take:  mov     a,m
        stax    d
        inx     h
        inx     d
        dcr     b
        jnz     .take
        pop     h
        ; fall into paint

; Draw by exclusive or.  In: HL = X, Y and SHAPE in a row.
; A picture is its width, then a byte for each column.
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
.halve: ora     a               ; CY = 0
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
.paint_column:
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
        jnz     .paint_column
        ret

; Exclusive-or the 8 by 8 tile at DE onto the cell at HL.  Keeps B.
paint_tile:
        mvi     c,8
.tile_column:
        ldax    d
        inx     d
        xra     m
        mov     m,a
        mov     a,l             ; a cell is a page: the low byte counts its columns
        adi     COLUMN
        mov     l,a
        dcr     c
        jnz     .tile_column
        ret

; Empty the screen, and forget every sprite.
clear_screen:
        lxi     h,VIDEO
.clear: mvi     m,0
        inx     h
        mov     a,h
        cpi     high VIDEO_END
        jnz     .clear
        lxi     h,sprites
        mvi     b,sprites_end-sprites
        jmp     zero
