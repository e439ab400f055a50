; The lines around the picture: scores, mowers, chain and credits.

SCORE_1         equ VIDEO+1*CELL+30
SCORE_BEST      equ VIDEO+11*CELL+30
SCORE_2         equ VIDEO+21*CELL+30
LIVES_PLACE     equ VIDEO+1*CELL+0
LIVES_SHOWN     equ 5
CHAIN_PLACE     equ VIDEO+14*CELL+0
CREDIT_PLACE    equ VIDEO+25*CELL+0
GROUND_LINE     equ 10000000b   ; the top pixel of row 2
HILL_LINE       equ 10000000b   ; and of row 27

; Clear the screen and draw what surrounds the garden, and the garden.
;   Clobbers: BC, DE, HL
lay_out:
        call    clear_screen
        xra     a
        sta     wreck_timer
        sta     lull
        sta     tag_timer
        call    set_hornet_timer
        lxi     h,frame_text
        call    print_all
        lxi     h,VIDEO+2       ; a line on row 2, right across
        mvi     c,GROUND_LINE
        call    draw_line
        lxi     h,VIDEO+27      ; and one on row 27
        mvi     c,HILL_LINE
        call    draw_line
        call    paint_hill
        call    show_scores
        call    show_credits
        lda     playing
        ora     a
        rz                      ; the title has no lives, and nothing has grown yet
        call    paint_weeds
        call    show_chain
        lda     demo
        ora     a
        rnz                     ; the robot has but one
        jmp     show_lives

; Show a number that has changed, if any; one in a frame, as there is little time.
;   Clobbers: BC, DE, HL
refresh_panel:
        lxi     h,score_stale
        mov     a,m
        mvi     m,0
        ora     a
        jnz     show_score
        lxi     h,best_stale
        mov     a,m
        mvi     m,0
        ora     a
        jnz     show_best
        lda     credits
        lxi     h,credits_shown
        cmp     m
        rz
        jmp     show_credits

; Draw a line from left to right.
;   In:  HL = byte in the first column, C = pixels in it
;   Clobbers: B, DE, HL
draw_line:
        lxi     d,COLUMN
        mvi     b,8*CELLS
.on:
        mov     a,m
        xra     c
        mov     m,a
        dad     d
        dcr     b
        jnz     .on
        ret

; Show the scores of both players and the best.
;   Clobbers: BC, DE, HL
show_scores:
        call    show_score
        lda     player
        dcr     a
        lxi     d,SCORE_2
        jz      .other
        lxi     d,SCORE_1
.other:
        lxi     h,other_turn
        call    show_digits
        ; fall into show_best

; Show the best score.
;   Clobbers: BC, DE, HL
show_best:
        lxi     h,best
        lxi     d,SCORE_BEST
        jmp     show_digits

; Show the score of the player whose turn it is.
;   Clobbers: BC, DE, HL
show_score:
        lda     player
        dcr     a
        lxi     d,SCORE_1
        jz      .first
        lxi     d,SCORE_2
.first:
        lxi     h,score
        ; fall into show_digits

; Print six digits over others.
;   In:  HL = lowest byte of a score, DE = first cell
;   Clobbers: B, DE, HL
show_digits:
        inx     h
        inx     h
        mvi     b,3
.byte:
        mov     a,m
        dcx     h
        xchg
        call    show_two
        xchg
        dcr     b
        jnz     .byte
        ret

; Print two digits over others.
;   In:  A = BCD, HL = cell
;   Out: HL = two cells further
show_two:
        push    psw
        rrc
        rrc
        rrc
        rrc
        call    show_digit
        pop     psw
        ; fall into show_digit

; Print a digit over another: quicker than to wipe the cell and print.
;   In:  A = the digit in the low four bits, HL = cell
;   Out: HL = the next cell
show_digit:
        push    b
        push    d
        push    h
        ani     0Fh
        adi     '0'
        call    glyph
        mvi     b,GLYPH
.column:
        mov     a,l             ; a blank column first
        adi     COLUMN
        mov     l,a
        ldax    d
        inx     d
        mov     m,a
        dcr     b
        jnz     .column
        pop     h
        pop     d
        pop     b
        inr     h
        ret

; Empty a cell.
;   In:  HL, which is kept
wipe_cell:
        push    h
        push    b
        lxi     b,8*256         ; B = 8, C = 0
.column:
        mov     m,c
        mov     a,l
        adi     COLUMN
        mov     l,a
        dcr     b
        jnz     .column
        pop     b
        pop     h
        ret

; Show a digit, and a mower for each life that is left besides the one in use.
;   Clobbers: BC, DE, HL
show_lives:
        lxi     h,LIVES_PLACE
        call    wipe_cell
        lda     lives
        call    print_digit
        mvi     b,LIVES_SHOWN*2
        push    h
.wipe:
        call    wipe_cell
        inr     h
        dcr     b
        jnz     .wipe
        pop     h
        lda     lives
        ora     a
        rz
        cpi     LIVES_SHOWN+1
        jc      .count
        mvi     a,LIVES_SHOWN+1
.count:
        mov     b,a
.life:
        dcr     b
        rz
        push    h
        push    b
        mov     a,l             ; two pixels from what is beside it
        adi     2*COLUMN
        mov     l,a
        lxi     d,mower_shape+HEADER
        mvi     b,MOWER_WIDTH
.column:
        ldax    d
        inx     d
        mov     m,a
        mov     a,l
        adi     COLUMN
        mov     l,a
        jnc     .same_page
        inr     h
.same_page:
        dcr     b
        jnz     .column
        pop     b
        pop     h
        inr     h
        inr     h
        jmp     .life

; Show how many times a hit counts, if more than once.
;   Clobbers: HL
show_chain:
        lxi     h,CHAIN_PLACE
        call    wipe_cell
        inr     h
        call    wipe_cell
        dcr     h
        call    multiple
        dcr     a
        rz
        mvi     a,'X'
        call    print_character
        call    multiple
        jmp     print_digit

; Show the credits.
;   Clobbers: HL
show_credits:
        lda     credits         ; the interrupt may raise it at any time
        sta     credits_shown
        lxi     h,CREDIT_PLACE
        jmp     show_two
