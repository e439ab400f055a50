; Letters and numbers.  All is printed by exclusive or, but for large letters.

; Print a message.
;   In:  HL = its address: the first cell (2 bytes), characters, 0
;   Out: HL = behind it
;   Clobbers: DE
print:
        mov     e,m
        inx     h
        mov     d,m             ; DE = cell
        inx     h
.next:
        mov     a,m
        inx     h
        ora     a
        rz
        xchg
        call    print_character
        xchg
        jmp     .next

; Print the message whose address is in memory.
;   In:  HL = where its address is
;   Clobbers: DE, HL
print_from:
        mov     e,m
        inx     h
        mov     d,m
        xchg
        jmp     print

; Print messages up to one whose cell is 0.
;   In:  HL = the first one
;   Clobbers: DE, HL
print_all:
        call    print
        mov     a,m
        inx     h
        ora     m
        dcx     h
        jnz     print_all
        ret

; Print a byte as two digits.
;   In:  A = BCD, HL = cell
;   Out: HL = two cells further
print_two:
        push    psw
        rrc
        rrc
        rrc
        rrc
        call    print_digit
        pop     psw
        ; fall into print_digit

; Print a digit.
;   In:  A = the digit in the low four bits, HL = cell
;   Out: HL = the next cell
print_digit:
        ani     0Fh
        adi     '0'
        ; fall into print_character

; Print a character.
;   In:  A = character, HL = cell
;   Out: HL = the next cell
print_character:
        push    b
        push    d
        push    h
        call    glyph
        mov     a,l             ; a blank column first
        adi     COLUMN
        mov     l,a
        mvi     b,GLYPH
.column:
        ldax    d
        inx     d
        xra     m
        mov     m,a
        mov     a,l
        adi     COLUMN
        mov     l,a
        dcr     b
        jnz     .column
        pop     h
        pop     d
        pop     b
        inr     h               ; a cell is a page
        ret

; Where are the columns of a character?
;   In:  A = character
;   Out: DE
glyph:
        push    h
        sui     ' '
        mov     e,a
        mvi     d,0
        mov     l,a
        mov     h,d
        dad     h
        dad     h
        dad     d               ; times 5
        assert  GLYPH == 5
        lxi     d,font
        dad     d
        xchg
        pop     h
        ret

; Print a message in letters of twice the size, over what is there.
;   In:  HL as for print
;   Clobbers: BC, DE, HL
print_large:
        mov     e,m
        inx     h
        mov     d,m
        inx     h
.next:
        mov     a,m
        inx     h
        ora     a
        rz
        xchg
        push    d
        call    print_large_character
        pop     d
        xchg
        jmp     .next

; Print a character of twice the size, two cells wide and high, over what is there.
;   In:  A = character, HL = the lower left cell
;   Out: HL = two cells further
;   Clobbers: BC, DE
print_large_character:
        push    h
        call    glyph
        mov     a,l
        adi     COLUMN*3
        mov     l,a
        mvi     b,GLYPH
.column:
        ldax    d
        inx     d
        call    large_column
        call    large_column
        dcr     b
        jnz     .column
        pop     h
        inr     h
        inr     h
        ret

; Put eight bits, each twice, on two bytes.
;   In:  A (kept) = bits, HL = the lower byte
;   Out: HL = the next column
large_column:
        push    psw
        push    b
        mvi     c,2             ; the upper byte last: RAR gives the lowest bits first
.byte:
        mvi     b,4
.bit:
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
        jnz     .bit
        inx     h
        dcr     c
        jnz     .byte
        mov     a,l
        adi     COLUMN-2
        mov     l,a
        jnc     .same_page
        inr     h
.same_page:
        pop     b
        pop     psw
        ret

; A number below 100 as BCD.
;   In, out: A
;   Clobbers: BC
to_bcd:
        mvi     b,0
.tens:
        cpi     10
        jc      .units
        sui     10
        inr     b
        jmp     .tens
.units:
        mov     c,a
        mov     a,b
        rlc
        rlc
        rlc
        rlc
        ora     c
        ret
