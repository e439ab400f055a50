"""The RESET pins of the 8080 and the Z80."""

from __future__ import annotations

from typing import Any

import pytest

from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.cpus.z80 import z80
from emucore.device import NEVER, Device, due, out
from emucore.isa import Isa
from emucore.machine import Machine


class Button(Device):
    """Pulls RESET at ``due``."""

    due: int = due()
    reset: int = out()

    def event(self, time: int) -> None:
        self.reset = time


@pytest.mark.parametrize(
    ("isa", "changed", "kept"),
    [
        (i8080, {"inte": 1}, {"sp": 0x1234}),
        (z80, {"iff1": 1, "iff2": 1, "i": 0x12, "r": 0x85, "im": 1}, {"sp": 0x1234, "ix": 5}),
    ],
)
def test_reset_restarts_the_program_and_ends_a_halt(
    isa: Isa, changed: dict[str, int], kept: dict[str, int]
) -> None:
    board = Board("test", "test", 2_000_000)
    cpu = board.cpu("cpu", isa, **changed, **kept)
    button = board.device("button", Button(due=100))
    rom = board.rom("rom", 0x100)
    cpu.mem.rom(0, 0xFF, rom)
    board.wire(button, "reset", cpu, "reset")
    machine = Machine(board, {"rom": bytes.fromhex("00 04 fb 76")})  # nop; inr b; ei; hlt
    machine.use("reference")
    registers: Any = machine.cpus["cpu"]
    machine.run_until(99)
    assert (registers["pc"], registers["halted"], registers["b"]) == (4, 1, 1)
    while registers["reset"] == NEVER and registers["clock"] < 100:
        machine.run_until(int(registers["clock"]) + 1)
    before = int(registers["clock"])
    machine.run_until(before + 1)
    assert registers["clock"] == before + 3
    assert (registers["pc"], registers["halted"], registers["b"]) == (0, 0, 1)
    assert registers["reset"] == NEVER
    assert {name: registers[name] for name in changed} == dict.fromkeys(changed, 0)
    assert {name: registers[name] for name in kept} == kept
    machine.run_until(150)
    assert (registers["pc"], registers["halted"], registers["b"]) == (4, 1, 2)
