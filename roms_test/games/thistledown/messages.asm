; Messages: column and row of the first cell (row 0 is at the bottom), characters, 0.  Where several
; follow each other, 0 instead of a cell ends them.

frame_text:
        dw      VIDEO+2*CELL+31
        db      "1UP",0
        dw      VIDEO+12*CELL+31
        db      "BEST",0
        dw      VIDEO+23*CELL+31
        db      "2UP",0
        dw      VIDEO+18*CELL+0
        db      "CREDIT",0
        dw      0

name_text:
        dw      VIDEO+3*CELL+25
        db      "THISTLEDOWN",0
title_text:
        dw      VIDEO+3*CELL+22
        db      "THE HILL IS IN SEED...",0
        dw      VIDEO+8*CELL+19
        db      "-  10 POINTS",0
        dw      VIDEO+8*CELL+17
        db      "-  20 POINTS",0
        dw      VIDEO+8*CELL+15
        db      "-  30 POINTS",0
        dw      VIDEO+8*CELL+13
        db      "-  WHO KNOWS",0
        dw      0
extra_text:
        dw      VIDEO+5*CELL+8
        db      "EXTRA MOWER AT",0
extra_place     equ VIDEO+20*CELL+8
price_text:
        dw      VIDEO+5*CELL+6
        db      "1 PLAYER   1 COIN",0
        dw      VIDEO+5*CELL+4
        db      "2 PLAYERS  2 COINS",0
        dw      0

insert_coin_text:
        dw      VIDEO+9*CELL+10
        db      "INSERT COIN",0
press_start_text:
        dw      VIDEO+9*CELL+10
        db      "PRESS START",0

player_text:
        dw      VIDEO+10*CELL+18
        db      "PLAYER",0
player_place    equ VIDEO+17*CELL+18
wave_text:
        dw      VIDEO+10*CELL+16
        db      "WAVE",0
wave_place      equ VIDEO+16*CELL+16
still_text:
        dw      VIDEO+7*CELL+13
        db      "A STILL MORNING",0
breeze_text:
        dw      VIDEO+8*CELL+13
        db      "LIGHT BREEZES",0
heat_text:
        dw      VIDEO+7*CELL+13
        db      "HOT AND PRICKLY",0
gale_text:
        dw      VIDEO+10*CELL+13
        db      "GALES",0
tidy_text:
        dw      VIDEO+4*CELL+14
        db      "A TIDY GARDEN BLOOMS",0
overgrown_text:
        dw      VIDEO+9*CELL+16
        db      "OVERGROWN!",0
game_over_text:
        dw      VIDEO+9*CELL+14
        db      "GAME  OVER",0
tilt_text:
        dw      VIDEO+12*CELL+14
        db      "TILT",0

gardeners_text:
        dw      VIDEO+5*CELL+24
        db      "GARDENERS",0
choose_text:
        dw      VIDEO+3*CELL+22
        db      "A GARDEN TO BE PROUD OF!",0
        dw      VIDEO+4*CELL+20
        db      "YOUR NAME ON THE GATE",0
        dw      VIDEO+NAME_CELL*CELL+NAME_ROW-1
        db      "-- -- --",0
        dw      VIDEO+6*CELL+8
        db      "LEFT RIGHT  CHOOSE",0
        dw      VIDEO+6*CELL+6
        db      "FIRE        TAKE",0
        dw      0
advice_text:
        dw      VIDEO+5*CELL+8
        db      "SHOOT WHAT DRIFTS",0
        dw      VIDEO+5*CELL+6
        db      "MOW WHAT GROWS",0
        dw      VIDEO+5*CELL+4
        db      "DO NOT MISS: X2 X3 X4",0
        dw      0
