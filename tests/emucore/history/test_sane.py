"""Values that no machine has are refused; and a device that goes astray stays in its arrays."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from boards import pest_board

import machines
from emucore.base.errors import UserError
from emucore.board import Board
from emucore.cpus import isa
from emucore.device import Device, array, due, integer
from emucore.history import snapshot
from emucore.history.validate import APART, LAST
from emucore.language.registers import NEVER
from emucore.machine import Machine, MachineFault
from jit.llvm.native import threaded
from jit.tiers.engine import JitEngine
from machines.parts.timer.watchdog import Watchdog


def refusal(machine: Machine, field: str, value: float, at: int = 0) -> str:
    """What is said of *machine*'s state with one other value; nothing if it is taken."""
    other = machine.clone()
    other.arena[field].reshape(-1)[at] = value
    saved = snapshot.describe(other), snapshot.contents(other)
    before = machine.state_sha256()
    try:
        snapshot.restore(machine.clone(), *saved)
    except UserError as error:
        assert machine.state_sha256() == before
        return str(error)
    return ""


@pytest.fixture(scope="module")
def invaders() -> Machine:
    machine = machines.load("invaders", engine="interp")
    machine.run(7)
    return machine


BIG, CLOCK = 1 << 62, "machine.frame"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("machine.frame", -1),
        ("machine.frame", 8),  # later than the clock
        ("machine.frame", BIG),
        ("cpu.clock", 0),  # before the frame's begin
        ("cpu.clock", LAST),
        ("cpu.clock", BIG),
        ("cpu.s", 2),
        ("cpu.int", NEVER + 1),
        ("raster.interrupts.irq", -1),
        ("raster.interrupts.irq", LAST + 1),
        ("raster.due", 0),
        ("raster.due", NEVER),
        ("raster.flip", 2),
        ("panel.cocktail", -1),
        ("raster.pixels", 4),
        ("sound.made", 0),
        ("sound.made", BIG),
        ("sound.mean", math.nan),
        ("sound.mix", math.inf),
        ("sound.chip.vco", -1e31),
        ("sound.chip.mixer", 8),
        ("sound.chip.noise_phase", 1e9),
        ("shifter.shift", 8),
        ("shifter.shift", -1),
        ("watchdog.due", -BIG),
    ],
)
def test_what_no_board_has_is_refused(invaders: Machine, field: str, value: float) -> None:
    said = refusal(invaders, field, value)
    assert said.startswith("damaged state: ")
    about = field.partition(".")[0] in said or field.partition(".")[2] in said
    assert about or (said.endswith("no frame has that clock") and field in ("cpu.clock", CLOCK))


def test_what_a_board_may_have_is_taken(invaders: Machine) -> None:
    for field, value in (
        ("cpu.s", 1),
        ("cpu.int", NEVER),
        ("raster.flip", 1),
        ("raster.pixels", 3),
        ("raster.shown", -1),
        ("sound.mean", -1e6),
        ("watchdog.due", NEVER),
        ("machine.latches", -BIG),
    ):
        assert refusal(invaders, field, value) == "", field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("traps.drive", 1 << 40),
        ("traps.entry", 1 << 16),
        ("traps.ask", 5),
        ("traps.keys_typed", 1025),
        ("traps.user", -1),
    ],
)
def test_what_no_box_has_is_refused(tmp_path: Path, field: str, value: int) -> None:
    (tmp_path / "x.com").write_bytes(b"\x00" * 99)
    box = machines.load("cpm", tmp_path / "x.com", engine="reference")
    assert refusal(box, field, value) == "damaged state: traps cannot be like that"


def test_events_are_bounded_on_any_board() -> None:
    machine = Machine(pest_board(isa("8080")))
    machine.use("interp")
    machine.run_until(APART * 2)
    assert refusal(machine, "pest.due", machine.time - APART) == ""
    assert "pest.due" in refusal(machine, "pest.due", machine.time - APART - 1)


