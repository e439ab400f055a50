; Vectors, power-on, and the course of a game.

reset:
        lxi     sp,STACK
        jmp     power_on

        org     ROM+08h         ; RST 1: the beam is half way
mid_screen:
        push    psw
        mvi     a,1
        jmp     left_is_free

        org     ROM+10h         ; RST 2: the picture is complete
vertical_blank:
        push    psw
        push    h
        mvi     a,1
        sta     right_free
        lhld    clock
        inx     h
        shld    clock
        call    watch_coin      ; every frame, so that no coin is missed
        pop     h
        pop     psw
        ei
        ret

left_is_free:
        sta     left_free
        pop     psw
        ei
        ret

; The watchdog resets the CPU but not the RAM, so power-on clears it.
power_on:
        lxi     h,RAM
.clear_ram:
        mvi     m,0
        inx     h
        mov     a,h
        cpi     high VIDEO
        jnz     .clear_ram
        mvi     a,1
        sta     random
        mvi     a,COIN
        sta     coin_seen
        ei

; The title, until somebody pays and starts; then turns, until nobody has lives left.
title:
        call    show_title      ; returns the number of players in A
        call    new_game
new_turn:
        call    lay_out
        call    announce
        call    place_mower
play:
        call    next_frame
        call    check_tilt
        jnz     tilted
        lda     wreck_timer
        ora     a
        jnz     wrecked
        call    move_mower
        call    move_shot
        call    move_wisps
        call    spawn_wisp
        call    grow_weeds
        call    keep_beat
        lxi     h,air           ; the wave is over when hill and air are empty
        lda     stock
        ora     m
        jnz     play
        call    new_wave
        jmp     new_turn

wrecked:
        call    burn_wreck      ; Z when nothing is left of it
        jnz     play
        call    recall_wisps
        lxi     h,lives
        dcr     m
        jnz     .next_player
        lxi     h,game_over_text
        call    show_a_while
.next_player:
        lda     players
        dcr     a
        cnz     swap_turns      ; and back again if the other has no lives left
        lda     lives
        ora     a
        jnz     new_turn
        lda     players
        dcr     a
        cnz     swap_turns
        lda     lives
        ora     a
        jnz     new_turn
        jmp     title

tilted:
        lxi     h,tilt_text
        call    show_a_while
        jmp     title

; Begin a game.  In: A = players.
new_game:
        sta     players
        lhld    clock           ; when somebody presses start is chance enough
        mov     a,l
        ori     1
        mov     l,a
        shld    random
        call    fresh_turn
        call    swap_turns
        call    fresh_turn
        mvi     a,1
        sta     player
        sta     playing
        ret

; A turn as it is at the beginning of a game.
fresh_turn:
        lxi     h,turn
        mvi     b,turn_end-turn
        call    zero
        in      SWITCHES
        ani     SHIPS
        adi     3
        sta     lives
        ; fall into new_wave

; The next wave: more of them each time, up to a point.
new_wave:
        lxi     h,wave
        mov     a,m
        cpi     99
        jnc     .most_waves
        inr     m
.most_waves:
        mov     a,m
        cpi     6
        jc      .few
        mvi     a,6
.few:   add     a
        add     a
        adi     10              ; 14, 18 ... 34
        sta     stock
        ret

; Exchange the turn with the other player's.
swap_turns:
        lda     player
        xri     3
        sta     player
        lxi     h,turn
        lxi     d,other_turn
        mvi     b,turn_end-turn
.swap:  mov     c,m
        ldax    d
        mov     m,a
        mov     a,c
        stax    d
        inx     h
        inx     d
        dcr     b
        jnz     .swap
        ret

; Say for a while whose turn and which wave it is.
announce:
        call    print_turn
        call    pause
        ; fall into print_turn: what is printed again vanishes

print_turn:
        lxi     h,player_text
        call    print
        lda     player
        lxi     h,player_place
        call    print_digit
        lxi     h,wave_text
        call    print
        lda     wave
        call    to_bcd
        lxi     h,wave_place
        jmp     print_two

; Print the message at HL for a while.
show_a_while:
        push    h
        call    print
        call    pause
        pop     h
        jmp     print

; A second and a half.
pause:  mvi     b,90
.frames:
        push    b
        call    next_frame
        pop     b
        dcr     b
        jnz     .frames
        ret

; Wait for the next frame.  Sprites are redrawn where the beam has just been, so none is ever seen
; half drawn: those on the right between two pictures, those on the left half way down the next.
next_frame:
        lxi     h,right_free
        call    wait
        out     WATCHDOG        ; here and in no interrupt: if the game hangs, the board resets
        lxi     h,frame
        inr     m
        call    sound_frame
        lda     credits
        lxi     h,credits_shown
        cmp     m
        cnz     show_credits
        call    refresh_right
        lxi     h,left_free
        call    wait
        jmp     refresh_left

; Sleep until the flag at HL is raised, and lower it.
wait:   di                      ; else the interrupt could slip in between test and HLT
        mov     a,m
        ora     a
        jnz     .raised
        ei                      ; works behind the next instruction
        hlt
        jmp     wait
.raised:
        mvi     m,0
        ei
        ret

; Was the board shaken?  Out: NZ if so.
check_tilt:
        in      SWITCHES
        ani     TILT
        ret

; Clear B bytes from HL.
zero:   mvi     m,0
        inx     h
        dcr     b
        jnz     zero
        ret
