; The best gardeners: five scores with the letters of who had them, best first.  They are kept
; until power-off, as the hardware has nothing to keep them longer.

ENTRY_TIME      equ 1800        ; frames to enter a name in
REPEAT_TIME     equ 9           ; frames from letter to letter while a button is held
TABLE_ROW       equ 20
TABLE_CELL      equ 6
NAME_CELL       equ 10          ; where the letters are chosen: each takes two cells and a gap
NAME_ROW        equ 13

; Who is there when the board is switched on.
founders:
        db      00h,10h,00h,"IVY"
        db      00h,08h,00h,"FLO"
        db      00h,06h,00h,"ASH"
        db      00h,04h,00h,"BUD"
        db      00h,02h,00h,"FEN"
                assert $-founders == GARDENERS*ENTRY

alphabet:
        db      "ABCDEFGHIJKLMNOPQRSTUVWXYZ.- <"
LETTERS         equ $-alphabet
RUB_OUT         equ '<'

; Enter the founders, at power-on.
;   Clobbers: B, DE, HL
first_gardeners:
        lxi     h,founders
        lxi     d,gardeners
        mvi     b,GARDENERS*ENTRY
.copy:
        mov     a,m
        stax    d
        inx     h
        inx     d
        dcr     b
        jnz     .copy
        lhld    gardeners
        shld    best
        lda     gardeners+2
        sta     best+2
        ret

; Does the player's score belong among the best?  If so let the player enter a name.
;   Clobbers: BC, DE, HL
enter_gardener:
        lxi     h,gardeners
        mvi     c,GARDENERS
.find:
        push    h
        lxi     d,score
        call    compare_scores
        pop     h
        jc      .lower
        jnz     .found
.lower:
        lxi     d,ENTRY
        dad     d
        dcr     c
        jnz     .find
        ret
.found:
        mvi     a,GARDENERS+1
        sub     c
        sta     new_entry
        push    h
        mov     a,c             ; those below move down; the last one leaves
        dcr     a
        add     a
        mov     b,a
        add     a
        add     b
        mov     b,a             ; B = bytes of the others
        assert  ENTRY == 6
        lxi     h,gardeners_end-1-ENTRY
        lxi     d,gardeners_end-1
.move:
        mov     a,b
        ora     a
        jz      .moved
        mov     a,m
        stax    d
        dcx     h
        dcx     d
        dcr     b
        jmp     .move
.moved:
        pop     h
        xchg
        lxi     h,score
        mvi     b,3
.score:
        mov     a,m
        stax    d
        inx     h
        inx     d
        dcr     b
        jnz     .score
        xchg
        shld    letter_at
        mvi     b,NAME
.blank:
        mvi     m,' '
        inx     h
        dcr     b
        jnz     .blank
        call    choose_name
        ; fall into gate

; Show the table with the new entry for a while.
;   Clobbers: BC, DE, HL
gate:
        call    quiet_page
        call    show_gardeners
        mvi     b,200
        call    pause
        xra     a
        sta     new_entry
        ret

; The garden is left for a page of text; the game goes on.
;   Clobbers: BC, DE, HL
quiet_page:
        xra     a
        sta     playing
        call    lay_out
        mvi     a,1
        sta     playing
        ret

; The player chooses letters: left and right through the alphabet, fire takes one.
;   In:  letter_at
;   Clobbers: BC, DE, HL
choose_name:
        call    quiet_page
        lxi     h,choose_text
        call    print_all
        call    print_player
        lxi     h,VIDEO+NAME_CELL*CELL+NAME_ROW
        shld    letter_cell
        lxi     h,ENTRY_TIME
        shld    page_time
        mvi     a,NAME
        sta     letters_left
        xra     a
        sta     letter
.frame:
        call    next_frame
        call    page_is_over
        rz
        call    show_letter
        call    controls
        mov     c,a
        call    fire_pressed
        jnz     .take
        lxi     h,repeat_timer
        mov     a,c
        ani     LEFT+RIGHT
        jz      .released
        dcr     m
        jp      .frame
        mvi     m,REPEAT_TIME
        mvi     a,STEP_TIME
        sta     STEP_SOUND
        lxi     h,letter
        mov     a,c
        ani     LEFT
        jnz     .back
        inr     m
        mov     a,m
        cpi     LETTERS
        jc      .frame
        mvi     m,0
        jmp     .frame
.back:
        dcr     m
        jp      .frame
        mvi     m,LETTERS-1
        jmp     .frame
.released:
        mvi     m,0
        jmp     .frame
.take:
        mvi     a,TAKE_TIME
        sta     TAKE_SOUND
        call    chosen
        cpi     RUB_OUT
        jz      .rub_out
        lhld    letter_at
        mov     m,a
        inx     h
        shld    letter_at
        call    print_letter
        lxi     h,letter_cell+1
        inr     m
        inr     m
        inr     m
        lxi     h,letters_left
        dcr     m
        jnz     .frame
        mvi     b,30
        jmp     pause
.rub_out:
        mvi     a,' '
        call    print_letter
        lxi     h,letters_left
        mov     a,m
        cpi     NAME
        jz      .frame          ; there is none before the first
        inr     m
        lxi     h,letter_cell+1
        dcr     m
        dcr     m
        dcr     m
        lhld    letter_at
        dcx     h
        mvi     m,' '
        shld    letter_at
        jmp     .frame

; Show the letter that is being chosen: it blinks.
;   Clobbers: BC, DE, HL
show_letter:
        lda     frame
        ani     8
        mvi     a,' '
        jz      print_letter
        call    chosen
        ; fall into print_letter

; Print a large letter where the next one goes.
;   In:  A
;   Clobbers: BC, DE, HL
print_letter:
        lhld    letter_cell
        jmp     print_large_character

; The letter that is being chosen.
;   Out: A
;   Clobbers: DE, HL
chosen:
        lxi     h,alphabet
        lda     letter
        mov     e,a
        mvi     d,0
        dad     d
        mov     a,m
        ret

; Print the table: place, letters, score, and a mark beside a new entry.
;   Clobbers: BC, DE, HL
show_gardeners:
        lxi     h,gardeners_text
        call    print_large
        lxi     d,gardeners
        lxi     h,VIDEO+TABLE_CELL*CELL+TABLE_ROW
        mvi     c,1
.entry:
        push    h
        lda     new_entry
        cmp     c
        mvi     a,'*'
        jz      .mark
        mvi     a,' '
.mark:
        call    print_character
        mov     a,c
        call    print_digit
        inr     h
        push    d
        inx     d
        inx     d
        inx     d
        mvi     b,NAME
.letter:
        ldax    d
        inx     d
        call    print_character
        dcr     b
        jnz     .letter
        inr     h
        xchg
        xthl                    ; HL = entry; what is behind it waits
        push    b
        call    show_digits
        pop     b
        pop     d
        pop     h
        dcr     l               ; two rows lower
        dcr     l
        inr     c
        mov     a,c
        cpi     GARDENERS+1
        jnz     .entry
        ret
