; The mower and its shot.

GARDEN          equ 24          ; where everything stands that stands on the ground
MOWER_WIDTH     equ 13
MOWER_START     equ 106
MOWER_MAX       equ 8*CELLS-MOWER_WIDTH-1
MOWER_STEP      equ 2           ; pixels a frame; X stays even
MOW_TIME        equ 10          ; frames for a piece of thistle
MOW_POINTS      equ 05h
SHOT_STEP       equ 5
SHOT_TOP        equ 220         ; the edge of the hill
WRECK_TIME      equ 80

; A mower in the middle, with room around it.
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

; Buttons of both players: they stand at the same cabinet.  Out: A.
controls:
        in      BUTTONS
        mov     b,a
        in      SWITCHES
        ora     b
        ret

; Do what the buttons say.
move_mower:
        call    controls
        mov     c,a             ; C = buttons
        ani     FIRE
        lxi     h,fire_held
        cmp     m
        mov     m,a
        jz      .steer
        ora     a
        cnz     fire            ; once each time the button goes down
.steer: mov     a,c
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
.go:    call    mow
        rnz
        mov     a,b
        sta     mower+X
        ret

; Mow what stands in column A, a piece at a time.  Out: Z if the way is free.  Keeps B.
mow:    rrc
        rrc
        rrc
        ani     1Fh
        mov     e,a             ; E = cell
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        ora     a
        rz
        mov     d,a
        lxi     h,mow_timer
        dcr     m
        rnz
        mvi     m,MOW_TIME
        mov     a,d
        dcr     a
        push    b
        call    set_weed
        mvi     a,MOW_TIME-2
        sta     MOW_SOUND
        mvi     a,MOW_POINTS
        call    add_points
        pop     b
        ori     1               ; NZ: not yet
        ret

; One shot at a time.  Keeps C.
fire:   lda     shot+SHAPE+1
        ora     a
        rnz
        lda     mower+X
        adi     MOWER_WIDTH/2
        sta     shot+X
        mvi     a,GARDEN+8
        sta     shot+Y
        lxi     h,shot_shape
        shld    shot+SHAPE
        mvi     a,14
        sta     SHOT_SOUND
        ret

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
        ; fall into remove_shot

remove_shot:
        lxi     h,0
        shld    shot+SHAPE
        ret

; The mower is hit.
crash:  mvi     a,WRECK_TIME
        sta     wreck_timer
        sta     WRECK_SOUND
        jmp     remove_shot

; Another frame of the wreck.  Out: Z when nothing is left.
burn_wreck:
        lxi     h,wreck_1
        lda     wreck_timer
        ani     4
        jnz     .burning
        lxi     h,wreck_2
.burning:
        shld    mower+SHAPE
        lxi     h,wreck_timer
        dcr     m
        ret
