; Pictures.  A line is a column, its top (bit 7) first; the columns go from left to right.
; Sprites have a header for `paint`, tiles always 8 columns.

; The player's mower.
mower_shape:    picture 13
                db 10000000b
                db 01100010b
                db 00011111b
                db 00001111b
                db 00001110b
                db 00111100b
                db 11111110b
                db 00111100b
                db 00001110b
                db 00001111b
                db 00001111b
                db 00001110b
                db 00000100b

; Hit: it flies to pieces, in two pictures.
wreck_1:        picture 13
                db 01001001b
                db 00100010b
                db 00000111b
                db 10001101b
                db 00110111b
                db 00011110b
                db 01001101b
                db 00011111b
                db 00100111b
                db 10001010b
                db 00000011b
                db 01010101b
                db 00000000b

wreck_2:        picture 13
                db 00100100b
                db 10000001b
                db 00010011b
                db 00000100b
                db 01000011b
                db 10001010b
                db 00010001b
                db 00000111b
                db 01100101b
                db 00001010b
                db 00000001b
                db 10010011b
                db 00100100b

shot_shape:     picture 1
                db 00111110b

; A wisp that was shot.
burst_1:        picture 8
                db 00100010b
                db 10010100b
                db 01011001b
                db 00100110b
                db 01000100b
                db 10111010b
                db 00101001b
                db 01000100b

burst_2:        picture 8
                db 10010001b
                db 00000100b
                db 01000000b
                db 00011001b
                db 10000000b
                db 00000010b
                db 01100000b
                db 10001001b

; Thistledown: its umbrella opens.
down_1:         picture 9
                db 10010000b
                db 01010000b
                db 00111000b
                db 11111100b
                db 00111111b
                db 11111100b
                db 00111000b
                db 01010000b
                db 10010000b

; And closes.
down_2:         picture 9
                db 01000000b
                db 00101000b
                db 00010000b
                db 11111000b
                db 00111111b
                db 11111000b
                db 00010000b
                db 00101000b
                db 01000000b

; Burr: turns an eighth.
burr_1:         picture 8
                db 01011010b
                db 00111100b
                db 00111100b
                db 11100111b
                db 11100111b
                db 00111100b
                db 00111100b
                db 01011010b

burr_2:         picture 8
                db 01000010b
                db 10111101b
                db 01111110b
                db 01100110b
                db 01100110b
                db 01111110b
                db 10111101b
                db 01000010b

; Winged key: spins.
key_1:          picture 9
                db 11000000b
                db 11100000b
                db 01110000b
                db 01110000b
                db 00111000b
                db 00111100b
                db 00011110b
                db 00011110b
                db 00001100b

key_2:          picture 9
                db 00001100b
                db 00011110b
                db 00011110b
                db 00111100b
                db 00111000b
                db 01110000b
                db 01110000b
                db 11100000b
                db 11000000b

; Spine: twirls.
spine_1:        picture 3
                db 00100000b
                db 11010111b
                db 00001000b

spine_2:        picture 3
                db 00001000b
                db 11010111b
                db 00100000b

; Hornet: beats its wings.
hornet_1:       picture 14
                db 11000000b
                db 11100000b
                db 01100000b
                db 01110000b
                db 00110000b
                db 01011110b
                db 00111011b
                db 00111011b
                db 01011110b
                db 00110000b
                db 01110000b
                db 01100000b
                db 11100000b
                db 11000000b

hornet_2:       picture 14
                db 00001100b
                db 00011100b
                db 00011000b
                db 00111000b
                db 00110000b
                db 10111110b
                db 01111011b
                db 01111011b
                db 10111110b
                db 00110000b
                db 00111000b
                db 00011000b
                db 00011100b
                db 00001100b

; Hit.
hornet_burst_1: picture 14
                db 00001000b
                db 00100010b
                db 10000100b
                db 01011001b
                db 00001010b
                db 00110100b
                db 10101000b
                db 00010101b
                db 00111000b
                db 01000110b
                db 10001000b
                db 00010010b
                db 01000001b
                db 00001000b

hornet_burst_2: picture 14
                db 10001000b
                db 00100010b
                db 00000000b
                db 01000101b
                db 00010000b
                db 10000000b
                db 00001010b
                db 00100000b
                db 00000000b
                db 01000101b
                db 00010000b
                db 10000100b
                db 00100001b
                db 01001010b

; The garden's tiles.
no_tile:        db 00000000b
                db 00000000b
                db 00000000b
                db 00000000b
                db 00000000b
                db 00000000b
                db 00000000b
                db 00000000b

sprout:         db 00000000b
                db 00001000b
                db 00000100b
                db 00000011b
                db 00001110b
                db 00000001b
                db 00000110b
                db 00000000b

stalk:          db 01000000b
                db 00100100b
                db 00010010b
                db 11111111b
                db 00100100b
                db 01101000b
                db 01000000b
                db 10000000b

bud:            db 00000000b
                db 00001100b
                db 00011110b
                db 00011111b
                db 00011110b
                db 00001100b
                db 00000000b
                db 00000000b

bloom:          db 10101000b
                db 01011100b
                db 10111110b
                db 01111111b
                db 10111110b
                db 01011100b
                db 10101000b
                db 00000000b

flower:         db 00000000b
                db 00100100b
                db 01110010b
                db 01011111b
                db 01110010b
                db 00100100b
                db 00001000b
                db 00000000b
