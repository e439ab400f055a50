"""The 8080's RESET pin."""

from __future__ import annotations

import emucore.reference  # noqa: F401 - registers the engine
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.device import NEVER, Device, due, line
from emucore.machine import Machine


class Button(Device):
    """Pulls RESET at ``due``."""

    due: int = due()
    reset: int = line()

    def event(self, time: int) -> None:
        self.reset = time


def test_reset_clears_pc_and_inte_and_ends_a_halt() -> None:
    board = Board("test", "test", 2_000_000)
    cpu = board.cpu("cpu", i8080, sp=0x1234)
    button = board.device("button", Button(due=100))
    rom = board.rom("rom", 0x100)
    cpu.mem.rom(0, 0xFF, rom)
    board.wire(button, "reset", cpu, "reset")
    machine = Machine(board, {"rom": bytes.fromhex("00 3c fb 76")})  # nop; inr a; ei; hlt
    machine.use("reference")
    machine.run_until(99)
    registers = machine.cpus["cpu"]
    assert (registers["pc"], registers["halted"], registers["inte"]) == (4, 1, 1)
    # nop 4, inr 5, ei 4, hlt 7, then halted in fours up to 100; reset takes 3
    machine.run_until(101)
    assert registers["clock"] == 103
    assert (registers["pc"], registers["halted"], registers["inte"]) == (0, 0, 0)
    assert (registers["a"], registers["sp"]) == (1, 0x1234)
    assert registers["reset"] == NEVER
    machine.run_until(150)
    assert (registers["a"], registers["pc"], registers["halted"]) == (2, 4, 1)
