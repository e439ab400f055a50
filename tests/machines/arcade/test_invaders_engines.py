"""The invaders board on every engine: the same state after every frame, to the bit."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from emucore.assembler import assemble
from emucore.cpus.i8080 import i8080
from emucore.cpus.z80 import z80
from emucore.isa import Isa
from emucore.machine import Machine
from machines.arcade.invaders.board import make_board

#: Everything at once: random bytes to the picture, the shift register and both sound ports, while
#: interrupts come and the raster passes.
PROGRAM = """
        jmp     start
        org     08h
        push    psw
        in      1
        out     5
        pop     psw
        ei
        ret
        org     10h
        push    psw
        in      2
        out     4
        pop     psw
        ei
        ret
start:  lxi     sp,2400h
        lxi     h,1234h
        ei
loop:   dad     h               ; a random word
        jnc     even
        mov     a,l
        xri     21h
        mov     l,a
even:   mov     a,h
        ani     1fh
        adi     20h
        mov     d,a
        mov     e,l
        mov     a,h
        xra     l
        stax    d               ; anywhere in RAM but for the stack
        out     4
        out     2
        in      3
        push    h
        ani     3fh
        cpi     8
        jnc     quiet
        mov     a,l
        ori     20h
        out     3
        out     5
quiet:  out     6
        pop     h
        jmp     loop
"""


@pytest.mark.parametrize("isa", [i8080, z80], ids=["8080", "z80"])
def test_engines_agree_after_every_frame(isa: Isa, tmp_path: Path) -> None:
    source = tmp_path / "all.asm"
    source.write_text(PROGRAM)
    rom = assemble(i8080, source).image(0)
    machines = [Machine(make_board(isa), {"rom": rom}) for _ in range(2)]
    for machine, engine in zip(machines, ("reference", "interp"), strict=True):
        machine.use(engine)
        machine.set_switch("cabinet", "cocktail")
    rng = random.Random(5)
    for _ in range(3):
        name, down = rng.choice(list(machines[0].board.inputs)), rng.random() < 0.5
        for machine in machines:
            machine.press(name, down)
            machine.run_frames(1)
        assert machines[0].state_sha256() == machines[1].state_sha256()
        assert machines[0].frame_crc32() == machines[1].frame_crc32()
        assert (machines[0].frame_sound == machines[1].frame_sound).all()
    assert machines[0].screen.any()
    assert machines[0].frame_sound.any()
