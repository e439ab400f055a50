; Spines: what wisps shed from the second wave on, and hornets.  They fall straight down.  A stalk
; catches a spine, at the cost of its tip; a shot breaks it.

SPINE_STEP      equ 2           ; pixels a frame, ...
SPINE_FAST      equ 3           ; ... from FAST_LEVEL on
FAST_LEVEL      equ 6
SPINE_FLOOR     equ 88          ; a wisp below this has shed all it has
SPINE_PAUSE     equ 90          ; frames from one to the next, on the first level; ...
SPINE_HURRY     equ 5           ; ... so many less on each further one
SPINE_WIDTH     equ 3

; Now and then a wisp, chosen by chance, sheds a spine.
;   Clobbers: BC, DE, HL
shed_spine:
        lda     level
        ora     a
        rz
        wait_for spine_timer
        call    next_random
        ani     15
        cpi     WISPS
        rnc
        rlc
        rlc
        rlc
        rlc                     ; times SPRITE
        lxi     h,wisps+STATE
        add     l
        mov     l,a
        mov     a,m
        cpi     FLYING
        rnz
        field   X
        mov     a,m
        adi     WISP_WIDTH/2-SPINE_WIDTH/2
        mov     b,a             ; B = X
        inr     l
        mov     a,m
        cpi     SPINE_FLOOR
        rc
        sui     8
        mov     c,a             ; C = Y
        lda     level           ; 90, 85 ... 35
        mov     d,a
        add     a
        add     a
        add     d
        assert  SPINE_HURRY == 5
        cma
        adi     SPINE_PAUSE+SPINE_HURRY+1
        sta     spine_timer
        ; fall into drop_spine

; Drop a spine, unless there are too many: one in the second wave, two in the next two, then
; three.
;   In:  B = X, C = Y
;   Clobbers: B, DE, HL
drop_spine:
        lda     level
        adi     2
        rar                     ; CY = 0
        cpi     SPINES
        jc      .limit
        mvi     a,SPINES
.limit:
        push    b
        mov     b,a
        lxi     h,spines+STATE
        call    free_record
        pop     b
        rz
        mvi     m,FLYING
        field   X
        mov     m,b
        inr     l
        mov     m,c
        mvi     a,SPINE_TIME
        sta     SPINE_SOUND
        ret

; Move all spines.
;   Clobbers: BC, DE, HL
move_spines:
        lxi     h,spines
        mvi     b,SPINES
.each:
        push    b
        push    h
        call    move_spine
        pop     h
        pop     b
        next_record .each
        ret

; Move one.
;   In:  HL = record
;   Clobbers: BC, DE, HL
move_spine:
        mov     b,m             ; B = X
        field   STATE
        mov     a,m
        ora     a
        rz
        field   Y
        lda     level
        cpi     FAST_LEVEL
        mvi     a,-SPINE_STEP & 0FFh
        jc      .slow
        mvi     a,-SPINE_FAST & 0FFh
.slow:
        add     m
        mov     m,a
        mov     c,a             ; C = Y
        lxi     d,spine_1
        ani     8
        jz      .first_picture
        lxi     d,spine_2
.first_picture:
        call    set_shape
        mvi     d,SPINE_WIDTH+2
        call    try_shot
        jc      .broken
        mov     a,c
        cpi     GARDEN+16       ; above all that stands there?
        rnc
        push    h
        mov     a,b
        adi     SPINE_WIDTH/2
        mov     b,a             ; B = the column it falls down
        eighth
        mov     e,a             ; E = cell
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     d,m             ; D = how high the thistle stands there
        pop     h
        mov     a,d
        cpi     BUDDING
        jnc     .caught         ; 16 pixels high
        mov     a,c
        cpi     GARDEN+6
        rnc
        lda     mower+X
        sub     b
        adi     MOWER_WIDTH-2   ; 1 to 11 pixels from its left edge
        cpi     MOWER_WIDTH-2
        jc      .stung
        mov     a,d
        cpi     STALK
        jnc     .caught         ; 8 pixels high
        mov     a,c
        cpi     GARDEN+SPINE_FAST
        rnc
        jmp     remove_sprite     ; in the ground
.caught:
        push    d
        call    remove_sprite
        pop     d
        mov     a,d
        dcr     a
        jmp     set_weed
.stung:
        call    remove_sprite
        jmp     crash
.broken:
        call    remove_sprite
        call    remove_shot
        mvi     a,SPINE_TIME
        sta     HIT_SOUND
        ret
