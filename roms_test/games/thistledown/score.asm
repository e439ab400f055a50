; Points, the chain of hits that multiplies them, and the bonus life.

CHAIN_STEP      equ 4           ; so many hits in a row for each further multiple, ...
CHAIN_MAX       equ 3*CHAIN_STEP ; ... up to four times
EXTRA_EARLY     equ 10h         ; hundreds of points for the bonus life, BCD
EXTRA_LATE      equ 15h

; A shot has hit: points, more of them in a chain, which is one longer now.
;   In:  A = points, BCD
;   Clobbers: BC, DE, HL
add_hit:
        mov     c,a
        call    multiple
        mov     b,a
        lxi     d,0
.again:
        mov     a,e
        add     c
        daa
        mov     e,a
        mov     a,d
        aci     0
        daa
        mov     d,a
        dcr     b
        jnz     .again
        call    add_points
        ; fall into lengthen_chain

; One more hit in a row.
;   Clobbers: HL
lengthen_chain:
        lda     chain
        inr     a
        cpi     CHAIN_MAX+1
        rnc
        ; fall into set_chain

; Set the number of hits in a row.
;   In:  A
;   Clobbers: HL
set_chain:
        sta     chain
        jmp     show_chain

; How many times the points does a hit count?
;   Out: A = 1 to 4
multiple:
        lda     chain
        rrc
        rrc
        ani     3
        assert  CHAIN_STEP == 4
        inr     a
        ret

; Add to the score, unless it is the robot that plays.
;   In:  DE = points, BCD
;   Clobbers: BC, DE, HL
add_points:
        lda     demo
        ora     a
        rnz
        lxi     h,score
        mov     a,m
        add     e
        daa
        mov     m,a
        inx     h
        mov     a,m
        adc     d
        daa
        mov     m,a
        inx     h
        mvi     a,0
        adc     m
        daa
        mov     m,a
        mvi     a,1
        sta     score_stale
        call    check_extra
        ; fall into keep_best

; The best score follows a score above it.
;   Clobbers: BC, DE, HL
keep_best:
        lxi     d,score
        lxi     h,best
        call    compare_scores
        rc
        rz
        lhld    score
        shld    best
        lda     score+2
        sta     best+2
        mvi     a,1
        sta     best_stale
        ret

; Compare two scores.
;   In:  DE, HL = their lowest bytes
;   Out: CY if the one at DE is lower, Z if they are equal
;   Clobbers: B, DE, HL
compare_scores:
        inx     d
        inx     d
        inx     h
        inx     h
        mvi     b,3
.byte:
        ldax    d
        cmp     m
        rnz
        dcx     d
        dcx     h
        dcr     b
        jnz     .byte
        ret

; The bonus life, once a game.
;   Clobbers: BC, DE, HL
check_extra:
        lda     extra_given
        ora     a
        rnz
        lda     score+2
        ora     a
        jnz     .extra          ; 10,000 is more than either
        call    extra_limit
        mov     b,a
        lda     score+1
        cmp     b
        rc
.extra:
        mvi     a,1
        sta     extra_given
        mvi     a,EXTRA_TIME
        sta     EXTRA_SOUND
        lxi     h,lives
        inr     m
        jmp     show_lives

; How many points earn the bonus life?
;   Out: A = hundreds, BCD
extra_limit:
        in      SWITCHES
        ani     BONUS
        mvi     a,EXTRA_EARLY
        rnz
        mvi     a,EXTRA_LATE
        ret
