; Variables.

        org     RAM

; The interrupts raise these flags, the main program waits for them and lowers them.
right_free:     ds 1            ; the beam has left the bottom: the right part may be redrawn
left_free:      ds 1            ; the beam is half way: the left part may be redrawn

clock:          ds 2            ; pictures since power-on
frame:          ds 1            ; frames that the main program has made
random:         ds 2            ; the shift register that random numbers come from, never 0
credits:        ds 1            ; BCD
credits_shown:  ds 1            ; what the screen says
coin_seen:      ds 1            ; the coin switch as it was in the last frame
best:           ds 3            ; high score, as score

playing:        ds 1            ; 0 while the title is shown
players:        ds 1            ; 1 or 2
player:         ds 1            ; whose turn it is, 1 or 2
prompt:         ds 2            ; the message that blinks on the title, 0 while it is dark

; All that belongs to the player whose turn it is; the other's is kept behind it meanwhile.
turn:
score:          ds 3            ; BCD, lowest digits first
lives:          ds 1            ; mowers, with the one in use
extra_given:    ds 1            ; the bonus life was had
wave:           ds 1            ; from 1
stock:          ds 1            ; wisps of this wave that are still on the hill
weeds:          ds CELLS        ; how high the thistle in each cell stands, 0 to BLOOM
turn_end:
other_turn:     ds turn_end-turn

wreck_timer:    ds 1            ; frames until the wreck is cleared away, 0 while the mower is whole
mow_timer:      ds 1            ; frames until the thistle in front loses a piece
fire_held:      ds 1            ; the fire button as it was in the last frame
spawn_timer:    ds 1            ; frames until the next wisp may leave the hill
air:            ds 1            ; wisps in the air
haste:          ds 1            ; added to their speed
beat_timer:     ds 1            ; frames until the next beat
beat:           ds 1            ; which of the four tones comes next
sounds:         ds 16           ; frames that each bit of the two sound ports stays on

; Sprites: records of 16 bytes, in a page of their own so that the low byte tells field and record.
; What is wanted and what is on the screen differ until the beam is out of the way.
WISPS           equ 10
        org     2100h
sprites:
mower:          ds 16
shot:           ds 16
wisps:          ds 16*WISPS
sprites_end:

X               equ 0           ; left edge
Y               equ 1           ; lower edge
SHAPE           equ 2           ; address of a picture (2 bytes), 0 for none
SHOWN           equ 4           ; X, Y, SHAPE of what is on the screen
STATE           equ 8           ; the rest is for wisps; see wisps.asm
PHASE           equ 9
KIND            equ 10          ; 2 bytes
FRACTION        equ 12
TIMER           equ 13
SPRITE          equ 16
SPRITES         equ (sprites_end-sprites)/SPRITE
