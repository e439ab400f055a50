; Sprites, tiles, and clearing the screen.

; The near part of the screen, which the beam draws first, is redrawn when the beam is half way (at
; column 96), the far part between the pictures: no sprite is wider than the 16 columns between.
; Flipped for a table's second player, the beam comes from the right and the parts change places.
SPLIT           equ 80
SPLIT_FLIPPED   equ 128
WIDEST          equ 14          ; columns of the widest sprite

; Redraw what has changed in the far part of the screen.
;   Clobbers: BC, DE, HL
refresh_far:
        lda     near_part
        cma
        jmp     refresh

; Redraw what has changed in the near part.
;   Clobbers: BC, DE, HL
refresh_near:
        lda     near_part
        ; fall into refresh

; Redraw what has changed in one part.
;   In:  A = 0FFh: the one left of the split, 00: the other
;   Clobbers: BC, DE, HL
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
        adi     SHOWN+SHAPE+1
        mov     e,a             ; DE = what is shown
        mov     a,l
        adi     SHAPE+1
        mov     l,a             ; HL = what is wanted: the last byte first, 0 if there is nothing
        ldax    d
        cmp     m
        jnz     .changed
        ora     a
        jz      .same
        rept    SHOWN-1
        dcr     l
        dcr     e
        ldax    d
        cmp     m
        jnz     .changed
        endr
.same:
        pop     d
        pop     h
        ret
.changed:
        push    b
        field   SHOWN
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

; A picture is its width, where `paint` begins for that width, and a byte for each column.
picture         macro columns
                db columns
                dw paint_columns+PAINT_COLUMN*(WIDEST-columns)
                endm
HEADER          equ 3

; Draw a picture by exclusive or.  The shift register moves each byte up to where it belongs.
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
        inx     d
        ldax    d
        mov     l,a
        inx     d
        ldax    d
        mov     h,a
        push    h               ; where the RET below goes
        mvi     h,0
        mov     l,b
        dad     h
        dad     h
        dad     h
        dad     h
        dad     h               ; X*32 ...
        assert  COLUMN == 32
        mov     a,c
        eighth
        ora     l
        mov     l,a             ; ... + Y/8 is the byte
        lxi     b,VIDEO
        dad     b
        lxi     b,COLUMN-1
        ret                     ; into the last columns of these

; A loop would take a third longer, and this is where most of the time goes.
paint_columns:
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
PAINT_COLUMN    equ ($-paint_columns)/WIDEST
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
