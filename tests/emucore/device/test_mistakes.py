"""Mistakes in a description are one clear line; in a run, a fault with a name."""

from __future__ import annotations

from typing import Any

import pytest

from emucore.base.errors import UserError
from emucore.board import Board, BoardError
from emucore.cpus import isa
from emucore.device import (
    NEVER,
    Device,
    due,
    frame_end,
    integer,
    into,
    out,
    part,
    wants,
)
from emucore.machine import Machine, MachineFault
from jit.store.fingerprint import fingerprint


class Chip(Device):
    value: int = integer()
    line: int = out()
    heard: int = into()
    number: int = out(8)
    shown: int = into(8)
    tick: int = due()
    needs: int = wants()

    def read(self, offset: int, time: int) -> int:
        return self.value

    def event(self, time: int) -> None: ...

    def grant(self, access: int, writing: int, time: int) -> int:
        self.needs = NEVER
        return 1


class Plain(Device):
    value: int = integer()


def board() -> tuple[Board, Any, Chip, Chip, Plain]:
    made = Board("test", "test", clock_hz=1_000_000, frame_ticks=1000)
    cpu = made.cpu("cpu", isa("z80"))
    cpu.mem.ram(0, 0xFFFF, made.ram("ram", 0x10000))
    one, two = made.device("one", Chip()), made.device("two", Chip())
    return made, cpu, one, two, made.device("plain", Plain())


def test_what_a_board_refuses() -> None:
    made, cpu, one, two, plain = board()
    made.wire(one, "number", plain_display := made.device("display", Chip()), "shown")
    ram = made.memories["ram"][0]
    for text, call in {
        "Chip has no function look": lambda: cpu.io.device(0, 0, one, read="look"),
        "Chip has no function see": lambda: cpu.io.watch(0, 0, one, "see"),
        "Chip has no function hold": lambda: cpu.io.ram(0, 1, ram, waits=(one, "hold")),
        "Chip has no register bank": lambda: cpu.mem.bank(0, 0xFF, ram, one, "bank"),
        "Chip has no register on": lambda: cpu.mem.bank(0, 0xFF, ram, one, "value", enable="on"),
        "Chip has no line value": lambda: made.wire(one, "value", two, "heard"),
        "Chip has no line nothing": lambda: made.wire(one, "nothing", two, "heard"),
        "Chip has no line heard": lambda: made.wire(one, "heard", two, "heard"),
        "Chip has no line number": lambda: made.wire(one, "number", two, "heard"),
        "Chip has no line line": lambda: made.wire(one, "line", two, "shown"),
        "Chip has no input value": lambda: made.wire(one, "line", two, "value"),
        "Plain has no input line": lambda: made.wire(one, "line", plain, "line"),
        "z80 has no line reset2": lambda: made.wire(one, "line", cpu, "reset2"),
        "z80 has no output line irq": lambda: made.wire(cpu, "irq", one, "heard"),
        "more than 1 sources of shown": lambda: made.wire(two, "number", plain_display, "shown"),
        "Plain wants no cycles": lambda: made.steal(plain, cpu),
        "Plain has no bus mem": lambda: made.device("more", Plain(), mem=cpu.mem),
        "two devices one": lambda: made.device("one", Plain()),
        "two memories ram": lambda: made.ram("ram", 1),
    }.items():
        with pytest.raises(BoardError) as error:
            call()
        assert str(error.value) == text
    assert len(made.wires) == 1
    Machine(made)


