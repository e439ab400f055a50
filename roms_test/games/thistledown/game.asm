; The course of a game: turns, until nobody has mowers left.

LULL_TIME       equ 45          ; frames of peace that end a wave
WRECK_TIME      equ 80

; A game begins, from wherever it was started.
;   In:  A = players
game:
        lxi     sp,STACK        ; the attract mode calls this from its depths
        call    new_game

; A turn or a wave begins.
turn_begins:
        call    read_weather
        call    lay_out
        call    announce
        call    place_mower
.frame:
        call    next_frame
        in      SWITCHES
        ani     TILT
        jnz     tilted
        call    play_frame
        lda     wreck_timer
        cpi     1
        jz      wrecked
        lda     lull
        cpi     LULL_TIME
        jc      .frame
        call    tidy
        call    new_wave
        jmp     turn_begins

; The mower is lost, and with the last one the game.  Turns change.
wrecked:
        xra     a
        sta     wreck_timer
        sta     chain
        call    recall_wisps
        lxi     h,lives
        dcr     m
        cz      game_over
        lda     players
        dcr     a
        cnz     swap_turns      ; and back again if the other has no lives left
        lda     lives
        ora     a
        jnz     turn_begins
        lda     players
        dcr     a
        cnz     swap_turns
        lda     lives
        ora     a
        jnz     turn_begins
        ; fall into all_over

; Nobody has any left.
all_over:
        lda     player
        dcr     a
        cnz     swap_turns      ; the first player's score is shown where it belongs
        jmp     attract

; The cabinet was shaken: that ends the game.
tilted:
        lxi     h,tilt_text
        call    print
        mvi     b,90
        call    pause
        jmp     all_over

; A player has no mowers left: says so, and enters the score among the best if it belongs there.
;   Clobbers: BC, DE, HL
game_over:
        call    show_lives
        lxi     h,game_over_text
        call    print
        lda     players
        dcr     a
        cnz     print_player
        mvi     b,120
        call    pause
        jmp     enter_gardener

; All that happens in a frame of play, by the player's hand or the robot's.
;   Clobbers: BC, DE, HL
play_frame:
        lda     wreck_timer
        ora     a
        jnz     burn_wreck
        call    move_mower
        call    move_shot
        call    move_wisps
        call    spawn_wisp
        call    shed_spine
        call    move_spines
        call    move_hornet
        call    age_tag
        call    grow_weeds
        call    keep_beat
        ; fall into watch_lull

; Count the frames in which hill and air are empty.
;   Clobbers: HL
watch_lull:
        lxi     h,air
        lda     stock
        ora     m
        lxi     h,lull
        jnz     .busy
        inr     m
        ret
.busy:
        mvi     m,0
        ret

; Begin a game with new turns for both.
;   In:  A = players
;   Clobbers: BC, DE, HL
new_game:
        sta     players
        lhld    clock           ; when somebody presses start is chance enough
        mov     a,l
        ori     1
        mov     l,a
        shld    random
        xra     a
        sta     demo
        sta     chain
        inr     a
        sta     playing
        sta     player
        call    fresh_turn
        call    swap_turns
        call    fresh_turn
        jmp     swap_turns

; A turn as it is at the beginning of a game.
;   Clobbers: B, HL
fresh_turn:
        lxi     h,turn
        mvi     b,turn_end-turn
        call    zero
        in      SWITCHES
        ani     SHIPS
        adi     3
        sta     lives
        jmp     new_wave

; Exchange the turn with the other player's.
;   Clobbers: BC, DE, HL
swap_turns:
        lda     player
        xri     3
        sta     player
        lxi     h,turn
        lxi     d,other_turn
        mvi     b,turn_end-turn
.swap:
        mov     c,m
        ldax    d
        mov     m,a
        mov     a,c
        stax    d
        inx     h
        inx     d
        dcr     b
        jnz     .swap
        ; fall into set_view

; At a table player 2 sits on the other side.  Turn the picture for whoever plays.
;   Clobbers: HL
set_view:
        lda     player
        cpi     2
        jnz     .upright
        in      PINS            ; left and right at once is nothing that a hand can do
        cma
        ani     LEFT+RIGHT
        jnz     .upright
        mvi     a,FLIP
        lxi     h,SPLIT_FLIPPED*256
        jmp     .set
.upright:
        xra     a
        lxi     h,SPLIT*256+0FFh
.set:
        sta     flipped
        shld    near_part       ; and split
        ret

; Say for a while whose turn it is, which wave, and what it is like.
;   Clobbers: BC, DE, HL
announce:
        call    .print
        mvi     b,90
        call    pause
.print:                         ; what is printed again vanishes
        call    print_player
        lxi     h,wave_text
        call    print
        lda     wave
        call    to_bcd
        lxi     h,wave_place
        call    print_two
        lhld    weather
        jmp     print_from

; Print whose turn it is.
;   Clobbers: DE, HL
print_player:
        lxi     h,player_text
        call    print
        lda     player
        lxi     h,player_place
        jmp     print_digit
