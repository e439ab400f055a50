"""An IRQ that is acknowledged behind the poll is taken, as silicon takes it.

The 6502 samples IRQ in phase 2 of each cycle, and polls at the end of the last cycle but one; what
the line does in the last one comes too late for that (visual6502.org, "6502 Interrupt Recognition
Stages and Tolerances").
"""

from __future__ import annotations

import pytest

from emucore.board import Board
from emucore.cpus.m6502 import m6502
from emucore.device import NEVER, Device, due, out
from emucore.machine import Machine
from jit.llvm.native import threaded

ENGINES = ("reference", "interp", *(["jit"] if threaded() else []))

#: LDX #0; CLI; NOPs; then at cycle START the instruction under test, and NOPs.
START, PADDING = 20, 8
#: Handler: INX; and no end.
HANDLER, RAM, CHIP = 0x0300, 0x0200, 0x4000


class Timer(Device):
    """Asserts its line at a moment that it knows beforehand; any access ends that, or its event."""

    irq: int = out()
    due: int = due()

    def event(self, time: int) -> None:
        self.irq = NEVER

    def read(self, offset: int, time: int) -> int:
        self.irq = NEVER
        return 0

    def write(self, offset: int, value: int, time: int) -> None:
        self.irq = NEVER


class Bell(Device):
    """Rings when it is written to, until it is read."""

    irq: int = out()

    def ring(self, offset: int, value: int, time: int) -> None:
        self.irq = time

    def answer(self, offset: int, time: int) -> int:
        self.irq = NEVER
        return 0


def taken(engine: str, code: bytes, at: int, ends: int = NEVER, divider: int = 3) -> int | None:
    """The instruction behind the NOPs in front of which an IRQ at cycle *at* is taken; None if it
    is not."""
    board = Board("irq", "", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", m6502, divider=divider, pc=RAM, s=0xFF, reset=NEVER)
    due = ends if ends == NEVER else ends * divider
    timer = board.device("timer", Timer(irq=at * divider, due=due))
    cpu.mem.device(CHIP, CHIP, timer, read="read", write="write")
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    board.wire(timer, "irq", cpu, "irq")
    machine = Machine(board)
    machine.use(engine)
    machine.load("ram", b"\xea" * 0x10000)
    machine.load("ram", bytes.fromhex("a200 58") + b"\xea" * PADDING + code, at=RAM)
    machine.load("ram", bytes.fromhex("e8 4c0103"), at=HANDLER)
    machine.load("ram", HANDLER.to_bytes(2, "little"), at=0xFFFE)
    machine.run_until(80 * divider)
    if not machine.cpus["cpu"]["x"]:
        return None
    pushed = machine.memory[0x1FE] | machine.memory[0x1FF] << 8
    return int(pushed) - (RAM + 3 + PADDING)


STA, LDA, INC, NOPS = "8d0040", "ad0040", "ee0040", "eaea"


@pytest.mark.parametrize("divider", [1, 3])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("code", "cycles", "acknowledged"),
    [(STA, 4, 3), (LDA, 4, 3), (INC, 6, 3)],  # INC reads in its fourth cycle, and writes twice
)
def test_an_acknowledge_in_the_last_cycle_is_too_late(
    engine: str, code: str, cycles: int, acknowledged: int, divider: int
) -> None:
    program = bytes.fromhex(code)
    for at in range(-1, cycles):  # behind the poll of the instruction before
        behind = len(program) if at <= cycles - 2 < acknowledged else None
        assert taken(engine, program, START + at, divider=divider) == behind, at


@pytest.mark.parametrize("engine", ENGINES)
def test_a_line_that_goes_by_itself(engine: str) -> None:
    """NOPs of two cycles poll in their first: the line must be low in phase 2 of that."""
    program = bytes.fromhex(NOPS)
    for at, ends, where in [
        *[(0, 1, 1), (0, 2, 1), (1, 2, None), (1, 3, 2), (2, 3, 2), (3, 4, None), (0, 9, 1)],
    ]:
        assert taken(engine, program, START + at, START + ends) == where, (at, ends)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_masked_then_stays_masked(engine: str) -> None:
    """SEI behind the poll of the store that acknowledges; and a store while I is set."""
    assert taken(engine, bytes.fromhex(STA + "78"), START + 1) == 3
    assert taken(engine, bytes.fromhex("78" + STA + "58"), START + 2) is None


@pytest.mark.parametrize("quantum", [1, 50, 1000])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_leader_that_asserts_and_acknowledges(engine: str, quantum: int) -> None:
    """A follower takes the IRQ of a time that it has not reached, though it is over already."""
    board = Board("two", "", clock_hz=1_000_000, frame_ticks=10_000, quantum=quantum)
    bell = board.device("bell", Bell())
    for name in ("leader", "follower"):
        cpu = board.cpu(name, m6502, pc=RAM, s=0xFF, reset=NEVER)
        cpu.mem.device(CHIP, CHIP, bell, read="answer", write="ring")
        cpu.mem.ram(0, 0xFFFF, board.ram(f"{name}.ram", 0x10000))
        if name == "follower":
            board.wire(bell, "irq", cpu, "irq")
    machine = Machine(board)
    machine.use(engine)
    # the leader rings at cycle 43, and answers at 57
    rings, answers = bytes.fromhex(STA), bytes.fromhex(LDA)
    machine.load("leader.ram", b"\xea" * 0x10000)
    machine.load("leader.ram", b"\xea" * 20 + rings + b"\xea" * 5 + answers, at=RAM)
    machine.load("follower.ram", b"\xea" * 0x10000)
    machine.load("follower.ram", bytes.fromhex("a200 58"), at=RAM)
    machine.load("follower.ram", bytes.fromhex("e8 4c0103"), at=HANDLER)
    machine.load("follower.ram", HANDLER.to_bytes(2, "little"), at=0xFFFE)
    machine.run_until(200)
    assert machine.cpus["follower"]["x"] == 1
    memory = machine.space("mem", "follower")
    pushed = memory[0x1FE] | memory[0x1FF] << 8
    # LDX and CLI take 4 cycles; the NOP that polls at 44 is the first to see it
    assert pushed == RAM + 3 + (44 - 4) // 2 + 1
