"""The corpus of a release: states and recordings as its users have them, and what comes of them.

    python tests/make_corpus.py                 # tests/corpus/VERSION/, which must not be there yet
    python tests/make_corpus.py --lacking       # files of kinds that this version has none of yet
    python tests/make_corpus.py --expect 0.1.0  # expectations anew, of files as they are

Each machine and each CPU has a state that was saved amid a frame, and each machine that people
play a recording.  What is expected are CRC-32s of each field, by the names that it has in the file,
after so many frames, and of the picture; see ``docs/states.md`` for when these may change.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from flat_programs import ECHO

import machines
from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus import isa
from emucore.device import NEVER, Device, due, integer, out
from emucore.history import recording, snapshot
from emucore.machine import Machine

CORPUS = Path(__file__).with_name("corpus")
EXPECTED = "expected.json"
GAME = "thistledown.bin"  # the game's ROM as it was: a later one may be another

#: Frames after which there is something to compare: for the slowest engine, and for all.
FEW, MANY = 4, 60

# For a CP/M box: reads keys and answers each with the next in the alphabet, after some thought.
ANSWER = """
        org 100h
again:  mvi c, 1
        call 5
        inr a
        sta last
        lxi h, 1000
think:  dcx h
        mov a, h
        ora l
        jnz think
        lda last
        mov e, a
        mvi c, 2
        call 5
        jmp again
last:   db 0
"""

# For small boards: counts and stores, and is interrupted now and then.
COUNT = {
    "6502": """
        org 400h
        cli
loop:   inx
        stx 10h
        adc 10h
        pha
        sta 11h,x
        pla
        jmp loop
irq:    inc 12h
        bit 8000h
        rti
        org 0fffch
        dw 400h, irq
""",
    "rv32": """
        .org 0
        addi x1, x0, 1
loop:   addi x2, x2, 7
        mul x3, x2, x1
        sw x3, 0x100(x0)
        add x1, x1, x3
        lw x4, 0x100(x0)
        jal x0, loop
""",
}
START = {"6502": 0x400, "rv32": 0}


class Ticker(Device):
    """Asserts its line every so often; a read takes it back."""

    irq: int = out()
    due: int = due()
    seen: int = integer()

    def event(self, time: int) -> None:
        self.irq = time
        self.due = time + 997

    def read(self, offset: int, time: int) -> int:
        self.irq = NEVER
        self.seen += 1
        return self.seen & 0xFF


def small(cpu: str) -> Machine:
    """A CPU with RAM and a ticker."""
    chip = isa(cpu)
    board = Board(f"corpus-{cpu}", "a board of the corpus", clock_hz=1_000_000, frame_ticks=2_000)
    part = board.cpu("cpu", chip)
    ticker = board.device("ticker", Ticker(due=500))
    if cpu == "6502":
        part.mem.device(0x8000, 0x80FF, ticker, read="read")
        board.wire(ticker, "irq", part, "irq")
    part.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    return Machine(board)


@dataclass(frozen=True)
class Kind:
    """A machine of the corpus: how one is made, to be loaded into, and what is done with it."""

    name: str
    make: Callable[[Path], Machine]
    play: Callable[[Machine, int], None]
    recorded: bool = False


def _invaders(cpu: str) -> Callable[[Path], Machine]:
    return lambda folder: machines.load("invaders", folder / GAME, cpu=cpu)


def _play(machine: Machine, frame: int) -> None:
    for button, first, last in (("coin", 3, 7), ("start1", 12, 16)):
        if frame in (first, last):
            machine.press(button, frame == first)
    if frame > 60:
        machine.press("fire", frame % 8 < 4)
        machine.press(("left", "right")[frame // 20 % 2], frame % 20 < 15)


def _cpm(cpu: str) -> Callable[[Path], Machine]:
    def make(folder: Path) -> Machine:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "answer.com"
            path.write_bytes(assemble(isa("8080"), ANSWER).image(0x100))
            return machines.load("cpm", path, cpu=cpu, folder=str(folder), readonly="yes")

    return make


def _type(machine: Machine, frame: int) -> None:
    if frame % 5 == 1:
        machine.type(b"emu"[frame % 3 :])


def _flat(cpu: str) -> Callable[[Path], Machine]:
    def make(folder: Path) -> Machine:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "echo.asm"
            path.write_text(ECHO[cpu])
            return machines.load("flat", path, cpu=cpu, clock=200_000)

    return make


def _small(cpu: str) -> Callable[[Path], Machine]:
    def make(folder: Path) -> Machine:
        machine = small(cpu)
        for segment in assemble(isa(cpu), COUNT[cpu]).segments:
            machine.load("ram", segment.data, segment.address)
        machine.cpus["cpu"]["pc"] = START[cpu]
        return machine

    return make


def _leave(machine: Machine, frame: int) -> None:
    """Nobody presses anything on these."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("invaders-8080", _invaders("8080"), _play, True),
        Kind("invaders-z80", _invaders("z80"), _play, True),
        Kind("cpm-8080", _cpm("8080"), _type, True),
        Kind("cpm-z80", _cpm("z80"), _type, True),
        *(Kind(f"flat-{cpu}", _flat(cpu), _type, True) for cpu in ECHO),
        Kind("small-6502", _small("6502"), _leave),
        Kind("small-rv32", _small("rv32"), _leave),
    )
}


def make(folder: Path) -> None:
    """Write the files of this version, of all kinds that it has none of."""
    from roms_test import games

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / GAME).exists():
        (folder / GAME).write_bytes(games.rom())
    for kind in KINDS.values():
        if (folder / f"{kind.name}.state").exists():
            continue
        machine = kind.make(folder)
        machine.use("interp")
        for frame in range(150):
            kind.play(machine, frame)
            machine.run_frames(1)
        kind.play(machine, 151)
        machine.run_until(machine.time + machine.board.frame_ticks // 3)
        machine.save_state(folder / f"{kind.name}.state")
        if kind.recorded:
            recorder = recording.Recorder(machine)
            machine.run_frames(1)
            for frame in range(151, 150 + MANY):
                kind.play(machine, frame)
                machine.run_frames(1)
            recorder.save(folder / f"{kind.name}.recording")


def outcome(machine: Machine, header: dict[str, Any]) -> dict[str, str]:
    """CRC-32s of what *machine* holds, by the names in *header*, and of its picture.

    Fields that are gone since are left out.
    """
    names = [name for name, _, _ in header["fields"]]
    found = zip(names, snapshot.fingerprint(machine, header), strict=True)
    values = {name: value for name, value in found if value is not None}
    return {**values, "(picture)": f"{machine.frame_crc32():08x}"}


def outcomes(folder: Path, kind: Kind, engine: str, most: int = MANY) -> Iterator[dict[str, str]]:
    """What comes of the state of *kind* after :data:`FEW` frames and :data:`MANY`, up to *most*."""
    path = folder / f"{kind.name}.state"
    machine = kind.make(folder)
    machine.use(engine)
    machine.load_state(path)
    done = 0
    for frames in (FEW, MANY):
        if frames <= most:
            machine.run_frames(frames - done)
            done = frames
            yield outcome(machine, snapshot.read(path).header)


def expect(folder: Path) -> None:
    """Write what comes of the files in *folder*."""
    found = {kind.name: list(outcomes(folder, kind, "interp")) for kind in KINDS.values()}
    (folder / EXPECTED).write_text(json.dumps(found, indent=0) + "\n")


def main() -> int:
    """Make a release's files, or the expectations of one anew."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--expect", metavar="VERSION", help="only what is expected of its files")
    parser.add_argument("--lacking", action="store_true", help="only files of new kinds")
    arguments = parser.parse_args()
    version = arguments.expect
    folder = CORPUS / (version or metadata.version("emucore"))
    if version is None:
        if folder.exists() and not arguments.lacking:
            print(f"{folder} is there: files of a release stay as they are", file=sys.stderr)
            return 2
        make(folder)
    expect(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
