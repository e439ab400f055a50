"""States and recordings of earlier versions: what was renamed since, was replaced, is new or gone.

A board is described twice: as it was, and as a later version might have it, with everything that a
refactoring may do to names.  What the first one saves, the second one loads.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emucore.base.errors import UserError
from emucore.base.former import Function
from emucore.board import Board
from emucore.cpus import isa
from emucore.device import Device, array, due, integer, out, part
from emucore.history import container, recording, snapshot
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER, Reg
from emucore.machine import Machine


class Lamp(Device):
    """As it was: counts writes, in a word and in two halves; a field that nobody needed."""

    buttons: int = integer()
    written: int = integer()
    last: int = integer()
    useless: int = integer(5)
    tone = array("u1", 4)

    def write(self, offset: int, value: int, time: int) -> None:
        self.written += 1
        self.last = value | self.buttons << 8
        self.tone[offset & 3] = value & 0xFF


def _halves(last: Any) -> Mapping[str, Any]:
    (value,) = last
    return {"newest": value & 0xFF, "held": value >> 8}


class Light(Device):
    """The same in a later version: names, a pair for one, one dropped, and new ones."""

    former = {
        "buttons": "pressed",
        "written": "stores",
        "stores": "count",  # renamed twice
        "last": _halves,
        "useless": None,
    }
    irq: int = out()
    due: int = due()
    pressed: int = integer()
    count: int = integer()
    newest: int = integer()
    held: int = integer()
    brightness: int = integer(9)
    tone = array("u1", 4)

    def write(self, offset: int, value: int, time: int) -> None:
        self.count += 1
        self.newest, self.held = value, self.pressed
        self.tone[offset & 3] = value & 0xFF


# inr a; sta 8000h; sta 4000h; in a loop: memory and device
PROGRAM = bytes.fromhex("3c 320080 320040 c30000")


def before() -> Machine:
    board = Board("box", "as it was", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa("8080"))
    lamp = board.device("lamp", Lamp())
    cpu.mem.rom(0, 0x0FFF, board.rom("rom", 0x1000))
    cpu.mem.ram(0x4000, 0x4FFF, board.ram("ram", 0x1000))
    cpu.mem.device(0x8000, 0x8003, lamp, write="write")
    board.button("go", lamp, "buttons", 1)
    board.button("stop", lamp, "buttons", 2)
    board.switch("mode", lamp, "buttons", 4, {"a": 0, "b": 4}, "a")
    return Machine(board, {"rom": PROGRAM})


def after(light: type[Device] = Light) -> Machine:
    board = Board("crate", "as it is now", clock_hz=1_000_000, frame_ticks=1000)
    board.former.update(
        {
            "box": "crate",
            "cpu": "main",
            "lamp": "light",
            "rom": "program",
            "ram": "work",
            "go": "run",
            "stop": None,
            "mode": "way",
        }
    )
    lamp = board.device("light", light())
    cpu = board.cpu("main", isa("8080"))
    extra = board.ram("extra", 0x100)
    cpu.mem.ram(0x4000, 0x4FFF, board.ram("work", 0x1000))
    cpu.mem.ram(0x5000, 0x50FF, extra)
    cpu.mem.rom(0, 0x0FFF, board.rom("program", 0x1000))
    cpu.mem.device(0x8000, 0x8003, lamp, write="write")
    board.wire(lamp, "irq", cpu, "int")
    board.wire(lamp, "irq", cpu, "reset")
    board.button("run", lamp, "pressed", 1)
    board.switch("way", lamp, "pressed", 4, {"a": 0, "b": 4}, "a")
    return Machine(board, {"program": PROGRAM})


def run_a_while(machine: Machine) -> None:
    machine.run_frames(2)
    machine.run_until(machine.time + 333)  # amid a frame


def test_a_later_version_goes_on_from_a_state(tmp_path: Path) -> None:
    old, new, path = before(), after(), tmp_path / "state"
    old.press("go")
    run_a_while(old)
    old.save_state(path)
    new.memory[0x4000], new.memory[0x5000] = 0x99, 0x77
    new.load_state(path)
    for _ in range(3):
        assert new.time == old.time
        assert dict(new.cpus["main"]) == dict(old.cpus["cpu"])
        assert new.memory[0x4000:0x5000] == old.memory[0x4000:0x5000]
        lamp, light = old.arena, new.arena
        assert light["light.count"] == lamp["lamp.written"] > 0
        assert light["light.pressed"] == lamp["lamp.buttons"] == 1
        assert light["light.newest"] | light["light.held"] << 8 == lamp["lamp.last"] > 0x100
        assert light["light.tone"].tolist() == lamp["lamp.tone"].tolist()
        assert light["light.brightness"] == 9, "new: as at power-on"
        assert new.memory[0x5000] == 0, "new: as at power-on, not as it was before"
        for machine in (old, new):
            machine.run_frames(1)


def test_a_later_version_plays_a_recording(tmp_path: Path) -> None:
    """And tells whether the end is the same, as far as there is one to compare."""
    old, path = before(), tmp_path / "recording"
    run_a_while(old)
    recorder = recording.Recorder(old)
    for name in ("go", "stop"):
        old.press(name)
        old.run_frames(1)
        old.release(name)
    old.set_switch("mode", "b")
    old.run_frames(1)
    recorder.save(path)
    new = after()
    played = recording.start(new, path)
    assert played.play(new)
    assert new.setting("way") == "b"
    assert snapshot.sha256(new, played.header) is None, "fields are gone: it goes by the others"
    new.memory[0x4000] ^= 1
    assert not played.finish(new)


def test_a_recording_whose_fields_are_all_there_is_compared_whole(tmp_path: Path) -> None:
    """Those of the first versions have no hashes of single fields."""

    class Renamed(Lamp):
        former = {"button": "buttons"}

    old, path = before(), tmp_path / "recording"
    recorder = recording.Recorder(old)
    old.run_frames(2)
    recorder.save(path)
    header, body = container.unpack("recording", path.read_bytes(), 1 << 24)
    rows = [
        ["lamp.button" if n == "lamp.buttons" else n, c, s] for n, c, s in header["state"]["fields"]
    ]
    del header["ends"]
    header["state"]["fields"] = rows
    path.write_bytes(container.pack("recording", header, body))
    new = before()
    new.board.devices["lamp"].__class__ = Renamed
    played = recording.start(new, path)
    assert played.play(new)
    new.arena["lamp.useless"][0] = 6
    assert not played.finish(new)


def test_what_a_name_says_is_all_that_counts(tmp_path: Path) -> None:
    """The media's hash does not change with the names of ROMs; that of other ROMs is refused."""
    old, path = before(), tmp_path / "state"
    old.save_state(path)
    new = after()
    assert snapshot.describe(new)["media"] == snapshot.describe(old)["media"]
    new.load("program", b"\0")
    with pytest.raises(UserError, match="other ROMs"):
        new.load_state(path)


