"""The kernel settles where a device has changed what it must heed, and only there."""

from __future__ import annotations

import pytest

from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.device import NEVER, Device, array, due, integer, out
from emucore.machine import Machine


class Chip(Device):
    """Everything that a kernel heeds, and something that it does not."""

    irq: int = out()
    due: int = due()
    bank: int = integer()
    count: int = integer()
    page = array("u1", 4)

    def set_line(self, offset: int, value: int, time: int) -> None:
        self.irq = time if value else NEVER

    def set_due(self, offset: int, value: int, time: int) -> None:
        self.due = time + value

    def set_bank(self, offset: int, value: int, time: int) -> None:
        self.bank = value

    def set_count(self, offset: int, value: int, time: int) -> None:
        self.count = value

    def go_beyond(self, offset: int, value: int, time: int) -> None:
        self.page[value] = 1

    def event(self, time: int) -> None:
        self.count += 100


def board() -> tuple[Board, Chip]:
    made = Board("heeded", "", clock_hz=1_000_000, frame_ticks=10_000)
    chip = made.device("chip", Chip())
    cpu = made.cpu("cpu", i8080)
    cpu.mem.bank(0x8000, 0x80FF, made.rom("banks", 0x400), chip, "bank")
    cpu.mem.ram(0, 0x7FFF, made.ram("ram", 0x8000))
    for port, name in enumerate(("set_line", "set_due", "set_bank", "set_count", "go_beyond")):
        cpu.io.device(port, port, chip, write=name)
    made.wire(chip, "irq", cpu, "int")
    return made, chip


def test_what_is_heeded() -> None:
    """Lines, due times and registers of banks, by their places in the record."""
    made, chip = board()
    fields = chip.dtype().fields
    assert fields is not None
    machine = Machine(made)
    wanted = {fields[name][1] for name in ("irq", "due", "bank")}
    assert set(machine.plan.heeded(chip)) == wanted


@pytest.mark.parametrize("engine", ["reference", "interp", "jit"])
def test_each_takes_effect_within_the_turn(engine: str) -> None:
    """OUT 2 shows another bank to the next instruction; OUT 1 has the event come; OUT 0 calls."""
    machine = Machine(board()[0])
    machine.load("banks", bytes(0x100) + b"\x01" * 0x100 + b"\x02" * 0x200)
    program = (
        "310070 fb 3e01 d302 3a0080 47 3e02 d302 3a0080 4f 3e14 d301 3e07 d303 3e01 d300 00 76"
    )
    machine.load("ram", bytes.fromhex(program))
    machine.load("ram", bytes.fromhex("3e2a 57 76"), at=0x38)  # nothing answers: RST 7
    machine.use(engine)
    machine.run_until(400)
    cpu = machine.cpus["cpu"]
    assert (cpu["b"], cpu["c"], cpu["d"]) == (1, 2, 0x2A)
    assert int(machine.arena["chip.count"][0]) == 107
