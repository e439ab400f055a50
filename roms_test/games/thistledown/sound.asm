; Sound: each bit of the two ports keys a circuit.  A sound is started by giving its bit a number
; of frames; several can run at once.

; Entries of `sounds`: bits of port 3 ...
HORNET_SOUND    equ sounds+0
SHOT_SOUND      equ sounds+1
WRECK_SOUND     equ sounds+2
HIT_SOUND       equ sounds+3
EXTRA_SOUND     equ sounds+4
AMPLIFIER       equ sounds+5
; ... and of port 5.  Its four tones are, together, as many higher ones.
BEAT_SOUNDS     equ sounds+8
FALL_SOUND      equ sounds+12
; Sounds that share a circuit.
TAKE_SOUND      equ SHOT_SOUND
MOW_SOUND       equ FALL_SOUND
TIDY_SOUND      equ BEAT_SOUNDS+0
STEP_SOUND      equ BEAT_SOUNDS+1
LAND_SOUND      equ BEAT_SOUNDS+2
SPINE_SOUND     equ BEAT_SOUNDS+3
THROW_SOUND     equ HIT_SOUND

; Frames that they last.
COIN_TIME       equ 8
TAKE_TIME       equ 6
STEP_TIME       equ 2
LAND_TIME       equ 3
SPINE_TIME      equ 4
THROW_TIME      equ 3
EXTRA_TIME      equ 60
BEAT_TIME       equ 5
BEAT_PAUSE      equ 8           ; frames from beat to beat, besides one for each wisp

; Once a frame: write the bits whose time is not over.
;   Clobbers: BC, HL
sound_frame:
        lda     demo            ; the attract mode is silent, but for coins
        cma
        lxi     h,playing
        ana     m
        ani     1
        lxi     h,AMPLIFIER
        add     m
        mov     m,a
        lxi     h,sounds
        call    sound_port
        out     SOUND_1
        call    sound_port
        lxi     h,flipped
        ora     m
        out     SOUND_2
        ret

; Make the next eight timers bits, the first in bit 0, and each a frame shorter.
;   In:  HL = the first timer
;   Out: A, HL = the timer behind
;   Clobbers: BC
sound_port:
        lxi     b,8*256         ; B = 8, C = 0
.bit:
        mov     a,m
        ora     a               ; CY = 0
        jz      .off
        dcr     m
        stc
.off:
        mov     a,c
        rar
        mov     c,a
        inx     h
        dcr     b
        jnz     .bit
        mov     a,c
        ret

; The beat of a wave: four tones in turn, the faster the fewer wisps are left.
;   Clobbers: BC, DE, HL
keep_beat:
        wait_for beat_timer
        lda     stock
        mov     b,a
        lda     air
        add     b
        adi     BEAT_PAUSE
        mov     m,a
        lxi     h,beat
        mov     a,m
        inr     a
        ani     3
        mov     m,a
        mov     e,a
        mvi     d,0
        lxi     h,BEAT_SOUNDS
        dad     d
        mvi     m,BEAT_TIME
        ret
