; Count the primes below SIZE: the sieve of Eratosthenes, a byte a number.

        org     0100h
start:
round:
        ld      hl,flags
        ld      de,flags+1
        ld      bc,SIZE-1
        ld      (hl),1
        ldir
        ld      ix,0            ; IX = primes
        ld      de,2            ; DE = number
        ld      bc,flags_end
.number:
        ld      hl,flags
        add     hl,de
        bit     0,(hl)
        jr      z,.struck
        inc     ix
        jr      .next
.strike:
        add     hl,bc
        ld      (hl),0
.next:  add     hl,de
        or      a
        sbc     hl,bc
        jr      c,.strike
.struck:
        inc     de
        ld      hl,SIZE-1
        sbc     hl,de
        jr      nc,.number
        ld      (result),ix
        ld      hl,(rounds)
        inc     hl
        ld      (rounds),hl
        jp      round

result: dw      0,0
rounds: dw      0
flags:  ds      SIZE
flags_end:
