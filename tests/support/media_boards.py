"""Boards with slots: a drive whose disk is read and written, a tape that is timed, a toy console
that is made from its cartridge."""

from __future__ import annotations

from emucore.assembler import assemble
from emucore.base.medium import Medium
from emucore.board import Board
from emucore.board.slot import Reader, content, put
from emucore.cpus.i8080 import i8080
from emucore.device import NEVER, Device, array, due, integer, out
from emucore.machine import Machine

SECTOR, SECTORS = 32, 64
TAPE_MOST = 4096
FRAME = 2000


class Drive(Reader):
    """A disk of sectors: its number goes to port 0, bytes follow each other in port 1, port 2 tells
    1 for a disk, 2 for a protected one, and four times how often it was changed."""

    unit: int = integer(SECTOR, fixed=True)
    content = content(SECTOR * SECTORS)
    written = array("u1", SECTORS)
    at: int = integer()
    ready: int = out()
    due: int = due()

    def seek(self, offset: int, value: int, time: int) -> None:
        self.at = value % SECTORS * SECTOR
        self.ready = NEVER
        self.due = time + 40 + value

    def event(self, time: int) -> None:
        self.ready = time

    def read(self, offset: int, time: int) -> int:
        value = 0xE5
        if self.at < self.length:
            value = self.content[self.at]
        self.at = (self.at + 1) % (SECTOR * SECTORS)
        return value

    def write(self, offset: int, value: int, time: int) -> None:
        if self.at < self.length and self.protected == 0:
            put(self, self.at, value)
        self.at = (self.at + 1) % (SECTOR * SECTORS)

    def status(self, offset: int, time: int) -> int:
        self.ready = NEVER
        there = 1 if self.length > 0 else 0
        return (there | self.protected << 1 | self.changes << 2) & 0xFF

    def valid(self, time: int) -> bool:
        return 0 <= self.at < SECTOR * SECTORS


class Deck(Reader):
    """A tape that runs by itself: a bit every 50 ticks, seen in port 4; it only plays."""

    content = content(TAPE_MOST)
    began: int = integer()

    def play(self, offset: int, value: int, time: int) -> None:
        self.began = time

    def bit(self, offset: int, time: int) -> int:
        at = (time - self.began) // 50
        if at >> 3 >= self.length:
            return 0x80
        return self.content[at >> 3] >> (at & 7) & 1

    def valid(self, time: int) -> bool:
        return 0 <= self.began <= time


#: Reads a sector and writes its sum into the one behind it, from one to the next; counts interrupts
#: of the drive and bits of the tape; begins anew where a disk was changed.
PROGRAM = """
        org 0
        jmp start
        org 38h
        push psw
        lda irqs
        inr a
        sta irqs
        in 2
        pop psw
        ei
        ret
irqs    equ 8000h
sums    equ 8010h
start:  lxi sp, 9000h
        out 4
        ei
fresh:  in 2
        mov d, a
        mvi c, 0
next:   mov a, c
        out 0
        lxi h, 0
        mvi b, 32
sum:    in 1
        mov e, a
        push d
        mvi d, 0
        dad d
        pop d
        in 4
        add l
        mov l, a
        dcr b
        jnz sum
        mov a, c
        adi 7
        ani 3fh
        out 0
        mov a, h
        out 1
        mov a, l
        out 1
        lda sums
        add l
        sta sums
        inr c
        in 2
        cmp d
        jnz fresh
        jmp next
"""


class Glass(Device):
    """A picture of nothing."""

    pixels = array("u1", 8, 8, output=True)


def board() -> Board:
    """An 8080 with 32 KiB of ROM and RAM, a drive and a deck."""
    made = Board("media", "A drive and a deck", clock_hz=1_000_000, frame_ticks=FRAME)
    cpu = made.cpu("cpu", i8080)
    drive, deck = made.device("drive", Drive()), made.device("deck", Deck())
    lamp = made.device("bus", Bus())
    cpu.mem.rom(0x0000, 0x7FFF, made.rom("rom", 0x8000))
    cpu.mem.ram(0x8000, 0xFFFF, made.ram("ram", 0x8000))
    cpu.io.device(0, 0, drive, write="seek")
    cpu.io.device(1, 1, drive, read="read", write="write")
    cpu.io.device(2, 2, drive, read="status")
    cpu.io.device(4, 4, deck, read="bit", write="play")
    cpu.inta.device(0, 0xFFFF, lamp, read="restart")
    made.wire(drive, "ready", cpu, "int")
    made.screen(made.device("glass", Glass()), "pixels", ((0, 0, 0), (255, 255, 255)))
    made.slot("disk", drive, "disk", title="Drive")
    made.slot("tape", deck, "tape", title="Deck")
    return made


class Bus(Device):
    """What is on the bus when an interrupt is acknowledged: RST 7."""

    count: int = integer()

    def restart(self, offset: int, time: int) -> int:
        self.count += 1
        return 0xFF


def machine(engine: str = "interp") -> Machine:
    """A machine of :func:`board` with its program."""
    made = Machine(board(), {"rom": assemble(i8080, PROGRAM).image()})
    made.use(engine).wait()
    return made


def disk(seed: int, sectors: int = SECTORS) -> Medium:
    """A disk full of numbers."""
    return Medium(_numbers(seed, sectors * SECTOR), f"disk{seed}", "disk")


def tape(seed: int, size: int = 900) -> Medium:
    """A tape full of bits."""
    return Medium(_numbers(seed, size), f"tape{seed}", "tape")


def _numbers(seed: int, size: int) -> bytes:
    import random

    return random.Random(seed).randbytes(size)
