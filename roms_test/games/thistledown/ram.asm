; Variables.

        org     RAM

; The interrupts raise these flags, the main program waits for them and lowers them.
half_done:      ds 1            ; the beam is half way
picture_done:   ds 1            ; the beam has drawn all, and will begin again

; Which part the beam draws first; see video.asm.
near_part:      ds 1            ; 0FFh: the left one.  00: the right one, as the picture is flipped
split:          ds 1            ; the X that parts them
flipped:        ds 1            ; FLIP for player 2 at a table, else 0

clock:          ds 2            ; pictures since power-on
frame:          ds 1            ; frames that the main program has made
random:         ds 2            ; the shift register that random numbers come from, never 0
credits:        ds 1            ; BCD
credits_shown:  ds 1            ; what the screen says
score_stale:    ds 1            ; 1 if the screen does not show the score yet
best_stale:     ds 1            ; or the best one
coin_seen:      ds 1            ; the coin switch as it was in the last picture
best:           ds 3            ; high score, as score

playing:        ds 1            ; 0 while pages of text are shown
demo:           ds 1            ; 1 while the robot plays: no score, no sound
players:        ds 1            ; 1 or 2
player:         ds 1            ; whose turn it is, 1 or 2
prompt:         ds 2            ; the message that blinks, 0 while it is dark
page_time:      ds 2            ; frames until the next page

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

; What the wave is like; see waves.asm.
weather:        ds 2            ; address of its entry
level:          ds 1            ; waves before this one, up to LEVEL_MAX
wind:           ds 1            ; pixels that the wind takes a wisp with it
lull:           ds 1            ; frames since the last wisp was gone

wreck_timer:    ds 1            ; frames until the wreck is cleared away, 0 while the mower is whole
mow_timer:      ds 1            ; frames until the thistle in front loses a piece
fire_held:      ds 1            ; the fire button as it was in the last frame
chain:          ds 1            ; hits without a miss, up to CHAIN_MAX
shots:          ds 1            ; shots fired, which the hornet's points depend on
spawn_timer:    ds 1            ; frames until the next wisp may leave the hill
air:            ds 1            ; wisps in the air
haste:          ds 1            ; added to their speed
spine_timer:    ds 1            ; frames until the next spine is shed
hornet_timer:   ds 2            ; frames until the next hornet comes
hornet_step:    ds 1            ; pixels a frame, to the right or (negative) to the left
tag_timer:      ds 1            ; frames until the hornet's points vanish, 0 if none are shown
tag_points:     ds 2            ; which those are, BCD
tag_cell:       ds 2            ; and where
beat_timer:     ds 1            ; frames until the next beat
beat:           ds 1            ; which of the four tones comes next
sounds:         ds 16           ; frames that each bit of the two sound ports stays on

; A player enters a name; see gardeners.asm.
new_entry:      ds 1            ; the place of the entry, from 1; 0 if none is new
letter_at:      ds 2            ; address of the letter that is chosen
letter_cell:    ds 2            ; where it stands
letter:         ds 1            ; its number in the alphabet
letters_left:   ds 1
repeat_timer:   ds 1            ; frames until a held button steps again

                assert $ <= 2100h, "the first page is full"

; Sprites: records of 16 bytes, in a page of their own so that the low byte tells field and record.
; What is wanted and what is on the screen differ until the beam is out of the way.
WISPS           equ 10
SPINES          equ 3
        org     2100h
sprites:
mower:          ds 16
shot:           ds 16
wisps:          ds 16*WISPS
spines:         ds 16*SPINES
hornet:         ds 16
sprites_end:

X               equ 0           ; left edge
Y               equ 1           ; lower edge
SHAPE           equ 2           ; address of a picture (2 bytes), 0 for none
SHOWN           equ 4           ; X, Y, SHAPE of what is on the screen
STATE           equ 8           ; FREE, FLYING or BURST; the rest is for wisps, see wisps.asm
PHASE           equ 9
KIND            equ 10          ; 2 bytes
FRACTION        equ 12
TIMER           equ 13
SPRITE          equ 16
SPRITES         equ (sprites_end-sprites)/SPRITE

FREE            equ 0           ; none in this record
FLYING          equ 1
BURST           equ 2           ; shot: falls apart for TIMER frames

; The best scores, from the first on: score as above, then three letters.
GARDENERS       equ 5
ENTRY           equ 6
NAME            equ 3
        org     2200h
gardeners:      ds GARDENERS*ENTRY
gardeners_end:
