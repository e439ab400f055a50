; The title: wisps drift over it until somebody has paid and presses start.

; Out: A = number of players.
show_title:
        xra     a
        sta     playing
        lxi     h,0
        shld    prompt
        call    lay_out
        lxi     h,name_text
        call    print_large
        lxi     h,title_text
        call    print_all
        lxi     h,title_pictures
        mvi     b,3
.picture:
        push    b
        push    h
        call    paint
        pop     h
        lxi     d,SHOWN         ; X, Y, SHAPE: as long as in a sprite
        dad     d
        pop     b
        dcr     b
        jnz     .picture
.title_frame:
        call    next_frame
        lxi     h,99*256+3      ; never run out of wisps; pace and number of the third wave
        shld    wave
        call    move_wisps
        call    spawn_wisp
        call    blink_prompt
        call    paid_start
        jz      .title_frame
        ret

title_pictures:
        db      5*8,18*8
        dw      down_1
        db      5*8,16*8
        dw      key_1
        db      5*8,14*8
        dw      burr_1

; Every half second the message on what to do next comes or goes.
blink_prompt:
        lda     frame
        ani     31
        rnz
        lhld    prompt
        mov     a,h
        ora     a
        jz      .prompt_on
        call    print           ; what is printed again vanishes
        lxi     h,0
        shld    prompt
        ret
.prompt_on:
        lxi     h,insert_coin_text
        lda     credits
        ora     a
        jz      .prompt_chosen
        lxi     h,press_start_text
.prompt_chosen:
        shld    prompt
        jmp     print

; Is a start button pressed, and paid for?  Out: NZ and A = players, or Z.
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
.wants: lxi     h,credits
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

; A coin opens the switch, bit 0, while it falls past: it counts once it is through.
; Called in the interrupt: changes A and HL only.
watch_coin:
        in      BUTTONS
        ani     COIN
        lxi     h,coin_seen
        cmp     m
        rz
        mov     m,a
        ora     a
        rz
        lda     credits
        adi     1
        daa
        rc                      ; 99 is enough
        sta     credits
        ret
