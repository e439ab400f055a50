; The hornet: flies past below the hill from time to time, and is worth something.  How much,
; depends on how many shots the player has fired; who counts them knows.

HORNET_Y        equ 203
HORNET_WIDTH    equ 14
HORNET_MAX      equ 8*CELLS-HORNET_WIDTH
HORNET_SOON     equ 200         ; frames until it comes in the demonstration, ...
HORNET_PAUSE    equ 700         ; ... and from one to the next
HORNET_STOCK    equ 2           ; it does not come for the last few wisps
HORNET_FADE     equ 24
FAST_HORNET     equ 3           ; from this level on it flies 2 pixels a frame, not 1, ...
STING_LEVEL     equ 2           ; ... and from this one on it stings
TAG_TIME        equ 60
TAG_ROW         equ 24

; Points, by the lowest bits of the number of shots: BCD.
hornet_points:
        dw      100h,50h,50h,100h,150h,50h,100h,300h
        dw      50h,150h,100h,50h,100h,150h,50h,200h

; How far it bobs up and down.
hornet_bob:
        db      0,1,2,2,1,0,-1,-1

; Move it, or wait for it.
;   Clobbers: BC, DE, HL
move_hornet:
        lda     hornet+STATE
        cpi     FLYING
        jz      fly_hornet
        cpi     BURST
        jz      fade_hornet
        lhld    hornet_timer
        dcx     h
        shld    hornet_timer
        mov     a,h
        ora     l
        rnz
        call    set_hornet_timer
        lda     stock
        cpi     HORNET_STOCK
        rc
        lda     level
        cpi     FAST_HORNET
        mvi     b,1
        jc      .slow
        inr     b
.slow:
        mvi     c,0             ; C = X: from the left ...
        call    next_random
        rlc
        jc      .from_left
        mvi     c,HORNET_MAX    ; ... or from the right
        xra     a
        sub     b
        mov     b,a
.from_left:
        mov     a,b
        sta     hornet_step
        mov     a,c
        sta     hornet+X
        mvi     a,FLYING
        sta     hornet+STATE
        ; fall into fly_hornet

; A frame of its flight.
;   Clobbers: BC, DE, HL
fly_hornet:
        mvi     a,2
        sta     HORNET_SOUND
        lxi     h,hornet+X
        lda     hornet_step
        add     m
        cpi     HORNET_MAX+1    ; below 0 is above it too
        jnc     remove_hornet
        mov     m,a
        mov     b,a             ; B = X
        lda     frame
        rrc
        rrc
        ani     7
        mov     e,a
        mvi     d,0
        lxi     h,hornet_bob
        dad     d
        mvi     a,HORNET_Y
        add     m
        sta     hornet+Y
        mov     c,a             ; C = Y
        lxi     h,hornet_1
        lda     frame
        ani     4
        jz      .first_picture
        lxi     h,hornet_2
.first_picture:
        shld    hornet+SHAPE
        mvi     d,HORNET_WIDTH+2
        call    try_shot
        jc      shoot_hornet
        lda     level
        cpi     STING_LEVEL
        rc
        lda     mower+X         ; just above the mower, and so much before it as a spine's width
        sub     b
        cpi     2
        rnc
        mov     a,b
        adi     HORNET_WIDTH/2
        mov     b,a
        mov     a,c
        sui     8
        mov     c,a
        jmp     drop_spine

; It is shot.
;   Clobbers: BC, DE, HL
shoot_hornet:
        call    remove_shot
        mvi     a,BURST
        sta     hornet+STATE
        mvi     a,HORNET_FADE
        sta     hornet+TIMER
        xra     a
        sta     HORNET_SOUND
        mvi     a,TAG_TIME
        sta     FALL_SOUND
        call    remove_tag
        lda     shots
        ani     15
        add     a
        mov     e,a
        mvi     d,0
        lxi     h,hornet_points
        dad     d
        mov     e,m
        inx     h
        mov     d,m             ; DE = points
        xchg
        shld    tag_points
        xchg
        call    add_points
        call    lengthen_chain
        lda     hornet+X
        eighth
        cpi     CELLS-3
        jc      .inside
        mvi     a,CELLS-3
.inside:
        adi     high VIDEO
        mov     h,a
        mvi     l,TAG_ROW
        shld    tag_cell
        mvi     a,TAG_TIME
        sta     tag_timer
        jmp     print_tag

; It falls to pieces.
;   Clobbers: HL
fade_hornet:
        lxi     h,hornet+TIMER
        dcr     m
        jz      remove_hornet
        mov     a,m
        lxi     h,hornet_burst_1
        ani     4
        jz      .first_picture
        lxi     h,hornet_burst_2
.first_picture:
        shld    hornet+SHAPE
        ret

; It is gone.
;   Clobbers: HL
remove_hornet:
        lxi     h,hornet
        jmp     remove_sprite

; When does the next one come?
;   Clobbers: HL
set_hornet_timer:
        lxi     h,HORNET_PAUSE
        shld    hornet_timer
        ret

; The points that are shown where it was vanish after a while.
;   Clobbers: DE, HL
age_tag:
        lxi     h,tag_timer
        mov     a,m
        ora     a
        rz
        dcr     m
        rnz
        ; fall into print_tag: what is printed again vanishes

; Print the points, two or three digits.
;   Clobbers: DE, HL
print_tag:
        lhld    tag_points
        xchg
        lhld    tag_cell
        mov     a,d
        ora     a
        cnz     print_digit
        mov     a,e
        jmp     print_two

; Take the points away, if some are shown.
;   Clobbers: DE, HL
remove_tag:
        lxi     h,tag_timer
        mov     a,m
        ora     a
        rz
        mvi     m,0
        jmp     print_tag
