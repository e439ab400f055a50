; Vectors, power-on, and the frame that all else is made of.

reset:
        lxi     sp,STACK
        jmp     power_on

; RST 1: the beam is half way.  Each interrupt lowers the other's flag: a program that comes too late
; for one waits until it comes again, and never takes one for the other.
        org     ROM+08h
mid_screen:
        push    psw
        push    h
        lxi     h,0*256+1       ; of half_done and picture_done
        jmp     half_is_done

; RST 2: the picture is complete.
        org     ROM+10h
vertical_blank:
        push    psw
        push    h
        lxi     h,1*256+0
        shld    half_done
        lhld    clock
        inx     h
        shld    clock
        call    watch_coin      ; every picture, so that no coin is missed
        pop     h
        pop     psw
        ei
        ret

half_is_done:
        shld    half_done
        pop     h
        pop     psw
        ei
        ret

; Power-on and reset.  The watchdog resets the CPU but not the RAM, so it is cleared here.
power_on:
        lxi     h,RAM
.clear_ram:
        mvi     m,0
        inx     h
        mov     a,h
        cpi     high VIDEO
        jnz     .clear_ram
        inr     a               ; anything but 0
        sta     random
        mvi     a,COIN
        sta     coin_seen
        mvi     a,1
        sta     player
        call    first_gardeners
        call    set_view
        ei
        jmp     attract

; Show what has moved, and wait for the next frame.  Sprites are redrawn where the beam has just
; been, so none is ever seen half drawn: those in the near part when it is half way, those in the
; far part between two pictures.  What the game then does may take until this is called again.
;   Clobbers: BC, DE, HL
next_frame:
        lxi     h,half_done
        call    wait
        call    refresh_near
        call    refresh_panel
        lxi     h,picture_done
        call    wait
        out     WATCHDOG        ; here and in no interrupt: if the game hangs, the board resets
        lxi     h,frame
        inr     m
        call    sound_frame
        jmp     refresh_far

; Let frames pass.
;   In:  B = how many
;   Clobbers: BC, DE, HL
pause:
        push    b
        call    next_frame
        pop     b
        dcr     b
        jnz     pause
        ret

; Sleep until a flag is raised, and lower it.
;   In:  HL = address of the flag
wait:
        di                      ; else the interrupt could slip in between test and HLT
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

; Clear memory.
;   In:  HL = first byte, B = how many (0: 256)
;   Clobbers: B, HL
zero:
        mvi     m,0
        inx     h
        dcr     b
        jnz     zero
        ret
