"""Pictures of every kind: palettes that change, colours, sizes, lines, and several screens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emucore.base.errors import MachineError
from emucore.board import Board, BoardError
from emucore.body.painting import lines
from emucore.cpus import isa
from emucore.device import Device, array, due, integer
from emucore.history import snapshot
from emucore.machine import Machine
from jit.llvm.native import threaded

ENGINES = ["reference", "interp", *(["jit"] if threaded() else [])]
LINE, LINES, WIDTH = 100, 8, 16


class Chip(Device):
    """Draws a line at a time, each in its own palette; once with colours, and as a fan of lines."""

    tick: int = due("draw")
    row: int = integer()
    tint: int = integer(40)
    high: int = integer(LINES)
    wide: int = integer(WIDTH)
    dots: Any = array("u1", LINES, WIDTH, output=True)
    palettes: Any = array("u1", LINES, 4, 3, output=True)
    palette: Any = array("u1", 4, 3, output=True)
    rgb: Any = array("u4", LINES, WIDTH, output=True)
    fan: Any = array("i4", 64, 5, output=True)
    rays: int = integer(output=True)

    def draw(self, time: int) -> None:
        row = self.row
        for i in range(4):
            self.palettes[row, i, 0] = self.tint * i & 0xFF
            self.palettes[row, i, 1] = row
            self.palette[i, 2] = self.tint + i & 0xFF
        for x in range(WIDTH):
            self.dots[row, x] = row + x & 3
            self.rgb[row, x] = self.tint << 16 | row << 8 | x
        if row == 0:
            self.rays = 0
        self.fan[self.rays, 2] = 31
        self.fan[self.rays, 3] = row * 3
        self.fan[self.rays, 4] = 1 + row % 3
        self.rays += 1
        self.row = (row + 1) % LINES
        self.tick = time + LINE

    def set_tint(self, offset: int, value: int, time: int) -> None:
        self.tint = value

    def set_size(self, offset: int, value: int, time: int) -> None:
        self.high = 1 + value % LINES
        self.wide = 1 + value % WIDTH


def machine(engine: str) -> Machine:
    board = Board("shows", "screens", clock_hz=1_000_000, frame_ticks=LINE * LINES)
    cpu = board.cpu("cpu", isa("8080"))
    chip = board.device("chip", Chip(tick=10))
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    cpu.io.device(0, 0, chip, write="set_tint")
    cpu.io.device(1, 1, chip, write="set_size")
    four = ((0, 0, 0), (1, 2, 3), (4, 5, 6), (255, 255, 255))
    board.screen(chip, "dots", colours="palettes", name="lines")
    board.screen(chip, "dots", colours="palette", name="frame", rotate=90)
    board.screen(chip, "dots", four, name="sized", size=("high", "wide"))
    board.screen(chip, "rgb", name="colours", rotate=270)
    board.screen(chip, "fan", four, name="fan", count="rays", dots=(24, 32))
    made = Machine(board)
    # inr a; out 0; mov b,a; rrc; out 1; mov a,b; jmp 0
    made.load("ram", bytes.fromhex("3c d300 47 0f d301 78 c30000"))
    made.use(engine)
    return made


def test_each_kind() -> None:
    shown = machine("interp")
    shown.run_frames(3)
    arena, screens = shown.arena, shown.screens
    assert list(screens) == ["lines", "frame", "sized", "colours", "fan"]
    dots, palettes = arena["chip.dots"], arena["chip.palettes"]
    for row in range(LINES):
        assert screens["lines"][row].tolist() == [palettes[row, i].tolist() for i in dots[row]]
    assert len({tuple(line[:, 0].tolist()) for line in screens["lines"]}) > 3
    assert np.array_equal(np.rot90(screens["frame"], 1), arena["chip.palette"][dots])
    assert screens["frame"].shape == (WIDTH, LINES, 3)
    high, wide = int(arena["chip.high"][0]), int(arena["chip.wide"][0])
    assert screens["sized"].shape == (high, wide, 3)
    rgb = arena["chip.rgb"]
    assert np.array_equal(np.rot90(screens["colours"], -1)[..., 0], rgb >> 16)
    assert np.array_equal(np.rot90(screens["colours"], -1)[..., 2], rgb & 0xFF)
    assert screens["fan"][0, 31].tolist() == [1, 2, 3]  # the end of the first ray
    assert screens["fan"][21, 31].tolist() == [4, 5, 6]  # the end of the last
    assert np.array_equal(shown.screen, screens["lines"])


def test_lines() -> None:
    """Both ends; off the tube nothing; later ones over earlier."""
    rows = np.array([[0, 0, 3, 3, 1], [-2, 1, 9, 1, 2], [5, 0, 5, 0, 3]], np.int32)
    assert lines(rows, 4, 6).tolist() == [
        [1, 0, 0, 0, 0, 3],
        [2, 2, 2, 2, 2, 2],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
    ]
    assert lines(np.array([[0, 0, 2**31 - 1, 0, 1]], np.int32), 1, 2).tolist() == [[1, 0]]


def test_engines_agree() -> None:
    shown = [machine(engine) for engine in ENGINES]
    for frames in (1, 2, 5):
        for one in shown:
            one.run_frames(frames)
        assert len({one.state_sha256() for one in shown}) == 1
        assert len({one.frame_crc32() for one in shown}) == 1


def test_a_state_brings_its_pictures_and_none_that_cannot_be() -> None:
    shown, other = machine("interp"), machine("reference")
    shown.run_frames(4)
    other.load_state_bytes(shown.state_bytes())
    assert other.frame_crc32() == shown.frame_crc32()
    for field, value in (("dots", 4), ("high", 0), ("wide", WIDTH + 1), ("rays", 65)):
        bad = shown.clone()
        bad.arena[f"chip.{field}"][...] = value
        with pytest.raises(MachineError, match=f"chip.{field} cannot have such a value"):
            other.load_state_bytes(snapshot.to_bytes(bad))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"pixels": "dots"}, "no palette"),
        ({"pixels": "tint"}, "no .height, width. array"),
        ({"pixels": "none"}, "no field none"),
        ({"pixels": "rgb", "size": ("high", "deep")}, "no field deep"),
        ({"pixels": "rgb", "count": "rays", "dots": (2, 2)}, "no lines"),
        ({"pixels": "fan", "count": "rays", "palette": ((0, 0, 0),)}, "no dots"),
        ({"pixels": "rgb", "rotate": 45}, "multiples of 90"),
    ],
)
def test_what_is_no_screen_is_refused(words: dict[str, Any], said: str) -> None:
    board = Board("none", "", clock_hz=1)
    with pytest.raises(BoardError, match=said):
        board.screen(board.device("chip", Chip()), **words)


def test_two_of_a_name_are_refused() -> None:
    board = Board("none", "", clock_hz=1)
    chip = board.device("chip", Chip())
    board.screen(chip, "rgb")
    with pytest.raises(BoardError, match="two screens screen"):
        board.screen(chip, "rgb")
