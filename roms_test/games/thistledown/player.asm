; The mower and its shot.

GARDEN          equ 24          ; where everything stands that stands on the ground
MOWER_WIDTH     equ 13
MOWER_START     equ 106
MOWER_MAX       equ 8*CELLS-MOWER_WIDTH-1
MOWER_STEP      equ 2           ; pixels a frame; X stays even
MOW_TIME        equ 10          ; frames for a piece of thistle
MOW_POINTS      equ 05h
SHOT_STEP       equ 5
SHOT_TOP        equ 216         ; the edge of the hill
WRECK_PICTURE   equ 4           ; frames for each of the two pictures

; Put a mower in the middle, with room around it.
;   Clobbers: BC, DE, HL
place_mower:
        mvi     e,MOWER_START/8
.clear_garden:
        push    d
        xra     a
        call    set_weed
        pop     d
        inr     e
        mov     a,e
        cpi     (MOWER_START+MOWER_WIDTH+7)/8
        jnz     .clear_garden
        lxi     h,GARDEN*256+MOWER_START
        shld    mower+X
        lxi     h,mower_shape
        shld    mower+SHAPE
        mvi     a,MOW_TIME
        sta     mow_timer
        ret

; What does the player want?  At a table each has buttons of their own; in an upright cabinet both
; ports read the same ones.
;   Out: A = FIRE, LEFT, RIGHT, and other bits
;   Clobbers: BC, DE, HL (the robot does)
controls:
        lda     demo
        ora     a
        jnz     robot
        lda     player
        dcr     a
        jnz     .second
        in      BUTTONS
        ret
.second:
        in      SWITCHES
        ret

; Has the fire button gone down?
;   In:  A = buttons
;   Out: NZ if it is down and was not when this was asked last
;   Clobbers: HL
fire_pressed:
        ani     FIRE
        lxi     h,fire_held
        cmp     m
        mov     m,a
        jz      .same
        ora     a
        ret
.same:
        xra     a               ; Z
        ret

; Do what the player wants.
;   Clobbers: BC, DE, HL
move_mower:
        call    controls
        mov     c,a             ; C = buttons
        call    fire_pressed
        cnz     fire
        mov     a,c
        ani     LEFT
        jnz     .steer_left
        mov     a,c
        ani     RIGHT
        rz
        lda     mower+X
        cpi     MOWER_MAX
        rnc
        adi     MOWER_STEP
        mov     b,a
        adi     MOWER_WIDTH-1   ; its right edge
        jmp     .go
.steer_left:
        lda     mower+X
        ora     a
        rz
        sui     MOWER_STEP
        mov     b,a
.go:
        call    mow
        rnz
        mov     a,b
        sta     mower+X
        ret

; Mow what stands in the way, a piece at a time.
;   In:  A = the column to go to
;   Out: Z if the way is free
;   Clobbers: C, DE, HL
mow:
        eighth
        mov     e,a             ; E = cell
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        ora     a
        rz
        lxi     h,mow_timer
        dcr     m
        rnz
        mvi     m,MOW_TIME
        push    b
        dcr     a
        call    set_weed
        mvi     a,MOW_TIME-2
        sta     MOW_SOUND
        lxi     d,MOW_POINTS
        call    add_points
        pop     b
        ori     1               ; NZ: not yet
        ret

; Fire, unless a shot is on its way.
;   Clobbers: HL
fire:
        lda     shot+SHAPE+1
        ora     a
        rnz
        lda     mower+X
        adi     MOWER_WIDTH/2
        sta     shot+X
        mvi     a,GARDEN+8
        sta     shot+Y
        lxi     h,shot_shape
        shld    shot+SHAPE
        lxi     h,shots
        inr     m
        mvi     a,14
        sta     SHOT_SOUND
        ret

; Move the shot.  One that gets past everything ends the chain of hits.
;   Clobbers: HL
move_shot:
        lda     shot+SHAPE+1
        ora     a
        rz
        lxi     h,shot+Y
        mov     a,m
        adi     SHOT_STEP
        mov     m,a
        cpi     SHOT_TOP
        rc
        xra     a
        call    set_chain
        ; fall into remove_shot

; Take the shot away.
;   Clobbers: HL
remove_shot:
        lxi     h,0
        shld    shot+SHAPE
        ret

; Has the shot hit something?  Its lower edge may be up to 8 below it or above it, and a pixel
; beside it will do.
;   In:  B = X, C = Y, D = width
;   Out: CY if so
try_shot:
        lda     shot+SHAPE+1
        ora     a
        rz                      ; CY = 0
        lda     shot+Y
        sub     c
        adi     8
        cpi     17
        rnc
        lda     shot+X
        sub     b
        inr     a
        cmp     d
        ret

; The mower is hit.
;   Clobbers: HL
crash:
        mvi     a,WRECK_TIME
        sta     wreck_timer
        sta     WRECK_SOUND
        jmp     remove_shot

; Another frame of the wreck, down to the last.
;   Clobbers: HL
burn_wreck:
        lxi     h,wreck_timer
        mov     a,m
        dcr     a
        jz      .gone
        mov     m,a
.gone:
        lxi     h,wreck_1
        ani     WRECK_PICTURE
        jnz     .burning
        lxi     h,wreck_2
.burning:
        shld    mower+SHAPE
        ret
