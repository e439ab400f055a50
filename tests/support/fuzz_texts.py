"""Fuzzed texts and programs: sources, TOML, ELF files and input scripts made wrong in every way."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from elf_image import image as elf_image

from emucore.assembler import AsmError, assemble
from emucore.base import elf, toml
from emucore.base.errors import UserError
from emucore.body.events import read_script
from emucore.cpus import isa
from emucore.disassembler import listing
from machines.host.profile import settings
from machines.media.softlist import read_list
from roms_test.harness import manifest

if TYPE_CHECKING:
    from fuzzing import Bench

T = TypeVar("T")

SOURCE = """\
start:  mvi a, 12h
.loop:  dcr a
        jnz .loop
size    equ end - start
twice   macro x
        db x, x & 255
        endm
        twice size
        rept 3, i
        db i * 2
        endr
        if size > 2
        dw start
        else
        ds 4, 1
        endif
        include "other.asm"
        assert size < 1000, "long"
end:    ret
"""

MANIFEST = """\
[[test]]
name = "one"
machine = "invaders"
set = { lives = "5" }
frames = 60
[test.expect]
clock = 1996
registers = { a = 0x12 }
memory = { "0x2400" = "00 ff" }
"""

SOFTWARE = """\
format = 1
machine = "invaders"
[[software]]
title = "One"
sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
board = { mapper = 4, ram = 8192, battery = true, chips = ["a", "b"] }
region = "pal"
[[software]]
title = "Two"
crc32 = "01234567"
size = 40976
quirks = ["late-irq"]
"""

SETTINGS = """\
[video]
filter = "scanlines"
scale = 3
[actions]
pause = ["p", "pad1 back"]
[machines.invaders.controls]
button1 = ["left ctrl"]
"""

SCRIPT = """\
0 press coin      # a comment
4 release coin
10 tap start1 8
20 switch lives=5
"""
INPUTS = """\
0 press p2.start
1 move paddle 37
2 turn spinner -40
3 aim gun 3 4
4 aim gun off   # beside it
5 type "Asd#\\r"
"""

#: What is put into the midst of a text.
STRANGE = ["\0", "\x1b[2J", "\r", "\u2028", "\ud800", "(" * 500, "[" * 500, "-" * 300, "9" * 5000]
STRANGE += ["a." * 400, '"', "'''", "\\", "{" * 90, "1e999", "nan", "0x" + "f" * 3000, "=", "equ"]
STRANGE += ["\n rept 99999999\n", "\n ds 0ffffh, 1\n", "\nx equ x*x+3\n", "\n endm\n", "equ"]


def bend_text(rng: random.Random, text: str) -> bytes:
    """*text* with lines doubled, dropped and changed; most often no longer what it was."""
    lines = text.splitlines()
    for _ in range(rng.choice([0, 1, 1, 2, 5])):
        at = rng.randrange(len(lines))
        way = rng.random()
        line = lines[at]
        cut = rng.randrange(len(line) + 1)
        if way < 0.1:
            del lines[at]
        elif way < 0.2:
            lines[at:at] = [line] * rng.choice([1, 3, 500])
        elif way < 0.3:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif way < 0.4:
            lines[at] = line[:cut]
        else:
            lines[at] = line[:cut] + rng.choice(STRANGE) + line[cut:]
        lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _written(bench: Bench, rng: random.Random, name: str, text: str) -> Path:
    path = bench.folder / name
    path.write_bytes(bend_text(rng, text))
    return path


def _tried(do: Callable[[], T]) -> tuple[T | None, Exception | None]:
    """What *do* gives, or what it complains of."""
    try:
        return do(), None
    except (AsmError, UserError) as error:
        return None, error


def fuzz_source(bench: Bench, rng: random.Random) -> str:
    """Assemble it; the complaint is of lines that a terminal can take."""
    (bench.folder / "other.asm").write_text(" nop\n")
    path = _written(bench, rng, "source.asm", SOURCE)
    program, error = _tried(lambda: assemble(isa("8080"), path))
    if program is None:
        assert isinstance(error, AsmError)
        assert 0 < len(error.reports) <= 20
        assert error.details().replace("\n", "").replace("\t", "").isprintable()
        return "refused"
    assert len(program.listing()) < 1 << 20
    return "taken"


def fuzz_toml(bench: Bench, rng: random.Random) -> str:
    """A manifest, and settings, which tell what is wrong and go on."""
    kept = settings.load(_written(bench, rng, "settings.toml", SETTINGS))
    assert len(kept.problems) < 600
    path = _written(bench, rng, "list.toml", SOFTWARE)
    rows, error = _tried(lambda: read_list(path))
    if rows is None:
        assert str(error).startswith(f"{path}: ")
        assert str(error).isprintable()
    path = _written(bench, rng, "tests.toml", MANIFEST)
    tests, error = _tried(lambda: manifest.load(path))
    if tests is None:
        assert str(error).startswith(f"{path}: ")
        return "refused"
    assert tests
    assert toml.read_toml(path, 1 << 20)
    return "taken"


def fuzz_elf(bench: Bench, rng: random.Random) -> str:
    """An executable, disassembled as far as it is one."""
    from fuzzing import bend_bytes

    good = elf_image(rng.choice([32, 64]), rng.choice("<>"))
    path = bench.folder / "program.elf"
    path.write_bytes(bend_bytes(rng, good) if rng.random() < 0.97 else good)
    found, error = _tried(lambda: elf.load(path, 1 << 20))
    if found is None:
        assert str(error).startswith(f"{path}: ")
        return "refused"
    for segment in found.segments:
        assert b"".join(line.data for line in listing(isa("rv32"), segment.data)) == segment.data
    return "taken"


def fuzz_script(bench: Bench, rng: random.Random) -> str:
    """What is pressed."""
    machine = rng.choice([m for m in bench.machines if "coin" in m.board.inputs])
    data = bend_text(rng, INPUTS if "gun" in machine.board.inputs else SCRIPT)
    script, error = _tried(lambda: read_script(machine, data, "moves.txt"))
    if script is None:
        assert str(error).startswith("moves.txt:")
        return "refused"
    frame = script.next(0)
    assert frame is None or frame >= 0
    return "taken"


TEXTS = {
    "sources": fuzz_source,
    "tomls": fuzz_toml,
    "elfs": fuzz_elf,
    "scripts": fuzz_script,
}
