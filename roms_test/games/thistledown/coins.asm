; Coins and start buttons.

; Count a coin.  It opens the switch, bit 0, while it falls past: it counts once it is through.
; Runs in the interrupt.
;   Clobbers: HL
watch_coin:
        in      BUTTONS
        ani     COIN
        lxi     h,coin_seen
        cmp     m
        rz
        mov     m,a
        ora     a
        rz
        mvi     a,COIN_TIME
        sta     EXTRA_SOUND
        sta     AMPLIFIER
        lda     credits
        adi     1
        daa
        rc                      ; 99 is enough
        sta     credits
        ret

; Is a start button pressed, and paid for?  Takes the price.
;   Out: NZ and A = players, or Z
;   Clobbers: BC, HL
paid_start:
        in      BUTTONS
        mvi     b,1
        mov     c,a
        ani     START1
        jnz     .wants
        mov     a,c
        ani     START2
        rz
        inr     b
.wants:
        lxi     h,credits
        di                      ; a coin now would count in vain
        mov     a,m
        sub     b               ; whether there is enough
        jc      .too_few
        mvi     a,9Ah           ; 100 in BCD, less the price
        sub     b
        add     m
        daa
        mov     m,a
        ei
        mov     a,b
        ora     a
        ret
.too_few:
        ei
        xra     a
        ret