def test_cpus_are_not_far_apart() -> None:
    board = Board("two", "a test board", clock_hz=1_000_000, frame_ticks=1000)
    for name in ("one", "two"):
        cpu = board.cpu(name, isa("8080"), divider=2)
        cpu.mem.ram(0, 0xFFFF, board.ram(f"ram.{name}", 0x10000))
    machine = Machine(board)
    assert refusal(machine, "two.clock", (APART + 1000) // 2) == ""
    assert "two.clock" in refusal(machine, "two.clock", (APART + 1000) // 2 + 1)


def test_parts_of_the_board_are_no_state(tmp_path: Path) -> None:
    """A state brings no other period: the parts are the board's, whatever they were when saved."""

    def guarded(period: int) -> Machine:
        board = Board("guarded", "a test board", clock_hz=1_000_000, frame_ticks=1000)
        cpu = board.cpu("cpu", isa("8080"))
        cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
        board.device("dog", Watchdog(period=period, first=10, limit=3))
        return Machine(board)

    machine = guarded(100)
    assert "dog.period" not in snapshot.names(machine)
    assert "dog.due" in snapshot.names(machine)
    machine.save_state(tmp_path / "state")
    other = guarded(101)
    for loaded in (guarded(100), other):
        loaded.load_state(tmp_path / "state")
        assert loaded.state_sha256() == machine.state_sha256()
    assert other.arena["dog.period"][0] == 101


class Astray(Device):
    """Stores where it is told to, inside its array or not."""

    before = array("u1", 16)
    place = array("u1", 16)
    behind = array("u1", 16)
    at: int = integer()

    def aim(self, offset: int, value: int, time: int) -> None:
        self.at = value << 8 if value < 128 else (value - 256) << 8

    def store(self, offset: int, value: int, time: int) -> None:
        self.place[self.at] = value

    def fetch(self, offset: int, time: int) -> int:
        return self.place[self.at]


class Restless(Astray):
    """Does so also when nobody asks."""

    late: int = integer()
    due: int = due()

    def event(self, time: int) -> None:
        self.place[self.at] = 1
        self.due = time + 700

    def catch_up(self, time: int) -> None:
        self.place[self.late] = 2


def astray(aimed: int, made: type[Astray] = Astray) -> Machine:
    board = Board("astray", "a test board", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa("8080"))
    device = board.device("device", made())
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    cpu.io.device(0, 0, device, write="aim")
    cpu.io.device(1, 1, device, read="fetch", write="store")
    machine = Machine(board)
    # MVI A,aimed; OUT 0; MVI A,55; OUT 1; IN 1; STA 1000; HLT
    machine.load("ram", bytes([0x3E, aimed]) + bytes.fromhex("d300 3e55 d301 db01 320010 76"))
    machine.load("ram", b"\x77", at=0x1000)
    return machine


ENGINES = ["reference", "interp", "jit"]


@pytest.mark.parametrize("aimed", [1, 0x7F, 0x80, 0xFF])
@pytest.mark.parametrize("engine", ENGINES)
def test_devices_stay_in_their_arrays(engine: str, aimed: int) -> None:
    """Far out of bounds, the function ends there and then; what it would have read is 0.

    The machine says so, and stops at the end of the instruction.
    """
    machine = astray(aimed)
    arena = machine.arena.copy()
    machine.use(engine)
    for function, pc in (("store", 8), ("fetch", 10)):
        with pytest.raises(MachineFault, match=f"^astray: device.{function} went beyond an array"):
            machine.run(1)
        assert machine.cpus["cpu"]["pc"] == pc
        assert machine.frame == 0
    assert machine.run(1) == 1
    assert machine.memory[0x1000] == 0
    machine.memory[0x1000] = 0x77
    for name in snapshot.names(machine):
        if name.startswith("device.") and name != "device.at":
            assert (machine.arena[name] == arena[name]).all(), name
    assert machine.arena["ram"].tobytes() == arena["ram"].tobytes()


@pytest.mark.parametrize("function", ["event", "catch_up"])
def test_faults_are_the_same_on_every_engine(function: str) -> None:
    """Not only of accesses: of events and at the end of a run; and the machine goes on."""
    told = set()
    for engine in ENGINES:
        machine = astray(0, Restless)
        machine.use(engine)
        machine.arena["device.due"][0] = 500
        machine.arena["device.late"][0] = -17
        if function == "event":
            machine.arena["device.at"][0] = 99
            machine.load("ram", b"\x76")  # HLT: nothing is aimed at
        with pytest.raises(MachineFault) as caught:
            machine.run(1)
        hashes = [machine.state_sha256()]
        machine.arena["device.late"][0] = machine.arena["device.at"][0] = 0
        machine.run(2)
        hashes.append(machine.state_sha256())
        told.add((str(caught.value), *hashes))
        assert isinstance(caught.value.__cause__, IndexError) == (engine == "reference")
    assert len(told) == 1
    assert f"device.{function} went beyond an array, at time" in told.pop()[0]


class Creeping(Astray):
    """Gets there by and by."""

    def store(self, offset: int, value: int, time: int) -> None:
        self.place[self.at >> 8] = value
        self.at += 1


@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
def test_a_fault_in_translated_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends a hot loop behind the same instruction as in the other engines."""
    monkeypatch.setattr("jit.llvm.dispatch_table.HOT", 1)
    monkeypatch.setattr(
        "jit.interpreter.engine._interpreters", {}
    )  # made anew, as the handlers count to that
    monkeypatch.setattr(
        "jit.tiers.engine.worker.ask", lambda job: None
    )  # translated when the test says
    found = set()
    for engine in ENGINES:
        machine = astray(0, Creeping)
        machine.load("ram", bytes.fromhex("3c d301 d301 c30000"))  # INR A; OUT 1; OUT 1; JMP 0
        running = machine.use(engine)
        machine.run(50)
        if isinstance(running, JitEngine):
            running.translate_hot()
        with pytest.raises(MachineFault, match=r"device.store went beyond an array, at time \d"):
            machine.run(150)
        if isinstance(running, JitEngine):
            assert running.counts["translated"] + running.counts["from_disk"] > 0
        found.add((machine.frame, machine.cpus["cpu"]["pc"], machine.state_sha256()))
    assert len(found) == 1
    assert found.pop()[0] > 50
