; THISTLEDOWN - a game for the Midway 8080 black-and-white board ("invaders").
;
; The thistles up on the hill are in seed.  What drifts down takes root in your garden, grows,
; hems your mower in, blooms, and seeds itself again.  Shoot it in the air or mow it on the ground;
; do not let it land on you.
;
; ROM 0000-1FFF.  Everything that is drawn over the garden is drawn by exclusive or, so that
; drawing it once more takes it away again, whatever else has passed over it meanwhile.

        include "board.asm"         ; ports and addresses of the hardware
        include "ram.asm"           ; the variables

        org     ROM
        include "main.asm"          ; vectors, power-on, the course of a game
        include "video.asm"         ; sprites, tiles, clearing
        include "text.asm"          ; letters, numbers and every message
        include "attract.asm"       ; the title, coins and start buttons
        include "player.asm"        ; the mower and its shot
        include "wisps.asm"         ; what comes down
        include "weeds.asm"         ; what comes up
        include "score.asm"         ; points, lives, the lines around the picture
        include "sound.asm"
        include "random.asm"
        include "shapes.asm"        ; pictures
        include "font.asm"

        end     reset
