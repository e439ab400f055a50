"""Programs for the flat machine, on every CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import machines
from machines.boards.flat.machine import Flat

# Reads a line and prints each character's successor; the Return key ends it, with status 3.
ECHO = {
    "8080": """
next:   in 0
        ora a
        jz next
        cpi 13
        jz end
        inr a
        out 0
        jmp next
end:    mvi a, 3
        out 1
        jmp next
""",
    "z80": """
next:   in a, (0)
        or a
        jr z, next
        cp 13
        jr z, end
        inc a
        out (0), a
        jr next
end:    ld a, 3
        out (1), a
        jr next
""",
    "6502": """
next:   lda $ff00
        beq next
        cmp #13
        beq end
        clc
        adc #1
        sta $ff00
        jmp next
end:    lda #3
        sta $ff04
        jmp next
""",
    "rv32": """
next:   lbu a0, -256(zero)
        beqz a0, next
        addi a1, a0, -13
        beqz a1, end
        addi a0, a0, 1
        sb a0, -256(zero)
        j next
end:    addi a0, zero, 3
        sb a0, -252(zero)
        j next
""",
}


def flat(*args: object, **options: object) -> Flat:
    machine = machines.load("flat", *args, **options)  # type: ignore[arg-type]
    assert isinstance(machine, Flat)
    return machine


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], Path]:
    """A file with a source in it."""

    def write(text: str, name: str = "program.asm") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