def broken(function: Function | str | None) -> type[Device]:
    class Broken(Light):
        former = {**Light.former, "last": function}

    return Broken


@pytest.mark.parametrize(
    ("former", "why"),
    [
        (lambda last: {"count": last}, "two values for the field 'light.count'"),
        (lambda last: {"nowhere": last}, "'light.nowhere' is not one"),
        (lambda last: {"newest": last[7]}, "lamp.last cannot have such a value"),
        (lambda last: {"newest": last / 2}, "'light.newest' is f8"),
        ("nowhere", "'light.nowhere' is not one"),
    ],
)
def test_what_does_not_fit_is_refused(former: Any, why: str, tmp_path: Path) -> None:
    old, path = before(), tmp_path / "state"
    run_a_while(old)
    old.save_state(path)
    new = after(broken(former))
    untouched = new.state_sha256()
    with pytest.raises(UserError, match=why):
        new.load_state(path)
    assert new.state_sha256() == untouched


def test_a_register_has_a_history_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, path = before(), tmp_path / "state"
    run_a_while(old)
    header, body = container.unpack("state", _saved(old, path), 1 << 24)
    rows = [["cpu.accu" if n == "cpu.a" else n, c, s] for n, c, s in header["fields"]]
    path.write_bytes(container.pack("state", {**header, "fields": rows}, body))
    new = after()
    with pytest.raises(UserError, match=r"'main\.accu' is not one"):
        new.load_state(path)
    cpu: type[Cpu] = isa("8080").cpu
    assert isinstance(cpu.registers["a"], Reg)
    monkeypatch.setattr(cpu, "former", {"accu": "a"})
    new.load_state(path)
    assert new.cpus["main"]["a"] == old.cpus["cpu"]["a"] > 0


