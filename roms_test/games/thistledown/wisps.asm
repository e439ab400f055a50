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
        next_record .each
        ret

; Move one.  Half of them move in a frame, the others in the next.
;   In:  HL = record
;   Clobbers: BC, DE, HL
move_wisp:
        mov     b,m             ; B = X
        inr     l
        mov     c,m             ; C = Y
        field   STATE
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
        field   PHASE
        inr     m
        call    drift
        call    sink
        call    pose_wisp
        lda     playing
        ora     a
        jz      .land           ; over the title nothing can be hit
        mvi     d,WISP_WIDTH+2
        call    try_shot
        jc      shoot_wisp
        mov     a,c             ; is it on the mower?
        cpi     GARDEN+7
        rnc
        lda     mower+X
        sub     b
        adi     MOWER_WIDTH-2   ; -11 to 6: two pixels less than pictures that touch
        cpi     18
        jc      crash
.land:
        mov     a,c             ; is it on the ground?
        cpi     GARDEN+1
        rnc
        call    remove_sprite
        lda     playing
        ora     a
        rz
        mov     a,b
        adi     WISP_WIDTH/2
        eighth
        mov     e,a
        jmp     take_root

; Sway and wind take a wisp aside, but not out of sight.
;   In:  HL in its record, B = X
;   Out: B = the new X
;   Clobbers: DE, L
drift:
        field   PHASE
        mov     a,m
        ani     31
        mov     e,a
        mvi     d,0
        push    h
        mvi     a,SWAY
        call    of_kind
        dad     d
        lda     wind
        add     m
        pop     h
        add     b
        cpi     RIGHT_EDGE      ; below 0 is above it too
        rnc
        mov     b,a
        ret

; A wisp sinks; first of all it may rise, thrown up by a bloom, or dive.
;   In:  HL in its record, C = Y
;   Out: C = the new Y
;   Clobbers: DE, L
sink:
        field   TIMER
        mov     a,m
        ora     a
        jz      .sink
        dcr     m
        jm      .dive
        cpi     DIVE
        jz      .dived
        mov     a,c
        adi     RISE_STEP
        mov     c,a
        ret
.dive:
        mov     a,c
        sui     DIVE_STEP
        mov     c,a
        ret
.dived:
        mvi     m,0
.sink:
        push    h
        mvi     a,SPEED
        call    of_kind         ; L = speed
        lda     haste
        add     l
        jnc     .not_too_fast
        mvi     a,255
.not_too_fast:
        pop     h
        mov     e,a
        field   FRACTION
        mov     a,m
        sub     e
        jnc     .once
        dcr     c
.once:
        sub     e               ; twice, as it moves in every second frame
        jnc     .twice
        dcr     c
.twice:
        mov     m,a
        ret

; Give a wisp its place and the picture of its phase.
;   In:  HL in its record, B = X, C = Y
;   Clobbers: DE, L
pose_wisp:
        field   PHASE
        mov     a,m
        ani     8               ; eight moves a picture
        rrc
        rrc
        adi     PICTURES
        push    h
        call    of_kind
        xchg                    ; DE = picture
        pop     h
        field   X
        mov     m,b
        inr     l
        mov     m,c
        inr     l
        mov     m,e
        inr     l
        mov     m,d
        ret

; A word of a wisp's kind.
;   In:  HL in its record, A = which
;   Out: HL
of_kind:
        push    d
        mov     d,a
        field   KIND
        mov     a,m
        inr     l
        mov     h,m
        add     d
        mov     l,a
        jnc     .same_page
        inr     h
.same_page:
        mov     e,m
        inx     h
        mov     d,m
        xchg
        pop     d
        ret

; One is shot.
;   In:  HL in its record
;   Clobbers: BC, DE, HL
shoot_wisp:
        field   STATE
        mvi     m,BURST
        field   TIMER
        mvi     m,FADE_TIME
        lxi     d,burst_1
        call    set_shape
        mvi     a,SPEED
        call    of_kind
        mov     a,h             ; A = points
        assert  POINTS == SPEED+1
        lxi     h,HIT_SOUND
        mvi     m,FADE_TIME
        call    remove_shot
        jmp     add_hit

; One that was shot fades away.
;   In:  HL in its record
;   Clobbers: DE, L
fade:
        field   TIMER
        dcr     m
        jz      remove_sprite
        mov     a,m
        cpi     FADE_TIME/2
        rnc
        lxi     d,burst_2
        jmp     set_shape

; A wisp leaves the hill, now and then, while there are any.
;   Clobbers: BC, DE, HL
spawn_wisp:
        wait_for spawn_timer
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
        field   X
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
        jmp     free_record

; After a crash those in the air are back on the hill.
;   Clobbers: HL
recall_wisps:
        lda     air
        lxi     h,stock
        add     m
        mov     m,a
        ret
