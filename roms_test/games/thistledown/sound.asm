; Sound: each bit of the two ports keys a circuit.  A sound is started by giving its bit a number
; of frames; several can run at once.

; Entries of `sounds`, bits of port 3 and then of port 5.
BEE_SOUND       equ sounds+0
SHOT_SOUND      equ sounds+1
WRECK_SOUND     equ sounds+2
HIT_SOUND       equ sounds+3
EXTRA_SOUND     equ sounds+4
AMPLIFIER       equ sounds+5
BEAT_SOUNDS     equ sounds+8    ; four tones
MOW_SOUND       equ sounds+12

; Once a frame: write the bits whose time is not over.
sound_frame:
        lda     playing         ; the title is silent
        add     a
        sta     AMPLIFIER
        lxi     h,sounds
        call    sound_port
        out     SOUND_1
        call    sound_port
        out     SOUND_2
        ret

; The next eight timers from HL as bits, the first in bit 0, each a frame shorter.  Out: A.
sound_port:
        lxi     b,8*256         ; B = 8, C = 0
.sound_bit:
        mov     a,m
        ora     a               ; CY = 0
        jz      .sound_off
        dcr     m
        stc
.sound_off:
        mov     a,c
        rar
        mov     c,a
        inx     h
        dcr     b
        jnz     .sound_bit
        ret

; The beat of a wave: four tones in turn, the faster the fewer wisps are left.
keep_beat:
        lxi     h,beat_timer
        mov     a,m
        ora     a
        jz      .next_beat
        dcr     m
        ret
.next_beat:
        lda     stock
        mov     b,a
        lda     air
        add     b
        adi     8
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
        mvi     m,5
        ret