def _saved(machine: Machine, path: Path) -> bytes:
    machine.save_state(path)
    return path.read_bytes()


def test_an_older_format_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if what is written today were two formats behind: each step is taken, in order."""
    old, path = before(), tmp_path / "state"
    old.save_state(path)
    monkeypatch.setattr(container, "VERSION", container.VERSION + 2)
    for machine in (old, after()):
        with pytest.raises(UserError, match="format 1; this program reads up to 3"):
            machine.load_state(path)
    steps = []

    def step(number: int) -> Any:
        def upgrade(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
            steps.append(number)
            return header, body

        return upgrade

    monkeypatch.setattr(container, "UPGRADES", {n: step(n) for n in (1, 2)})
    old.load_state(path)
    assert steps == [1, 2]
    old.save_state(path)
    old.load_state(path)
    assert steps == [1, 2], "nothing is done to a new one"


def test_lines_that_were_wired_since_are_quiet(tmp_path: Path) -> None:
    old, new = before(), after()
    assert old.arena["machine.latches"].size < new.arena["machine.latches"].size == 2
    old.arena["machine.latches"][0] = 7
    old.save_state(tmp_path / "state")
    new.load_state(tmp_path / "state")
    assert new.arena["machine.latches"].tolist() == [7, NEVER]


class Filter(Device):
    """A part, one of whose fields had another name."""

    former = {"output": "level"}
    level: int = integer()


class Chip(Device):
    """A part with a part."""

    filter: Filter = part(Filter)
    newest: int = integer()


class Shop(Device):
    """The lamp as a board of chips; its RAM and its buttons are elsewhere."""

    former = {"useless": None, "written": "chip.filter.output", "chip": "psg"}
    psg: Chip = part(Chip)
    tone = array("u1", 4)


class Desk(Device):
    """What the buttons were moved to."""

    pressed: int = integer()


def moved() -> Machine:
    """What was one device is several, parts of parts, and a memory."""
    board = Board("box", "taken apart", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa("8080"))
    board.device("shop", Shop())
    desk = board.device("desk", Desk())
    board.former.update(
        {
            "lamp.buttons": "desk.pressed",
            "lamp.last": lambda last: {"shop.chip.newest": last >> 8, "desk.pressed": last},
            "lamp.tone": "tone",
            "lamp": "shop",
        }
    )
    cpu.mem.rom(0, 0x0FFF, board.rom("rom", 0x1000))
    cpu.mem.ram(0x4000, 0x4FFF, board.ram("ram", 0x1000))
    cpu.mem.ram(0x5000, 0x5003, board.ram("tone", 4))
    board.button("go", desk, "pressed", 1)
    board.button("stop", desk, "pressed", 2)
    return Machine(board, {"rom": PROGRAM})


def test_fields_move_to_parts_other_devices_and_memories(tmp_path: Path) -> None:
    old, path = before(), tmp_path / "state"
    run_a_while(old)
    old.save_state(path)
    new = moved()
    with pytest.raises(UserError, match=r"two values for the field 'desk\.pressed'"):
        new.load_state(path)
    new.board.former["lamp.last"] = lambda last: {"shop.chip.newest": last >> 8}
    new.load_state(path)
    assert new.arena["shop.psg.filter.level"] == old.arena["lamp.written"] > 0
    assert new.arena["shop.psg.newest"] == old.arena["lamp.last"] >> 8
    assert new.arena["desk.pressed"] == old.arena["lamp.buttons"]
    assert new.arena["tone"].tolist() == old.arena["lamp.tone"].tolist() != [0] * 4
    header = snapshot.read(path).header
    rows = [name for name, *_ in header["fields"]]
    then = dict(zip(rows, snapshot.fingerprint(old, header), strict=True))
    now = dict(zip(rows, snapshot.fingerprint(new, header), strict=True))
    for name in ("lamp.written", "lamp.tone", "lamp.buttons"):
        assert now[name] == then[name], name
    assert now["lamp.last"] is now["lamp.useless"] is None
