; Wisps: what comes down from the hill.  They sway and sink; those that reach the ground take root.

; STATE of a wisp.
FREE            equ 0           ; none in this record
FLYING          equ 1
BURST           equ 2           ; shot: falls apart for TIMER frames

; Besides, a record has PHASE (frames of its own, for sway and picture), KIND (address of one of
; the kinds below), FRACTION (of Y, in 1/256), TIMER (while it is FLYING: frames to rise first).

FADE_TIME       equ 12
SPAWN_TIME      equ 30          ; frames from one wisp to the next
HILL            equ 214         ; Y of a new wisp: below the edge of the hill
RIGHT_EDGE      equ 8*CELLS-10

; Kinds: speed (1/256 of a pixel a frame), points, sway, two pictures.
down:           db 72,10h
                dw sway_slow,down_1,down_2
key:            db 96,20h
                dw sway_wide,key_1,key_2
burr:           db 128,30h
                dw sway_none,burr_1,burr_2

; Sway: pixels sideways in each of 32 phases; the sum of a row is 0.
sway_slow:      db 0,0,0,1,0,0,1,0,1,0,1,0,0,1,0,0
                db 0,0,0,-1,0,0,-1,0,-1,0,-1,0,0,-1,0,0
sway_wide:      db 0,0,1,1,1,2,2,2,2,2,2,1,1,1,0,0
                db 0,0,-1,-1,-1,-2,-2,-2,-2,-2,-2,-1,-1,-1,0,0
sway_none:      db 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0
                db 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0

; Move all of them, and count those in the air.
move_wisps:
        call    set_haste
        xra     a
        sta     air
        lxi     h,wisps
        mvi     b,WISPS
.wisp_each:
        push    b
        push    h
        call    move_wisp
        pop     h
        pop     b
        lxi     d,SPRITE
        dad     d
        dcr     b
        jnz     .wisp_each
        ret

; Haste grows with the waves, and when few wisps are left: 6 a wave, 4 for each fewer than 16.
set_haste:
        lda     wave
        cpi     12
        jc      .early
        mvi     a,12
.early: mov     b,a
        add     a
        add     b
        add     a
        mov     c,a
        lda     stock
        mov     b,a
        lda     air
        add     b
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
        ret

; Move one.  In: HL = record.
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
        lda     frame           ; half of them move in this frame, the others in the next
        rlc
        rlc
        rlc
        rlc
        xra     l
        ani     SPRITE
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
        mov     a,b
        add     m
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
        dcr     m               ; a bloom has thrown it up
        inr     c
        inr     c
        jmp     .moved
.sink:  dcr     l
        mov     a,m
        sub     e
        jnc     .sink_again
        dcr     c
.sink_again:
                                ; twice, as it moves in every second frame
        sub     e
        jnc     .sunk
        dcr     c
.sunk:  mov     m,a
.moved: pop     d               ; DE = picture
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
        jz      try_ground      ; over the title nothing can be hit
        ; fall into try_shot

; Is it shot?  In: HL in its record, B = X, C = Y; so are the tests that follow.
try_shot:
        lda     shot+SHAPE+1
        ora     a
        jz      try_mower
        lda     shot+X
        sub     b
        inr     a               ; a pixel beside it will do
        cpi     11
        jnc     try_mower
        lda     shot+Y
        sub     c
        adi     8
        cpi     17
        jnc     try_mower
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
        lxi     b,burst_shape
        mov     m,c
        inr     l
        mov     m,b
        call    remove_shot
        mvi     a,FADE_TIME
        sta     HIT_SOUND
        inx     d
        ldax    d
        jmp     add_points

; Is it on the mower?
try_mower:
        mov     a,c
        cpi     GARDEN+7
        jnc     try_ground
        lda     mower+X
        sub     b
        adi     MOWER_WIDTH-2   ; -11 to 6: two pixels less than pictures that touch
        cpi     18
        jc      crash
        ; fall into try_ground

; Is it on the ground?
try_ground:
        mov     a,c
        cpi     GARDEN+1
        rnc
        call    remove_wisp
        lda     playing
        ora     a
        rz
        mov     a,b
        adi     4               ; its middle
        rrc
        rrc
        rrc
        ani     1Fh
        mov     e,a
        jmp     raise_weed

; One that was shot fades away.  In: HL = STATE.
fade:   mov     a,l
        adi     TIMER-STATE
        mov     l,a
        dcr     m
        rnz
        ; fall into remove_wisp

; Forget a wisp.  In: HL in its record.  Keeps B, C.
remove_wisp:
        call    record_state
        mvi     m,FREE
        call    record_shape
        mvi     m,0
        inr     l
        mvi     m,0
        ret

; From anywhere in a record to its beginning, its STATE, its SHAPE.  In, out: HL.
record: mov     a,l
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
spawn_wisp:
        lxi     h,spawn_timer
        mov     a,m
        ora     a
        jz      .spawn_now
        dcr     m
        ret
.spawn_now:
        lda     stock
        ora     a
        rz
        lda     wave            ; as many in the air as the wave's number and 3
        adi     3
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
        sta     spawn_timer
        call    next_random
        ani     127
        mov     b,a
        call    next_random
        ani     63
        add     b
        adi     8
        mov     b,a             ; B = X: 8 to 198, seldom at the edges
        mvi     c,HILL
        call    next_random
        ani     15
        mov     d,a
        lda     wave
        add     d               ; later waves have more of the quick ones
        lxi     d,down
        cpi     10
        jc      .chosen
        lxi     d,key
        cpi     15
        jc      .chosen
        lxi     d,burr
.chosen:
        pop     h
        xra     a
        ; fall into launch

; Begin a wisp.  In: HL = its STATE, B = X, C = Y, DE = KIND, A = frames to rise first.
launch: push    psw
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

; A record for a new wisp.  Out: NZ and HL = STATE of a free one, or Z.
free_wisp:
        lxi     h,wisps+STATE
        lxi     d,SPRITE
        mvi     b,WISPS
.try_record:
        mov     a,m
        ora     a
        jz      .is_free
        dad     d
        dcr     b
        jnz     .try_record
        ret
.is_free:
        inr     a               ; NZ
        ret

; After a crash those in the air are back on the hill.
recall_wisps:
        lda     air
        lxi     h,stock
        add     m
        mov     m,a
        ret
