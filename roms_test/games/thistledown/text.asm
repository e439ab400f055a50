; Letters, numbers, and every message.  All is printed by exclusive or.

; Print a message.  In: HL = address of its first cell, characters, 0.  Out: HL = behind it.
print:
        mov     e,m
        inx     h
        mov     d,m             ; DE = cell
        inx     h
.print_next:
        mov     a,m
        inx     h
        ora     a
        rz
        xchg
        call    print_character
        xchg
        jmp     .print_next

; Print the messages from HL up to one whose address is 0.
print_all:
        call    print
        mov     a,m
        inx     h
        ora     m
        dcx     h
        jnz     print_all
        ret

; Print a byte of BCD as two digits.  In: A, HL = cell.  Out: HL = two cells further.  Keeps BC, DE.
print_two:
        push    psw
        rrc
        rrc
        rrc
        rrc
        call    print_digit
        pop     psw
        ; fall into print_digit

; Print the low four bits of A at cell HL.  Out: HL = the next cell.
print_digit:
        ani     0Fh
        adi     '0'
        ; fall into print_character

; Print character A at cell HL.  Out: HL = the next cell.  Keeps BC, DE.
print_character:
        push    b
        push    d
        push    h
        call    glyph
        mov     a,l             ; a blank column first
        adi     COLUMN
        mov     l,a
        mvi     b,GLYPH
.letter:
        ldax    d
        inx     d
        xra     m
        mov     m,a
        mov     a,l
        adi     COLUMN
        mov     l,a
        dcr     b
        jnz     .letter
        pop     h
        pop     d
        pop     b
        inr     h               ; a cell is a page
        ret

; Address of a character's columns.  In: A.  Out: DE.  Keeps HL, B.
glyph:
        push    h
        sui     ' '
        mov     e,a
        mvi     d,0
        mov     l,a
        mov     h,d
        dad     h
        dad     h
        dad     d               ; times 5, the columns of a glyph
        lxi     d,font
        dad     d
        xchg
        pop     h
        ret

; Print a message in letters of twice the size, two cells wide and high.  In: HL as for print.
print_large:
        mov     e,m
        inx     h
        mov     d,m
        inx     h
.large_next:
        mov     a,m
        inx     h
        ora     a
        rz
        push    h
        xchg
        push    h
        call    glyph
        mvi     b,GLYPH
        mov     a,l
        adi     COLUMN*3
        mov     l,a
.large_column:
        ldax    d
        inx     d
        call    large_twice
        call    large_twice
        dcr     b
        jnz     .large_column
        pop     h
        inr     h
        inr     h
        xchg
        pop     h
        jmp     .large_next

; Put the bits of A, each twice, on two bytes of column HL; HL = the next column.  Keeps A, B, DE.
large_twice:
        push    psw
        push    b
        mvi     c,2             ; upper half last: RAR gives the lowest bits first
.large_byte:
        mvi     b,4
.large_bit:
        rar
        push    psw
        mov     a,m
        rar
        mov     m,a
        pop     psw
        push    psw
        mov     a,m
        rar
        mov     m,a
        pop     psw
        dcr     b
        jnz     .large_bit
        inx     h
        dcr     c
        jnz     .large_byte
        mov     a,l
        adi     COLUMN-2
        mov     l,a
        jnc     .large_same
        inr     h
.large_same:
        pop     b
        pop     psw
        ret

; A number below 100 as BCD.  In, out: A.  Keeps HL.
to_bcd:
        mvi     b,0
.tens:  cpi     10
        jc      .units
        sui     10
        inr     b
        jmp     .tens
.units: mov     c,a
        mov     a,b
        rlc
        rlc
        rlc
        rlc
        ora     c
        ret

; Messages: column and row of the cell, row 0 at the bottom.

name_text:
        dw      VIDEO+3*CELL+25
        db      "THISTLEDOWN",0

title_text:
        dw      VIDEO+3*CELL+22
        db      "THE HILL IS IN SEED...",0
        dw      VIDEO+7*CELL+18
        db      "-   10 POINTS",0
        dw      VIDEO+7*CELL+16
        db      "-   20 POINTS",0
        dw      VIDEO+7*CELL+14
        db      "-   30 POINTS",0
        dw      VIDEO+4*CELL+6
        db      "1 OR 2 PLAYERS MOW",0
        dw      0

insert_coin_text:
        dw      VIDEO+9*CELL+10
        db      "INSERT COIN",0
press_start_text:
        dw      VIDEO+9*CELL+10
        db      "PRESS START",0

frame_text:
        dw      VIDEO+2*CELL+31
        db      "1UP",0
        dw      VIDEO+12*CELL+31
        db      "BEST",0
        dw      VIDEO+23*CELL+31
        db      "2UP",0
        dw      VIDEO+18*CELL+0
        db      "CREDIT",0
        dw      0

player_text:
        dw      VIDEO+10*CELL+18
        db      "PLAYER",0
player_place equ VIDEO+17*CELL+18
wave_text:
        dw      VIDEO+10*CELL+16
        db      "WAVE",0
wave_place equ  VIDEO+16*CELL+16
game_over_text:
        dw      VIDEO+9*CELL+14
        db      "GAME  OVER",0
tilt_text:
        dw      VIDEO+12*CELL+14
        db      "TILT",0
