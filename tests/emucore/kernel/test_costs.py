"""What an access of a device costs does not hang on how many others there are."""

from __future__ import annotations

import time

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus import isa
from emucore.device import Device, due, integer, into, out
from emucore.machine import Machine

MOST = 2


class Chip(Device):
    value: int = integer()
    tick: int = due()
    line: int = out()
    heard: int = into(rises="rise")

    def write(self, offset: int, value: int, time: int) -> None:
        self.value += value
        self.line = time

    def event(self, time: int) -> None: ...

    def rise(self, time: int) -> None: ...


def machine(count: int) -> Machine:
    board = Board("many", "many", clock_hz=1_000_000, frame_ticks=1_000_000)
    cpu = board.cpu("cpu", isa("8080"))
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    chips = [board.device(f"chip{i}", Chip()) for i in range(count)]
    for i, chip in enumerate(chips):
        cpu.io.device(i, i, chip, write="write")
        board.wire(chip, "line", chips[i - 1], "heard")
    source = "again:\n" + " out 2\n" * 50 + " jmp again\n"
    made = Machine(board)
    made.load("ram", assemble(isa("8080"), source).image(0))
    made.use("interp")
    made.run_until(10_000)
    return made


def test_an_access_costs_the_same_with_three_devices_and_with_thirty() -> None:
    """In pairs, so that what else the host does is in both."""
    few, many = machine(3), machine(30)

    def once(each: Machine) -> float:
        began = time.thread_time()
        each.run_until(each.time + 400_000)
        return time.thread_time() - began

    ratios = sorted(once(many) / once(few) for _ in range(9))
    assert ratios[4] < MOST
