; The board as a program sees it.

ROM             equ 0000h
RAM             equ 2000h
STACK           equ 2400h       ; the stack grows down from where the picture begins

; The picture is a bit a pixel.  The monitor stands on its side: 32 bytes are a column of 256
; pixels from bottom to top (bit 0 lowest), and 224 columns follow each other from left to right.
; The beam runs along the columns, so it is "half way" in the middle from left to right.
VIDEO           equ 2400h
VIDEO_END       equ 4000h
COLUMN          equ 32
CELL            equ 8*COLUMN    ; a cell of text is 8 columns wide, a page of memory ...
CELLS           equ 28          ; ... 28 fit beside each other, and 32 above each other

; Inputs.
PINS            equ 0           ; port 0: in an upright cabinet player 1's controls once more;
                                ; in a table its pins are open, and read as 1
BUTTONS         equ 1           ; port 1: coin, start buttons, player 1
COIN            equ 00000001b   ; 0 while a coin falls past
START2          equ 00000010b
START1          equ 00000100b
FIRE            equ 00010000b   ; the same bits for player 1 in port 1 ...
LEFT            equ 00100000b
RIGHT           equ 01000000b
SWITCHES        equ 2           ; ... and for player 2 in port 2: besides, DIP switches
SHIPS           equ 00000011b   ; lives, less 3
TILT            equ 00000100b
BONUS           equ 00001000b   ; extra life at 1000, not 1500
COIN_INFO       equ 10000000b   ; the title does not tell the price
SHIFT_RESULT    equ 3

; Outputs.  The shift register holds two bytes: a byte written comes in above, the upper byte moves
; down, the lower one drops out.  The result is the upper byte and as many bits of the lower one as
; SHIFT_AMOUNT says: what was written, moved up, with what was pushed out of the byte before.
SHIFT_AMOUNT    equ 2
SOUND_1         equ 3
SHIFT_DATA      equ 4
SOUND_2         equ 5
FLIP            equ 00100000b   ; in SOUND_2: a table's picture stands on its head
WATCHDOG        equ 6           ; resets the board unless written to a few times a second
