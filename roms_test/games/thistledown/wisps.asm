; Wisps: what comes down from the hill.  They sway and sink; those that reach the ground take root.

; Besides X, Y and SHAPE a record has STATE (FREE, FLYING or BURST), PHASE (frames of its own, for
; sway and picture), KIND (address of one of the kinds below), FRACTION (of Y, in 1/256) and TIMER:
; while it is BURST, frames until it is gone; while it is FLYING, 0, or moves to rise first, or
; DIVE and moves to dive first.
DIVE            equ 80h
DIVE_STEP       equ 5           ; pixels a move
RISE_STEP       equ 2

FADE_TIME       equ 12
HILL            equ 214         ; Y of a new wisp: below the edge of the hill
RIGHT_EDGE      equ 8*CELLS-10
WISP_WIDTH      equ 9

; Kinds: speed (1/256 of a pixel a frame), points, sway, two pictures.
SPEED           equ 0
POINTS          equ 1
SWAY            equ 2           ; 2 bytes
PICTURES        equ 4           ; 2 bytes each
down:
        db      88,10h
        dw      sway_slow,down_1,down_2
key:
        db      116,20h
        dw      sway_wide,key_1,key_2
burr:
        db      150,30h
        dw      sway_none,burr_1,burr_2

; Sway: pixels sideways in each of 32 phases; the sum of a row is 0.
sway_slow:
        db      0,0,0,1,0,0,1,0,1,0,1,0,0,1,0,0
        db      0,0,0,-1,0,0,-1,0,-1,0,-1,0,0,-1,0,0
sway_wide:
        db      0,0,1,1,1,2,2,2,2,2,2,1,1,1,0,0
        db      0,0,-1,-1,-1,-2,-2,-2,-2,-2,-2,-1,-1,-1,0,0
sway_none:
        db      0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0
        db      0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0

; Move all of them, and count those in the air.
;   Clobbers: BC, DE, HL
move_wisps:
        call    set_pace
        xra     a
        sta     air
        lxi     h,wisps
        mvi     b,WISPS
.each:
        push    b
        push    h
        call    move_wisp
        pop     h
        pop     b
        lxi     d,SPRITE
        dad     d
        dcr     b
        jnz     .each
        ret

; Move one.  Half of them move in a frame, the others in the next.
;   In:  HL = record
;   Clobbers: BC, DE, HL
move_wisp:
        mov     b,m             ; B = X
        inr     l
        mov     c,m             ; C = Y
        mov     a,l
        adi     STATE-Y
        mov     l,a
        mov     a,m
        ora     a
        rz
        cpi     BURST
        jz      fade
        xchg
        lxi     h,air
        inr     m
        xchg
        lda     frame
        rlc
        rlc
        rlc
        rlc
        xra     l
        ani     SPRITE          ; the lowest bits of frame and record
        rnz
        inr     l
        inr     m
        mov     a,m             ; A = PHASE
        inr     l
        mov     e,m
        inr     l
        mov     d,m             ; DE = KIND
        inr     l
        push    h               ; where FRACTION is
        xchg
        mov     d,a             ; D = phase
        lda     haste
        add     m
        jnc     .not_too_fast
        mvi     a,255
.not_too_fast:
        mov     e,a             ; E = speed
        inx     h
        inx     h
        mov     a,m
        inx     h
        push    h
        mov     h,m
        mov     l,a             ; HL = sway
        mov     a,d
        ani     31
        add     l
        mov     l,a
        jnc     .sway_found
        inr     h
.sway_found:
        lda     wind
        add     m
        add     b
        cpi     RIGHT_EDGE      ; below 0 is above it too
        jnc     .at_edge
        mov     b,a
.at_edge:
        pop     h
        inx     h               ; the first picture
        mov     a,d
        ani     8
        jz      .first_picture
        inx     h
        inx     h
.first_picture:
        mov     a,m
        inx     h
        mov     h,m
        mov     l,a
        xthl                    ; the picture waits on the stack; HL = FRACTION
        inr     l
        mov     a,m             ; TIMER
        ora     a
        jz      .sink
        dcr     m
        jm      .dive
        cpi     DIVE
        jz      .dived
        inr     c               ; a bloom has thrown it up
        inr     c
        assert  RISE_STEP == 2
        jmp     .moved
.dive:
        mov     a,c
        sui     DIVE_STEP
        mov     c,a
        jmp     .moved
.dived:
        mvi     m,0
.sink:
        dcr     l
        mov     a,m
        sub     e
        jnc     .sink_again
        dcr     c
.sink_again:
        sub     e               ; twice, as it moves in every second frame
        jnc     .sunk
        dcr     c
.sunk:
        mov     m,a
.moved:
        pop     d               ; DE = picture
        call    record
        mov     m,b
        inr     l
        mov     m,c
        inr     l
        mov     m,e
        inr     l
        mov     m,d
        lda     playing
        ora     a
        jz      .try_ground     ; over the title nothing can be hit

        mvi     d,WISP_WIDTH+2
        call    try_shot
        jc      shoot_wisp
        mov     a,c             ; is it on the mower?
        cpi     GARDEN+7
        jnc     .try_ground
        lda     mower+X
        sub     b
        adi     MOWER_WIDTH-2   ; -11 to 6: two pixels less than pictures that touch
        cpi     18
        jc      crash
