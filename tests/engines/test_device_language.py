"""What device functions may say, on all engines: parts, methods, aliases, inheritance, lines of
parts."""

from __future__ import annotations

from typing import Any

import pytest
from test_lockstep import differences

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus import isa
from emucore.device import (
    NEVER,
    Device,
    Record,
    array,
    drawn,
    due,
    integer,
    into,
    out,
    part,
    shared,
)
from emucore.machine import Machine
from jit.llvm.native import threaded

ENGINES = ["reference", "interp", *(["jit"] if threaded() else [])]


class Stage(Device):
    """The innermost."""

    total: int = integer()
    line: int = out()

    def add(self, amount: int, time: int) -> int:
        self.total = (self.total * 3 + self._weight(amount)) & 0xFFFF
        self.line = time if self.total & 1 else NEVER
        return self.total

    def _weight(self, amount: int) -> int:
        return amount + 1


class Heavy(Stage):
    """Another function of the same name, called by the one that it inherits."""

    factor: int = integer(5)

    def _weight(self, amount: int) -> int:
        return amount * self.factor


@shared
def drained(stage: Stage, by: int) -> int:
    """A shared function that says whose record it is given."""
    stage.total = max(0, stage.total - by)
    return stage.add(1, 0)


class Middle(Device):
    light: Stage = part(Stage, total=2)
    heavy: Heavy = part(Heavy, factor=7)
    sums = array("i8", 4)

    def both(self, amount: int, time: int) -> int:
        first, second = self.light, self.heavy
        return first.add(amount, time) - second.add(amount, time)


class Whole(Device):
    one: Middle = part(Middle)
    two: Middle = part(Middle)
    seen: int = integer()
    told: int = into(rises="hears")
    tick: int = due("strike")
    watched: int = drawn()
    shades = array("u1", 4, output=True)

    def write(self, offset: int, value: int, time: int) -> None:
        chip = self.one
        middle = chip
        self.two.sums[offset & 3] += middle.both(value, time) + self.two.both(value ^ 1, time)
        self.seen += drained(self.two.light, offset)
        if self.watched:
            self.shades[offset & 3] = value
        if self.tick == NEVER:
            self.tick = time + 50

    def clear(self, offset: int, value: int, time: int) -> None:
        """The whole changes the line of a part of a part."""
        self.one.heavy.line = NEVER if value & 2 else time + value

    def hears(self, time: int) -> None:
        self.seen = (self.seen * 5 + time) & 0xFFFFFF

    def strike(self, time: int) -> None:
        self.two.heavy.add(time & 7, time)


class Ear(Device):
    """Counts the edges of a part's line."""

    wire: int = into(rises="up", falls="down")
    ups: int = integer()
    downs: int = integer()

    def up(self, time: int) -> None:
        self.ups += 1

    def down(self, time: int) -> None:
        self.downs += 1


PROGRAM = """
again:  inr b
        mov a,b
        out 0
        out 1
        ral
        out 2
        out 8
        xra b
        out 9
        out 3
        jmp again
"""


def board() -> Board:
    board = Board("language", "language", clock_hz=1_000_000, frame_ticks=2000)
    cpu = board.cpu("cpu", isa("8080"))
    whole, ear = board.device("whole", Whole()), board.device("ear", Ear())
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    cpu.io.device(0, 3, whole, write="write")
    cpu.io.device(8, 9, whole, write="clear")
    board.wire(whole.one.heavy, "line", ear, "wire")
    board.wire(whole.two.light, "line", whole, "told")
    return board


def machine(engine: str) -> Machine:
    made = Machine(board())
    made.load("ram", assemble(isa("8080"), PROGRAM).image(0))
    made.use(engine)
    return made


def test_engines_agree() -> None:
    machines = [machine(engine) for engine in ENGINES]
    for time in (333, 1999, 2000, 7001, 30_000):
        for each in machines:
            each.run_until(time)
        for each in machines[1:]:
            assert differences(machines[0], each) == [], f"{each.engine_name} at {time}"
    arena = machines[0].arena
    for name in ("whole.one.light.total", "whole.two.heavy.total", "whole.seen", "ear.ups"):
        assert arena[name][0], name
    assert 0 <= arena["ear.ups"][0] - arena["ear.downs"][0] <= 1
    assert arena["whole.two.sums"].any()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_an_inherited_function_calls_is_its_own_class_s(engine: str) -> None:
    """One ``out``: the light one adds 1, the heavy one seven times as much."""
    made = machine(engine)
    made.step(3)
    value, light = 1, 2 * 3 + 2
    assert made.arena["whole.one.light.total"][0] == light
    assert made.arena["whole.one.heavy.total"][0] == 7 * value
    assert made.arena["whole.two.heavy.total"][0] == 0  # value ^ 1
    assert made.arena["whole.one.heavy.line"][0] != NEVER


@pytest.mark.parametrize("engine", ENGINES)
def test_undrawn_frames_change_nothing_else(engine: str) -> None:
    every, none = machine(engine), machine(engine)
    every.run_frames(4, draw=True)
    none.run_frames(4, draw=False)
    assert every.state_sha256() == none.state_sha256()
    assert every.arena["whole.shades"].any()
    assert not none.arena["whole.shades"].any()


def test_a_record_s_parts_are_records() -> None:
    record: Any = Record(memoryview(bytearray(Whole.dtype().itemsize)), 0, Whole)
    record.one.light.total = 5
    record.two.sums[3] = -1
    assert (record.one.light.total, record.two.light.total) == (5, 0)
    assert record.one.light.add(1, 9) == 5 * 3 + 2
    assert list(record.two.sums) == [0, 0, 0, -1]
    with pytest.raises(AttributeError, match="assign to elements of one"):
        record.one = record.two
    with pytest.raises(AttributeError, match="nothing"):
        record.one.nothing()


def test_parts_have_paths_and_initial_values() -> None:
    made = board()
    whole = made.devices["whole"]
    assert [p.name for p in whole.all_parts()] == [
        "whole",
        "whole.one",
        "whole.one.light",
        "whole.one.heavy",
        "whole.two",
        "whole.two.light",
        "whole.two.heavy",
    ]
    started = Machine(made).arena
    assert started["whole.two.light.total"][0] == 2
    assert started["whole.two.heavy.factor"][0] == 7
    with pytest.raises(TypeError, match="Stage has no field weight"):
        type("Bad", (Device,), {"stage": part(Stage, weight=1)})()