def test_what_a_device_refuses() -> None:
    with pytest.raises(TypeError, match="a line rises and falls; numbers change"):
        into(changes="told")
    with pytest.raises(TypeError, match="a number has no edges: it changes"):
        into(8, rises="up")
    with pytest.raises(TypeError, match="Chip has no field colour"):
        Chip(colour=1)
    with pytest.raises(TypeError, match=r"Odd\.chip: <class 'int'> is no class of devices"):
        type("Odd", (Device,), {"chip": part(int)})
    for text, make in {
        "has no function up": lambda: {"heard": into(rises="up")},
        "has no function told": lambda: {"shown": into(8, changes="told")},
        "has no function strike": lambda: {"tick": due("strike")},
        "has no function grant": lambda: {"needs": wants()},
        "has no function frame": lambda: {"ends": frame_end(10)},
    }.items():
        kind: Any = type("Odd", (Device,), make())
        made = Board("test", "test", clock_hz=1, frame_ticks=10)
        with pytest.raises(BoardError, match=f"Odd {text}"):
            made.device("odd", kind())


class Stuck(Device):
    ends: int = frame_end(100)

    def frame(self, time: int) -> None:
        self.ends = time


class Restless(Device):
    """Inverts what it hears."""

    heard: int = into(rises="fall", falls="rise")
    line: int = out()
    started: int = due("rise")

    def rise(self, time: int) -> None:
        self.line = time

    def fall(self, time: int) -> None:
        self.line = NEVER


@pytest.mark.parametrize("engine", ["reference", "interp"])
@pytest.mark.parametrize(
    ("device", "text"),
    [
        (Stuck(), r"odd\.frame has a frame that never ends"),
        (Restless(started=50), "its lines never come to rest"),
    ],
)
def test_what_never_ends_is_a_fault(device: Device, text: str, engine: str) -> None:
    made = Board("test", "test", clock_hz=1_000_000, frame_ticks=100)
    made.cpu("cpu", isa("8080")).mem.ram(0, 0xFFFF, made.ram("ram", 0x10000))
    made.device("odd", device)
    if isinstance(device, Restless):
        made.wire(device, "line", device, "heard")
    machine = Machine(made)
    machine.use(engine)
    with pytest.raises(MachineFault, match=text):
        machine.run_until(1000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("line", -1),
        ("line", 1 << 57),
        ("heard", -5),
        ("needs", -(1 << 40)),
        ("needs", 1 << 60),
        ("tick", -(1 << 40)),
    ],
)
def test_states_refuse_times_that_there_are_not(field: str, value: int) -> None:
    made, *_ = board()
    machine = Machine(made)
    good = machine.state_bytes()
    machine.arena[f"one.{field}"][0] = value
    bad = machine.state_bytes()
    machine.load_state_bytes(good)
    with pytest.raises(UserError, match=f"damaged state: one.{field} cannot have such a value"):
        machine.load_state_bytes(bad)
    assert machine.state_bytes() == good


def test_states_refuse_frames_without_end() -> None:
    made = Board("test", "test", clock_hz=1_000_000, frame_ticks=100)
    made.cpu("cpu", isa("8080"))
    made.device("odd", Stuck())
    machine = Machine(made)
    for value in (-1, 1 << 50):
        machine.arena["odd.ends"][0] = value
        with pytest.raises(UserError, match=r"odd\.ends cannot have such a value"):
            machine.load_state_bytes(machine.state_bytes())


# -- what is kept of compiled functions ---------------------------------------------------------


def whole_of(inner: type[Device]) -> type[Device]:
    def write(self: Any, offset: int, value: int, time: int) -> None:
        chip = self.chip
        chip.step(value)

    return type("Whole", (Device,), {"chip": part(inner), "write": write})


def test_a_fingerprint_changes_with_a_part_s_function() -> None:
    """Also with what that calls, and with an inherited one that calls another."""

    class One(Device):
        total: int = integer()

        def step(self, value: int) -> None:
            self.total += self.weight(value)

        def weight(self, value: int) -> int:
            return value + 1

        def unused(self, value: int) -> int:
            return value

    class Two(One):
        def weight(self, value: int) -> int:
            return value + 2

    class Same(One):
        def unused(self, value: int) -> int:
            return value + 5

    prints = []
    for inner in (One, Two, Same):
        kind = whole_of(inner)
        prints.append(fingerprint(kind.functions["write"], kind))
    assert prints[0] != prints[1]
    assert prints[0] == prints[2]
