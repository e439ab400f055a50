; The attract mode: title, demonstration and best gardeners in turn, until somebody has paid and
; presses start.  Once there is a credit, only the title is shown.

TITLE_TIME      equ 600         ; frames
DEMO_TIME       equ 1200
TABLE_TIME      equ 360
DEMO_WAVE       equ 3
LETTER_TIME     equ 2           ; frames for a letter of the title

; Out: never; `game` takes over.
attract:
        lxi     sp,STACK
        xra     a
        sta     demo
        call    title
        call    demonstration
        call    best_page
        jmp     attract

; The title with the table of points; wisps drift over it.
;   Clobbers: BC, DE, HL
title:
        lxi     h,TITLE_TIME
        call    new_page
        lxi     h,name_text
        call    print_large
        lxi     h,title_pictures
        mvi     b,TITLE_PICTURES
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
        call    extra_info
        in      SWITCHES
        ani     COIN_INFO
        lxi     h,price_text
        cz      print_all
        lxi     h,title_text
.message:
        call    print_slowly
        mov     a,m
        inx     h
        ora     m
        dcx     h
        jnz     .message
.frame:
        call    title_frame
        lda     credits
        ora     a
        jnz     .frame
        call    page_is_over
        jnz     .frame
        ret

; Tell at how many points there is an extra mower.
;   Clobbers: DE, HL
extra_info:
        lxi     h,extra_text
        call    print
        call    extra_limit
        lxi     h,extra_place
        call    print_two
        xra     a
        jmp     print_two

; Print a message letter by letter.
;   In:  HL as for print
;   Out: HL = behind the message
;   Clobbers: BC, DE
print_slowly:
        mov     e,m
        inx     h
        mov     d,m
        inx     h
.next:
        mov     a,m
        inx     h
        ora     a
        rz
        xchg
        call    print_character
        push    d
        push    h
        mvi     b,LETTER_TIME
.frames:
        push    b
        call    title_frame
        pop     b
        dcr     b
        jnz     .frames
        pop     d
        pop     h
        jmp     .next

; A frame of the title.
;   Clobbers: BC, DE, HL
title_frame:
        call    attract_frame
        mvi     a,99            ; never run out of wisps
        sta     stock
        call    move_wisps
        jmp     spawn_wisp

; The robot plays until its mower is lost, the wave is over or its time is up.
;   Clobbers: BC, DE, HL
demonstration:
        mvi     a,1
        sta     demo
        sta     playing
        xra     a
        sta     chain
        sta     prompt+1        ; what blinked is gone with the page before
        lxi     h,weeds
        mvi     b,CELLS
        call    zero
        mvi     a,DEMO_WAVE
        call    set_wave
        lxi     h,DEMO_TIME
        shld    page_time
        call    lay_out
        call    place_mower
        lxi     h,HORNET_SOON
        shld    hornet_timer
        mvi     e,3             ; the garden is not new
.weed:
        push    d
        mvi     a,STALK
        call    set_weed
        pop     d
        mov     a,e
        adi     7
        mov     e,a
        cpi     CELLS
        jc      .weed
.frame:
        call    attract_frame
        call    play_frame
        lda     wreck_timer
        cpi     1
        jz      .over
        lda     lull
        cpi     LULL_TIME
        jnc     .over
        call    paid_or_over
        jnz     .frame
.over:
        xra     a
        sta     demo
        sta     wreck_timer
        ret

; The best gardeners, and what gardening is about.
;   Clobbers: BC, DE, HL
best_page:
        lxi     h,TABLE_TIME
        call    new_page
        call    show_gardeners
        lxi     h,advice_text
        call    print_all
.frame:
        call    attract_frame
        call    paid_or_over
        jnz     .frame
        ret

; Begin a page of text.
;   In:  HL = frames for it
;   Clobbers: BC, DE, HL
new_page:
        shld    page_time
        xra     a
        sta     playing
        lxi     h,0
        shld    prompt
        mvi     a,DEMO_WAVE
        call    set_wave
        jmp     lay_out

; Is there a credit, or the page's time over?
;   Out: Z if so
;   Clobbers: HL
paid_or_over:
        lda     credits
        sui     1
        sbb     a               ; FF if there is none
        rz
        ; fall into page_is_over

; Count a frame of the page's time.
;   Out: Z when it is over
;   Clobbers: HL
page_is_over:
        lhld    page_time
        dcx     h
        shld    page_time
        mov     a,h
        ora     l
        ret

; A frame of any page.  Does not return if somebody starts a game.
;   Clobbers: BC, DE, HL
attract_frame:
        call    next_frame
        call    blink_prompt
        call    paid_start
        jnz     game
        ret

; Every half second the message on what to do next comes or goes.
;   Clobbers: BC, DE, HL
blink_prompt:
        lda     frame
        ani     31
        rnz
        lhld    prompt
        mov     a,h
        ora     a
        jz      .on
        call    print           ; what is printed again vanishes
        lxi     h,0
        shld    prompt
        ret
.on:
        lxi     h,insert_coin_text
        lda     credits
        ora     a
        jz      .chosen
        lxi     h,press_start_text
.chosen:
        shld    prompt
        jmp     print

; Pictures beside the points: X, Y, SHAPE.
title_pictures:
        db      6*8,19*8
        dw      down_1
        db      6*8,17*8
        dw      key_1
        db      6*8,15*8
        dw      burr_1
        db      6*8-2,13*8
        dw      hornet_1
TITLE_PICTURES  equ ($-title_pictures)/SHOWN
