; The letters: 5 columns each, bit 7 at the top, from the blank on.  Characters that the game does
; not print are blank.

GLYPH           equ 5

font:
        db  00h,  00h,  00h,  00h,  00h    ; blank
        db  00h,  00h, 0FAh,  00h,  00h    ; !
        db  00h,  00h,  00h,  00h,  00h
        db  00h,  00h,  00h,  00h,  00h
        db  00h,  00h,  00h,  00h,  00h
        db  00h,  00h,  00h,  00h,  00h
        db  00h,  00h,  00h,  00h,  00h
        db  00h,  20h, 0C0h,  00h,  00h    ; '
        db  00h,  00h,  00h,  00h,  00h
        db  00h,  00h,  00h,  00h,  00h
        db  54h,  38h,  7Ch,  38h,  54h    ; *
        db  00h,  00h,  00h,  00h,  00h
        db  00h,  02h,  0Ch,  08h,  00h    ; ,
        db  00h,  10h,  10h,  10h,  00h    ; -
        db  00h,  06h,  06h,  00h,  00h    ; .
        db  02h,  0Ch,  10h,  60h,  80h    ; /
        db  7Ch,  86h, 0BAh, 0C2h,  7Ch    ; 0
        db  00h,  42h, 0FEh,  02h,  00h    ; 1
        db  46h,  8Ah,  92h,  92h,  62h    ; 2
        db  84h,  82h,  92h, 0B2h, 0CCh    ; 3
        db  18h,  28h,  48h, 0FEh,  08h    ; 4
        db 0E4h, 0A2h, 0A2h, 0A2h,  9Ch    ; 5
        db  3Ch,  52h,  92h,  92h,  0Ch    ; 6
        db  80h,  8Eh,  90h, 0A0h, 0C0h    ; 7
        db  6Ch,  92h,  92h,  92h,  6Ch    ; 8
        db  60h,  92h,  92h,  94h,  78h    ; 9
        db  00h,  00h,  6Ch,  6Ch,  00h    ; :
        db  00h,  00h,  00h,  00h,  00h
        db  10h,  38h,  7Ch, 0BAh,  38h    ; <
        db  28h,  28h,  28h,  28h,  28h    ; =
        db  00h,  00h,  00h,  00h,  00h
        db  40h,  80h,  9Ah,  90h,  60h    ; ?
        db  00h,  00h,  00h,  00h,  00h
        db  3Eh,  48h,  88h,  48h,  3Eh    ; A
        db 0FEh,  92h,  92h,  92h,  6Ch    ; B
        db  7Ch,  82h,  82h,  82h,  44h    ; C
        db 0FEh,  82h,  82h,  82h,  7Ch    ; D
        db 0FEh,  92h,  92h,  92h,  82h    ; E
        db 0FEh,  90h,  90h,  90h,  80h    ; F
        db  7Ch,  82h,  82h,  92h,  5Eh    ; G
        db 0FEh,  10h,  10h,  10h, 0FEh    ; H
        db  00h,  82h, 0FEh,  82h,  00h    ; I
        db  04h,  02h,  02h,  02h, 0FCh    ; J
        db 0FEh,  10h,  28h,  44h,  82h    ; K
        db 0FEh,  02h,  02h,  02h,  02h    ; L
        db 0FEh,  40h,  30h,  40h, 0FEh    ; M
        db 0FEh,  60h,  10h,  0Ch, 0FEh    ; N
        db  7Ch,  82h,  82h,  82h,  7Ch    ; O
        db 0FEh,  90h,  90h,  90h,  60h    ; P
        db  7Ch,  82h,  8Ah,  84h,  7Ah    ; Q
        db 0FEh,  90h,  98h,  94h,  62h    ; R
        db  64h,  92h,  92h,  92h,  4Ch    ; S
        db  80h,  80h, 0FEh,  80h,  80h    ; T
        db 0FCh,  02h,  02h,  02h, 0FCh    ; U
        db 0F0h,  0Ch,  02h,  0Ch, 0F0h    ; V
        db 0FEh,  04h,  18h,  04h, 0FEh    ; W
        db 0C6h,  28h,  10h,  28h, 0C6h    ; X
        db 0C0h,  20h,  1Eh,  20h, 0C0h    ; Y
        db  86h,  8Ah,  92h, 0A2h, 0C2h    ; Z
