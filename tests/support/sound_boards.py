"""Small boards that sound: see test_sound."""

from __future__ import annotations

from typing import Any

from small_boards import build

from emucore.board import Board, Source
from emucore.cpus import isa
from emucore.device import Device, array, audio, integer
from emucore.machine import Machine

CLOCK = 1_789_773
RATE = 48_000


class Tone(Device):
    """A square wave of level 0 to 15 that turns every *half* cycles of its own, *divider* ticks
    each; 0 is silence.  Late by up to a frame, it makes up for what is past."""

    divider: int = integer(1, fixed=True)
    half: int = integer()
    next: int = integer()
    high: int = integer()
    out: Any = audio(full=15)

    def catch_up(self, time: int) -> None:
        while self.half and self.next < time:
            self.out.step(self.next, -15 if self.high else 15)
            self.high ^= 1
            self.next += self.half

    def set_half(self, offset: int, value: int, time: int) -> None:
        self.catch_up(time)
        if self.half == 0:
            self.next = time
        self.half = value * self.divider

    def valid(self, time: int) -> bool:
        return self.half >= 0 and time - self.next < 1 << 20 and 0 <= self.high <= 1


class Wave(Device):
    """Samples at a rate of its own: a triangle, 64 a period."""

    clock: int = integer(CLOCK, fixed=True)
    rate: int = integer(24_000, fixed=True)
    made: int = integer()
    loud: int = integer()
    last = array("i2", 64)
    pixels = array("u1", 16, 16, output=True)
    out: Any = audio(rate=RATE)

    def catch_up(self, time: int) -> None:
        while True:
            at = -(-self.made * self.clock // self.rate)
            if at >= time:
                break
            phase = self.made & 63
            self.last[phase] = (abs(phase - 32) - 16) * self.loud
            self.out.put(at, self.last[phase])
            self.made += 1

    def set_loud(self, offset: int, value: int, time: int) -> None:
        self.catch_up(time)
        self.loud = value & 15

    def valid(self, time: int) -> bool:
        return abs(self.made * self.clock - time * self.rate) < 1 << 40


PROGRAM = """
again:  inr b
        mov a,b
        ani 3fh
        ori 40h
        out 0
        mov a,b
        rlc
        out 1
        mov a,b
        rrc
        rrc
        out 2
        lxi h,100
wait:   dcx h
        mov a,h
        ora l
        jnz wait
        jmp again
"""


def orchestra(engine: str, *, stereo: bool = True, rate: int = RATE) -> Machine:
    """Two chips of a kind at different clocks, left and right, and one of samples."""
    board = Board("orchestra", "sound by steps", clock_hz=CLOCK, frame_ticks=29_830)
    cpu = board.cpu("cpu", isa("8080"))
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    one, two = board.device("one", Tone(divider=3)), board.device("two", Tone(divider=7))
    wave = board.device("wave", Wave())
    cpu.io.device(0, 0, one, write="set_half")
    cpu.io.device(1, 1, two, write="set_half")
    cpu.io.device(2, 2, wave, write="set_loud")
    board.screen(wave, "pixels", ((0, 0, 0), (255, 255, 255)))
    pan = 1.0 if stereo else 0.0
    board.mixer(
        rate,
        Source(one, "out", 0.3, -pan),
        Source(two, "out", 0.2, pan * 0.5),
        Source(wave, "out", 20.0),
        stereo=stereo,
        low_pass=12_000,
    )
    return build(board, {"ram": ("8080", PROGRAM)}, engine)


def tone(
    engine: str, half: int, *, gain: float = 0.5, pan: float = 0.0, high_pass: float = 10.0
) -> Machine:
    """One square wave that turns every *half* ticks from the beginning; the CPU does nothing."""
    board = Board("tone", "a square wave", clock_hz=CLOCK, frame_ticks=29_830)
    cpu = board.cpu("cpu", isa("8080"))
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    chip = board.device("chip", Tone(half=half))
    board.mixer(RATE, Source(chip, "out", gain, pan), high_pass=high_pass)
    return build(board, {"ram": ("8080", "again: jmp again\n")}, engine)


class Player(Device):
    """Plays what it is given at the speaker's own rate."""

    made: int = integer()
    song = array("i2", 4096)
    out: Any = audio(rate=RATE)

    def catch_up(self, time: int) -> None:
        while self.made < 4096 and -(-self.made * CLOCK // RATE) < time:
            self.out.put(-(-self.made * CLOCK // RATE), self.song[self.made])
            self.made += 1


def player(engine: str, high_pass: float = 0.0) -> Machine:
    """Samples at the rate of the speaker."""
    board = Board("player", "samples", clock_hz=CLOCK, frame_ticks=29_830)
    cpu = board.cpu("cpu", isa("8080"))
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    board.mixer(RATE, Source(board.device("chip", Player()), "out"), high_pass=high_pass)
    return build(board, {"ram": ("8080", "again: jmp again\n")}, engine)
