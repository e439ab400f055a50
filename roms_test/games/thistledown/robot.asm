; The robot that plays the demonstration.  It sees what a player sees, and no more.

SPINE_FEAR      equ 80          ; spines above this height are no worry
SPINE_MARGIN    equ 11          ; pixels from the mower's middle
AIM             equ 3           ; fires when it is as near as this

; What the robot would press.
;   Out: A = FIRE, LEFT, RIGHT
;   Clobbers: BC, DE, HL
robot:
        lxi     h,spines        ; first of all, out of the way of spines
        mvi     b,SPINES
.spine:
        mov     d,m             ; D = X
        inr     l
        mov     e,m             ; E = Y
        field   STATE
        mov     a,m
        ora     a
        jz      .harmless
        mov     a,e
        cpi     SPINE_FEAR
        jnc     .harmless
        lda     mower+X
        adi     MOWER_WIDTH/2
        sub     d
        mov     c,a             ; C = how far the mower is to the right of it
        adi     SPINE_MARGIN
        cpi     2*SPINE_MARGIN
        jnc     .harmless
        mov     a,c
        rlc                     ; CY if it is to the left
        jmp     .flee
.harmless:
        lxi     d,SPRITE-STATE
        dad     d
        dcr     b
        jnz     .spine

        lxi     h,wisps         ; then for the lowest wisp
        lxi     d,(MOWER_START+2)*256+255
        mvi     b,WISPS
.wisp:
        mov     c,m             ; C = X
        field   STATE
        mov     a,m
        cpi     FLYING
        jnz     .other
        field   Y
        mov     a,m
        cmp     e
        jnc     .other
        mov     e,a             ; E = the lowest Y yet
        mov     d,c             ; D = its X
.other:
        field   X
        adi     SPRITE
        mov     l,a
        dcr     b
        jnz     .wisp

        mov     a,d
        sui     2               ; the mower's X for a shot through its middle
        mov     d,a
        lda     mower+X
        sub     d
        adi     AIM
        cpi     2*AIM+1
        jc      .fire
        rlc                     ; CY if the mower is to the left of it
        mvi     a,RIGHT
        rc
        mvi     a,LEFT
        ret
.fire:
        lda     frame           ; press and release
        rlc
        rlc
        ani     FIRE
        ret
.flee:
        mvi     a,LEFT
        rc
        mvi     a,RIGHT
        ret
