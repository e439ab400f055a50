; What makes a wave different from the one before.
;
; Each is a level above the last, up to LEVEL_MAX: wisps sink faster and fall further before they
; open, more are in the air at once, and more spines with them.  Besides, the weather changes from
; wave to wave, and is the same again every fourth.

LEVEL_MAX       equ 12
LEVEL_HASTE     equ 8           ; 1/256 pixel a frame
MOST_WAVES      equ 99
TIDY_POINTS     equ 05h         ; BCD

; An entry of the weather.
FORECAST        equ 0           ; address of a message (2 bytes)
SPAWN_TIME      equ 2           ; frames from one wisp to the next
CROWD           equ 3           ; wisps in the air at once, on the first level
BURRS           equ 4           ; of 16 wisps, those from this number on are burrs ...
KEYS            equ 5           ; ... and of the others those from this number on are keys
WINDY           equ 6           ; 1 if the wind blows
WEATHER         equ 7

weathers:
        dw      still_text
        db      30,4,15,10,0
        dw      breeze_text
        db      26,5,14,4,0
        dw      heat_text
        db      20,5,7,16,0
        dw      gale_text
        db      22,6,14,8,1

; The wave after this one.
;   Clobbers: B, HL
new_wave:
        lda     wave
        cpi     MOST_WAVES
        jnc     set_wave
        inr     a
        ; fall into set_wave

; Begin a wave: more wisps each time, up to a point.
;   In:  A = its number
;   Clobbers: B, HL
set_wave:
        sta     wave
        cpi     6
        jc      .few
        mvi     a,6
.few:
        add     a
        add     a
        adi     10              ; 14, 18 ... 34
        sta     stock
        ; fall into read_weather

; Find out what the wave of this turn is like.
;   Clobbers: B, HL
read_weather:
        lda     wave
        dcr     a
        mov     b,a
        cpi     LEVEL_MAX
        jc      .level
        mvi     a,LEVEL_MAX
.level:
        sta     level
        mov     a,b
        ani     3               ; of four entries
        mov     b,a
        add     a
        add     a
        add     a
        sub     b               ; times WEATHER
        assert  WEATHER == 7
        adi     low weathers
        mov     l,a
        mvi     a,high weathers
        aci     0
        mov     h,a
        shld    weather
        ret

; A byte of the weather.
;   In:  A = which
;   Out: A, HL = its address
look_up:
        lhld    weather
        add     l
        mov     l,a
        mov     a,m
        rnc
        inr     h
        mov     a,m
        ret

; How fast do wisps sink, and where does the wind take them?  Haste grows with the level, and when
; few wisps are left: 4 for each fewer than 16.  The wind turns every two seconds.
;   Clobbers: BC, HL
set_pace:
        lda     level
        add     a
        add     a
        add     a
        assert  LEVEL_HASTE == 8
        mov     c,a
        lxi     h,air
        lda     stock
        add     m
        mov     b,a
        mvi     a,16
        sub     b
        jnc     .few_left
        xra     a
.few_left:
        add     a
        add     a
        add     c
        sta     haste
        mvi     a,WINDY
        call    look_up
        ora     a
        jz      .wind
        lda     frame
        rlc
        mvi     a,1
        jnc     .wind
        mvi     a,-1 & 0FFh
.wind:
        sta     wind
        ret

; A wave is over.  Every cell of the garden that is bare gets a flower and the player TIDY_POINTS.
;   Clobbers: BC, DE, HL
tidy:
        call    clear_air
        lxi     h,tidy_text
        call    print
        mvi     e,0
.cell:
        mvi     d,0
        lxi     h,weeds
        dad     d
        mov     a,m
        ora     a
        jnz     .next
        push    d
        call    garden_cell
        lda     mower+X         ; nothing blooms under the mower
        mov     b,a
        mov     a,e
        add     a
        add     a
        add     a
        sub     b
        adi     7
        cpi     MOWER_WIDTH+7
        lxi     d,flower
        cnc     paint_tile
        mvi     a,2
        sta     TIDY_SOUND
        lxi     d,TIDY_POINTS
        call    add_points
        mvi     b,3
        call    pause
        pop     d
.next:
        inr     e
        mov     a,e
        cpi     CELLS
        jnz     .cell
        mvi     b,50
        jmp     pause
