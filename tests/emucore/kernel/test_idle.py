"""A halted CPU waits in one go, and as if it had looked every few cycles."""

from __future__ import annotations

import pytest
from test_lockstep import differences

from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.machine import Machine


def halted(engine: str) -> Machine:
    """ei; hlt; inr a; and back, with an interrupt only if somebody asserts the line."""
    board = Board("halt", "a halt", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", i8080)
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board)
    machine.load("ram", bytes.fromhex("fb 76 3c c30000"))
    machine.use(engine)
    return machine


@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_it_stops_where_it_would_have(engine: str) -> None:
    plain, idle = halted("reference"), halted(engine)
    for end in (3, 5, 11, 12, 13, 17, 100, 101, 102, 103, 104, 5000):
        plain.run_until(end)
        idle.run_until(end)
        assert differences(plain, idle) == [], end
        assert idle.cpus["cpu"]["halted"] == (end > 3)
        if end > 11:
            assert end <= idle.cpus["cpu"]["clock"] < end + 4


@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_in_pieces_and_whole(engine: str) -> None:
    whole, pieces = halted(engine), halted(engine)
    whole.run_until(10_000)
    while pieces.time < 10_000:
        pieces.run_until(min(pieces.time + 7, 10_000))
    assert differences(whole, pieces) == []