.try_ground:
        mov     a,c
        cpi     GARDEN+1
        rnc
        call    remove_wisp
        lda     playing
        ora     a
        rz
        mvi     a,LAND_TIME
        sta     LAND_SOUND
        mov     a,b
        adi     4               ; its middle
        rrc
        rrc
        rrc
        ani     1Fh
        mov     e,a
        jmp     raise_weed

; One is shot.
;   In:  HL in its record
;   Clobbers: BC, DE, HL
shoot_wisp:
        call    record_state
        mvi     m,BURST
        mov     a,l
        adi     TIMER-STATE
        mov     l,a
        mvi     m,FADE_TIME
        mov     a,l
        adi     KIND-TIMER
        mov     l,a
        mov     e,m
        inr     l
        mov     d,m             ; DE = kind
        call    record_shape
        lxi     b,burst_1
        mov     m,c
        inr     l
        mov     m,b
        call    remove_shot
        mvi     a,FADE_TIME
        sta     HIT_SOUND
        inx     d
        assert  POINTS == 1
        ldax    d
        jmp     add_hit

; One that was shot fades away.
;   In:  HL = STATE
;   Clobbers: BC, HL
fade:
        mov     a,l
        adi     TIMER-STATE
        mov     l,a
        dcr     m
        jz      remove_wisp
        mov     a,m
        cpi     FADE_TIME/2
        rnc
        call    record_shape
        lxi     b,burst_2
        mov     m,c
        inr     l
        mov     m,b
        ret

; Forget a wisp, or whatever has a record like one.
;   In:  HL in its record
;   Clobbers: HL
remove_wisp:
        call    record_state
        mvi     m,FREE
        call    record_shape
        mvi     m,0
        inr     l
        mvi     m,0
        ret

; From anywhere in a record to its beginning, its STATE, its SHAPE.
;   In, out: HL
record:
        mov     a,l
        ani     -SPRITE & 0FFh
        mov     l,a
        ret
record_state:
        call    record
        adi     STATE
        mov     l,a
        ret
record_shape:
        call    record
        adi     SHAPE
        mov     l,a
        ret

; A wisp leaves the hill, now and then, while there are any.
;   Clobbers: BC, DE, HL
spawn_wisp:
        lxi     h,spawn_timer
        mov     a,m
        ora     a
        jz      .now
        dcr     m
        ret
.now:
        lda     stock
        ora     a
        rz
        mvi     a,CROWD         ; the sky takes one more every second level
        call    look_up
        mov     b,a
        lda     level
        ora     a               ; CY = 0
        rar
        add     b
        mov     b,a
        lda     air
        cmp     b
        rnc
        call    free_wisp
        rz
        push    h
        lxi     h,stock
        dcr     m
        mvi     a,SPAWN_TIME
        call    look_up
        sta     spawn_timer
        call    choose_kind
        call    next_random
        ani     127
        mov     b,a
        call    next_random
        ani     63
        add     b
        adi     8
        mov     b,a             ; B = X: 8 to 198, seldom at the edges
        mvi     c,HILL
        lda     level
        adi     DIVE            ; later waves come from lower down
        pop     h
        ; fall into launch

; Begin a wisp.
;   In:  HL = its STATE, B = X, C = Y, DE = KIND, A = TIMER
;   Clobbers: HL
launch:
        push    psw
        mvi     m,FLYING
        inr     l
        mov     m,b             ; PHASE: any will do, if not all the same
        inr     l
        mov     m,e
        inr     l
        mov     m,d
        inr     l
        mvi     m,0             ; FRACTION
        inr     l
        pop     psw
        mov     m,a             ; TIMER
        call    record
        mov     m,b
        inr     l
        mov     m,c             ; its picture comes with its first move
        ret

; What kind is the next wisp?  Later waves have more of the quick ones.
;   Out: DE = kind
;   Clobbers: B, HL
choose_kind:
        call    next_random
        ani     15
        mov     b,a
        lda     level
        ora     a               ; CY = 0
        rar
        add     b
        mov     b,a
        lxi     d,burr
        mvi     a,BURRS
        call    look_up
        dcr     a
        cmp     b
        rc
        lxi     d,key
        mvi     a,KEYS
        call    look_up
        dcr     a
        cmp     b
        rc
        lxi     d,down
        ret

; A record for a new wisp.
;   Out: NZ and HL = STATE of a free one, or Z
;   Clobbers: B, DE, HL
free_wisp:
        lxi     h,wisps+STATE
        mvi     b,WISPS
        ; fall into free_record

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

; After a crash those in the air are back on the hill.
;   Clobbers: HL
recall_wisps:
        lda     air
        lxi     h,stock
        add     m
        mov     m,a
        ret
