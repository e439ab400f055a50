; THISTLEDOWN - a game for the Midway 8080 black-and-white board ("invaders").
;
; The thistles up on the hill are in seed.  What drifts down takes root in your garden, grows,
; hems your mower in, blooms, and seeds itself again.  Shoot it in the air or mow it on the ground;
; do not let it land on you.
;
; ROM 0000-1FFF.  Everything that is drawn over the garden is drawn by exclusive or, so that
; drawing it once more takes it away again, whatever else has passed over it meanwhile.
;
; Above each routine stands what it is for, what it takes (In), what it gives (Out) and which of
; BC, DE and HL it clobbers.  A and the flags are clobbered wherever they are not an Out or kept
; by name.

        include "board.asm"         ; ports and addresses of the hardware
        include "ram.asm"           ; the variables
        include "macros.asm"        ; what the processor has no instruction for

        org     ROM
        include "system.asm"        ; vectors, power-on, the frame
        include "game.asm"          ; the course of a game: turns, what may happen in a frame
        include "attract.asm"       ; what is shown until somebody plays
        include "coins.asm"         ; coins and start buttons
        include "waves.asm"         ; what makes a wave different from the one before
        include "sprites.asm"       ; what all that moves has in common
        include "player.asm"        ; the mower and its shot
        include "robot.asm"         ; who steers it in the demonstration
        include "wisps.asm"         ; what comes down
        include "spines.asm"        ; what they shed
        include "hornet.asm"        ; what flies past
        include "weeds.asm"         ; what comes up
        include "score.asm"         ; points and lives
        include "gardeners.asm"     ; the best scores and whose they are
        include "panel.asm"         ; the lines around the picture
        include "video.asm"         ; sprites, tiles, clearing
        include "text.asm"          ; letters and numbers
        include "messages.asm"      ; every message
        include "sound.asm"
        include "random.asm"
        include "shapes.asm"        ; pictures
        include "font.asm"

        assert  $ <= RAM, "the ROM sockets are full"

        end     reset
