; Points, lives, credits, and the lines around the picture that show them.

SCORE_1         equ VIDEO+1*CELL+30
SCORE_BEST      equ VIDEO+11*CELL+30
SCORE_2         equ VIDEO+21*CELL+30
CREDIT_PLACE    equ VIDEO+25*CELL+0
LIVES_PLACE     equ VIDEO+1*CELL+0
GROUND_LINE     equ 10000000b   ; the top pixel of row 2
HILL_LINE       equ 10000000b   ; and of row 27

; Clear the screen and draw what surrounds the garden, and the garden.
lay_out:
        call    clear_screen
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
        call    show_lives
        jmp     paint_weeds

; A line from left to right.  In: HL = byte in the first column, C = pixels in it.
draw_line:
        lxi     d,COLUMN
        mvi     b,8*CELLS
.draw_on:
        mov     a,m
        xra     c
        mov     m,a
        dad     d
        dcr     b
        jnz     .draw_on
        ret

; Add to the score.  In: A = points, BCD.
add_points:
        lxi     h,score
        add     m
        daa
        mov     m,a
        inx     h
        mvi     a,0
        adc     m
        daa
        mov     m,a
        inx     h
        mvi     a,0
        adc     m
        daa
        mov     m,a
        call    check_extra
        ; fall into keep_best

; The best score follows a score above it.
keep_best:
        lxi     d,score+2
        lxi     h,best+2
        mvi     b,3
.higher:
        ldax    d
        cmp     m
        jc      show_scores
        jnz     .new_best
        dcx     d
        dcx     h
        dcr     b
        jnz     .higher
        jmp     show_scores
.new_best:
        lhld    score
        shld    best
        lda     score+2
        sta     best+2
        ; fall into show_scores

; Print the scores of both players and the best.
show_scores:
        lda     player          ; `turn` is the score of the one who plays
        cpi     2
        lxi     h,score
        lxi     d,other_turn
        jnz     .first_plays
        xchg
.first_plays:
        push    d
        lxi     d,SCORE_1
        call    show_score
        pop     h
        lxi     d,SCORE_2
        call    show_score
        lxi     h,best
        lxi     d,SCORE_BEST
        ; fall into show_score

; Print six digits over what is there.  In: HL = lowest byte of a score, DE = first cell.
show_score:
        inx     h
        inx     h
        mvi     b,3
.score_byte:
        mov     a,m
        dcx     h
        xchg
        call    show_two
        xchg
        dcr     b
        jnz     .score_byte
        ret

; Print two digits over what is there.  In: A = BCD, HL = cell.  Out: HL = two cells further.
show_two:
        push    psw
        call    wipe_cell
        inr     h
        call    wipe_cell
        dcr     h
        pop     psw
        jmp     print_two

; Empty a cell.  In: HL.  Keeps HL, BC, DE.
wipe_cell:
        push    h
        push    b
        lxi     b,8*256         ; B = 8, C = 0
.wipe:  mov     m,c
        mov     a,l
        adi     COLUMN
        mov     l,a
        dcr     b
        jnz     .wipe
        pop     b
        pop     h
        ret

; The bonus life, once a game.
check_extra:
        lda     extra_given
        ora     a
        rnz
        in      SWITCHES
        ani     BONUS
        mvi     b,10h
        jnz     .extra_at
        mvi     b,15h
.extra_at:
        lda     score+2
        ora     a
        jnz     .extra           ; 10,000 is more than either
        lda     score+1
        cmp     b
        rc
.extra: mvi     a,1
        sta     extra_given
        mvi     a,60
        sta     EXTRA_SOUND
        lxi     h,lives
        inr     m
        ; fall into show_lives

; A digit and a mower for each life that is left besides the one in use.
show_lives:
        lxi     h,LIVES_PLACE
        call    wipe_cell
        lda     lives
        call    print_digit
        mvi     b,LIVES_SHOWN*2
        push    h
.wipe_lives:
        inr     h
        call    wipe_cell
        dcr     b
        jnz     .wipe_lives
        pop     h
        lda     lives
        cpi     LIVES_SHOWN+1
        jc      .all_lives
        mvi     a,LIVES_SHOWN+1
.all_lives:
        mov     b,a
        inr     h
.life:  dcr     b
        rz
        push    h
        push    b
        lxi     d,mower_shape
        ldax    d
        mov     b,a
.life_column:
        inx     d
        ldax    d
        mov     m,a
        mov     a,l
        adi     COLUMN
        mov     l,a
        jnc     .life_same
        inr     h
.life_same:
        dcr     b
        jnz     .life_column
        pop     b
        pop     h
        inr     h
        inr     h
        jmp     .life

LIVES_SHOWN     equ 5

show_credits:
        lda     credits         ; the interrupt may raise it at any time
        sta     credits_shown
        lxi     h,CREDIT_PLACE
        jmp     show_two
