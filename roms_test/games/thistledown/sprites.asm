; Sprites: what is done with any of their records (ram.asm has the fields).  How they are drawn is
; in video.asm.

; Go from anywhere in a record to one of its fields.
;   In, out: HL
field           macro which
                mov a,l
                ani -SPRITE & 0FFh
                ori which
                mov l,a
                endm

; Go on from a record to the next one, while there are any.
;   In, out: HL = record, B = how many, with this one
;   Clobbers: DE
next_record     macro again
                lxi d,SPRITE
                dad d
                dcr b
                jnz again
                endm

; Give a sprite a picture.
;   In:  HL in its record, DE = picture or 0
;   Clobbers: L
set_shape:
        field   SHAPE
        mov     m,e
        inr     l
        mov     m,d
        ret

; Forget a sprite.  It leaves the screen with the next frame.
;   In:  HL in its record
;   Clobbers: DE, L
remove_sprite:
        field   STATE
        mvi     m,FREE
        lxi     d,0
        jmp     set_shape

; Take everything off the screen but the mower.
;   Clobbers: B, DE, HL
clear_air:
        lxi     h,shot
        mvi     b,SPRITES-1
.each:
        call    remove_sprite
        field   0
        next_record .each
        ret

; A free record among some.
;   In:  HL = STATE of the first, B = how many
;   Out: NZ and HL = STATE of a free one, or Z
;   Clobbers: B, DE
free_record:
        lxi     d,SPRITE
.try:
        mov     a,m
        ora     a
        jz      .free
        dad     d
        dcr     b
        jnz     .try
        ret
.free:
        inr     a               ; NZ
        ret
