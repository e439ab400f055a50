"""The API of a machine, as scripts and notebooks use it."""

from __future__ import annotations

import copy
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import pest_board
from test_api import banked
from test_completeness import disk

import machines
from emucore.assembler import assemble
from emucore.base.errors import ArgumentError, UserError
from emucore.base.png import MAGIC
from emucore.board import Board
from emucore.body import symbols
from emucore.body.sound import KEPT
from emucore.cpus import CPUS, isa
from emucore.machine import Machine, MachineError

# -- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_clones(way: Callable[[Machine], Machine]) -> None:
    machine = machines.load("invaders", engine="interp", cpu="z80", lives=5)
    machine.press("coin")
    machine.run(7)
    machine.step(100)  # in the midst of a frame
    machine.symbols["here"] = 0x10
    machine.freeze(0x2100, 3)
    other = way(machine)
    assert other is not machine
    assert other.engine_name == "interp"
    assert other.state_sha256() == machine.state_sha256()
    assert (dict(other.symbols), dict(other.cheats)) == ({"here": 0x10}, {0x2100: 3})
    assert (machine.run(20), other.run(20)) == (20, 20)
    assert other.state_sha256() == machine.state_sha256()
    machine.run(1)
    other.symbols["there"] = 1
    other.unfreeze()
    assert other.state_sha256() != machine.state_sha256()
    assert (len(machine.symbols), len(machine.cheats)) == (1, 1)


def test_a_pickle_goes_to_another_process(tmp_path: Path) -> None:
    box = machines.load("cpm", disk(tmp_path), engine="interp", args="A B")
    box.run(5)
    box.type(b"ab")
    (tmp_path / "box.pickle").write_bytes(pickle.dumps(box))
    code = """
import pickle, sys
box = pickle.load(open(sys.argv[1], "rb"))
box.run(10)
print(type(box).__name__, box.state_sha256())
"""
    command = [sys.executable, "-c", code, str(tmp_path / "box.pickle")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    box.run(10)
    assert done.stdout.split() == ["Cpm", box.state_sha256()]


def test_what_pickle_cannot_take_says_why() -> None:
    machine = Machine(pest_board(isa("8080")))
    with pytest.raises(MachineError, match=r"from a Board in this process.*state_bytes"):
        pickle.dumps(machine)
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(machine)
    assert copy.copy(machine).state_sha256() == machine.state_sha256()


def test_errors_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(caught(lambda: machines.load("invaders").use("warp"))))
    assert (type(error).__name__, error.argument) == ("UnknownName", "engine")
    assert str(error).startswith("no engine 'warp'")


def test_states_as_bytes(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="interp")
    machine.run(3)
    data, then = machine.state_bytes(), machine.state_sha256()
    machine.save_state(tmp_path / "a.state")
    assert (tmp_path / "a.state").read_bytes() == data
    machine.run(3)
    later = machine.state_sha256()
    for bad in (b"", data[:-100], bytes(100)):
        with pytest.raises(MachineError) as failure:
            machine.load_state_bytes(bad)
        assert "\n" not in str(failure.value)
    assert machine.state_sha256() == later
    machine.load_state_bytes(data)
    assert machine.state_sha256() == then


# -- sound ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_sound_is_all_since_it_was_read(engine: str) -> None:
    """Whatever the runs are: frames, many of them, pieces, single instructions."""
    one, pieces = (machines.load("invaders", engine=engine) for _ in range(2))
    heard = []
    for _ in range(40):
        one.run(1)
        heard.append(one.frame_sound)
    rng = random.Random(3)
    parts: list[Any] = []
    while pieces.frame < 40:
        end = (pieces.frame + 1) * pieces.board.frame_ticks
        until = pieces.time + rng.randrange(1, pieces.board.frame_ticks)
        if until < end:
            pieces.run_until(until)
            pieces.step(rng.randrange(3))
        else:
            pieces.run(1)
        if rng.random() < 0.3:
            parts.append(pieces.sound)
    whole = np.concatenate([*parts, pieces.sound])
    assert np.array_equal(whole, np.concatenate(heard))
    assert np.array_equal(one.sound, whole)
    assert len(one.sound) == len(pieces.sound) == 0
    assert len(parts) > 3
    assert whole.dtype == np.int16
    assert pieces.state_sha256() == one.state_sha256()


def test_sound_is_bounded_and_no_part_of_the_state() -> None:
    machine = machines.load("invaders", engine="interp")
    assert machine.board.speaker is not None
    machine.run(seconds=KEPT + 2)
    rate = machine.board.speaker.rate
    clone = machine.clone()
    assert len(clone.sound) == 0
    assert KEPT * rate - rate // 25 < len(machine.sound) < KEPT * rate + rate // 25
    clone.run(1)
    assert len(clone.sound) == len(clone.frame_sound) > 0
    state = clone.state_bytes()
    clone.load_state_bytes(state)
    assert len(clone.sound) == 0  # that was played before
    assert len(Machine(pest_board(isa("8080"))).sound) == 0


# -- steps, reset, panel --------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["reference", "interp", "jit"])
def test_steps_are_instructions(engine: str) -> None:
    """As many as it takes for a frame, and then it is where a run of frames would be."""
    machine, whole = (Machine(pest_board(isa("z80"))) for _ in range(2))
    rng = random.Random(1)
    for each in (machine, whole):
        each.load("ram", random.Random(2).randbytes(0x10000))
        each.use(engine)
    while machine.frame < 3:
        before = machine.cpus["cpu"].clock
        assert machine.step() == 1
        assert 0 < machine.cpus["cpu"].clock - before < 50
        machine.step(rng.randrange(4))
    whole.run(3)
    whole.run_until(machine.time)
    assert machine.state_sha256() == whole.state_sha256()


def test_a_step_of_one_cpu_of_two() -> None:
    board = Board("two", "two CPUs", clock_hz=1_000_000, frame_ticks=1000)
    for name, divider in (("fast", 1), ("slow", 7)):
        board.cpu(name, isa("8080"), divider=divider).mem.ram(0, 0xFFFF, board.ram(name[0], 65536))
    machine = Machine(board)
    assert machine.step(cpu="slow") == 1
    assert machine.cpus["slow"].pc == 1
    assert machine.step(3, "fast") == 3
    with pytest.raises(MachineError, match="two has no CPU 'third'; it has fast, slow"):
        machine.step(cpu="third")


def test_a_board_without_frames() -> None:
    board = Board("bare", "no frames", clock_hz=1_000_000)
    board.cpu("cpu", isa("8080")).mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board)
    assert machine.step(5) == 5
    assert (machine.frame, machine.cpus["cpu"].pc, len(machine.sound)) == (0, 5, 0)
    assert repr(machine) == "<bare: 8080 at 1 MHz; reference; frame 0, 0.000020 s>"
    with pytest.raises(MachineError, match="bare has no frames"):
        machine.run(seconds=1)


def test_a_step_ends_where_the_machine_stops() -> None:
    machine = Machine(pest_board(isa("8080")))
    hook = machine.hook("cpu", 3, lambda m: m.stop())
    assert machine.step(10) == 3
    hook.remove()
    assert machine.step(10) == 10


def test_inputs_and_switches() -> None:
    machine = machines.load("invaders", engine="reference")
    heard: list[tuple[str, ...]] = []
    machine.heard = lambda *what: heard.append(what)
    assert set(machine.inputs) == set(machine.board.inputs)
    machine.inputs["fire"] = True
    machine.switches["lives"] = 5
    assert (machine.inputs["fire"], machine.inputs["coin"]) == (True, False)
    assert (machine.switches["lives"], machine.setting("lives")) == ("5", "5")
    assert heard == [("press", "fire", "1"), ("switch", "lives", "5")]
    assert all(
        machine.switches[name] in machine.switches.settings(name) for name in machine.switches
    )
    machine.reset()
    assert (machine.inputs["fire"], machine.switches["lives"]) == (False, "5")
    assert "lid" not in machine.inputs
    for wrong in (
        lambda: machine.inputs["lid"],
        lambda: machine.switches.settings("lid"),
        lambda: machine.switches.__setitem__("lives", "9"),
    ):
        with pytest.raises(MachineError):
            wrong()


# -- memory and registers -------------------------------------------------------------------------


def test_numpy_has_memory_at_once() -> None:
    machine = banked()
    machine.run_until(0)
    memory = machine.memory
    whole = np.asarray(memory)
    assert whole.tobytes() == memory[:]
    assert np.array_equal(np.array(memory, np.int32), whole)
    if sys.version_info >= (3, 12):
        assert bytes(memoryview(memory)) == memory[:]  # type: ignore[arg-type]
    live = np.frombuffer(memory.view(0x8100, 0x8300), np.uint8)
    before = live.copy()
    memory[0x8123] = (before[0x23] + 1) & 0xFF
    assert (np.flatnonzero(live != before) == [0x23]).all()
    assert not live.flags.writeable
    assert bytes(memory.view(0x0000, 0x2000)) == memory[0:0x2000]
    for start, stop in ((0x4000, 0x4100), (0x7F00, 0x8100), (0xA000, 0xA010), (0x8300, 0x8500)):
        with pytest.raises(MachineError, match="not one piece"):
            memory.view(start, stop)
    for start, stop in ((5, 5), (6, 5), (0, 0x10001), (-1, 5)):
        with pytest.raises(IndexError):
            memory.view(start, stop)


def test_all_of_a_large_space_is_refused() -> None:
    """Not attempted: 4 GiB."""
    memory = Machine(pest_board(isa("rv32"))).memory
    for ask in (lambda: memory[:], lambda: np.asarray(memory), lambda: memory[::2]):
        with pytest.raises(MachineError, match="too many"):
            ask()


@pytest.mark.parametrize("name", CPUS)
def test_registers_of_every_cpu(name: str) -> None:
    registers = Machine(pest_board(isa(name))).cpus["cpu"]
    rng = random.Random(4)
    for each in registers:
        if each not in ("zero", "x0", "p"):
            registers[each] = rng.getrandbits(1)
            assert getattr(registers, each) == registers[each]
    assert len(registers) == len(list(registers)) == len(dict(registers))
    pc = isa(name).pc.name
    setattr(registers, pc, 0x44)
    assert registers[pc] == 0x44
    assert f"{pc}=" in repr(registers)
    assert f"<th>{pc}</th>" in registers._repr_html_()
    assert pc in dir(registers)
    assert pc in registers
    assert "nonsense" not in registers
    assert not hasattr(registers, "nonsense")
    assert registers == dict(registers)


def test_r_of_the_z80() -> None:
    machine = machines.load("invaders", cpu="z80", engine="interp")
    registers = machine.cpus["cpu"]
    registers.r = 0x85
    machine.step()
    assert registers.r == 0x86
    assert {"r", "i", "ix", "af_"} <= set(registers)


# -- symbols, disassembly, cheats, the past -------------------------------------------------------

SOURCE = """
        org 0
start:  lxi sp, stack
loop:   call count
        jmp loop
count:  lxi h, total
        inr m
        ret
        ds 100
stack:
total:  db 0
"""


def counting() -> tuple[Machine, dict[str, int], str]:
    """A machine that counts, its symbols, and the assembler's list of them."""
    program = assemble(isa("8080"), SOURCE)
    board = Board("counting", "a test board", clock_hz=1_000_000, frame_ticks=1000)
    board.cpu("cpu", isa("8080")).mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board)
    machine.load("ram", program.image(0))
    return machine, program.symbols, program.symbol_table()


def test_symbols_of_the_assembler(tmp_path: Path) -> None:
    machine, names, table = counting()
    path = tmp_path / "a.sym"
    path.write_text(table)
    assert machine.load_symbols(path) == len(names) == 5
    assert dict(machine.symbols) == names
    texts = [(row.label, row.text) for row in machine.disassemble(count=4)]
    stack = machine.symbols.at(names["stack"])
    assert texts[0] == ("start", f"lxi sp,{stack}")
    assert texts[1:] == [("loop", "call count"), (None, "jmp loop"), ("count", f"lxi h,{stack}")]
    assert [row.address for row in machine.disassemble("count", 2)] == [9, 12]
    assert machine.disassemble(0xFFFF, 5)[0].text == "nop"
    visits: list[int] = []
    machine.hook("cpu", "count", lambda m: visits.append(m.memory[names["total"]]))
    machine.run(1)
    assert visits[:3] == [0, 1, 2]
    with pytest.raises(KeyError, match="no symbol 'cuont'; the nearest of 5: count"):
        machine.hook("cpu", "cuont", print)


@pytest.mark.parametrize(
    "text",
    [
        "main equ 1234h\nloop: EQU 0x1236 ; why",
        "main = $1234\nloop=4662",
        "; comment\n00:1234 main\n01:1236 loop\n",
        "00001234 T main\n00001236 t loop\n         U printf\n",
        "al C:1234 .main\nal 001236 .loop\n",
        "main:=0x1234\nloop := 0x1236\nwhat is this\n\x00\xff\n",
    ],
)
def test_forms_of_symbol_files(text: str, tmp_path: Path) -> None:
    path = tmp_path / "symbols"
    path.write_text(text, "latin-1")
    assert symbols.read(path) == {"main": 0x1234, "loop": 0x1236}


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x7fELF", b"\x7fELF\x01\x01" + bytes(60), b"=" * 9999]
)
def test_files_that_name_nothing(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(UserError, match="f: ") as failure:
        symbols.read(tmp_path / "f")
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("engine", ["reference", "interp", "jit"])
def test_what_is_frozen_stays(engine: str) -> None:
    machine, names, _ = counting()
    machine.use(engine)
    machine.symbols.add(names)
    machine.freeze("total", 0x80)
    for _ in range(5):
        machine.run(1)
        assert 0x80 < machine.memory[names["total"]] < 0x80 + 1000 // 30
    machine.freeze("total", b"\x01\x02")
    assert dict(machine.cheats) == {names["total"]: 1, names["total"] + 1: 2}
    machine.unfreeze("total", 2)
    machine.run(9)
    assert machine.memory[names["total"]] > 0x80
    for wrong in ((names["total"], 256), (names["total"], -1), (0x10000, 1), ("nothing", 1)):
        with pytest.raises(MachineError):
            machine.freeze(*wrong)
    with pytest.raises(MachineError, match="0x5 is not frozen"):
        machine.unfreeze(5)
    with pytest.raises(MachineError, match="no RAM at 0x0"):
        machines.load("invaders", engine="reference").freeze(0, 1)


def test_going_back() -> None:
    machine = machines.load("invaders", engine="interp")
    with pytest.raises(MachineError, match="invaders keeps no history"):
        machine.rewind()
    machine.run(5)
    machine.keep_history()
    hashes = {machine.frame: machine.state_sha256()}
    for _ in range(20):
        machine.run(1)
        hashes[machine.frame] = machine.state_sha256()
    for back, frame in ((1, 24), (0, 24), (7, 17)):
        assert machine.rewind(back) == back
        assert (machine.frame, machine.state_sha256()) == (frame, hashes[frame])
    machine.run(2)
    assert machine.state_sha256() == hashes[19]
    assert machine.clone().history is None
    assert machine.rewind(100) == 14
    assert machine.frame == 5
    machine.keep_history(None)
    with pytest.raises(MachineError):
        machine.rewind()


# -- what is shown, and what is refused -----------------------------------------------------------


def test_what_notebooks_show(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="interp")
    machine.run(60)
    assert repr(machine) == "<invaders: 8080 at 1.9968 MHz; interp; frame 60, 1.007695 s>"
    picture = machine.screen
    assert picture._repr_png_()[:8] == MAGIC  # type: ignore[index]
    assert picture.png() == picture._repr_png_()
    assert repr(picture) == "Picture(224 wide, 256 high)"
    assert (picture[0]._repr_png_(), picture[0]._repr_html_()) == (None, None)
    assert "array" in repr(picture[0, 0])
    page = machine._repr_html_()
    assert "data:image/png;base64," in page
    assert "<th>hl</th>" in page
    box = machines.load("cpm", disk(tmp_path), engine="interp")
    box.run(5)
    assert "<pre>" in box._repr_html_()
    assert "Inputs({'coin': False" in repr(machine.inputs)
    assert "Switches({'lives': '3'" in repr(machine.switches)


def caught(wrong: Callable[[], object]) -> ArgumentError:
    """What that raises."""
    with pytest.raises(ArgumentError) as failure:
        wrong()
    return failure.value


def test_errors_are_of_one_family() -> None:
    """Each names its argument, and is also what Python raises for such a mistake."""
    machine = machines.load("invaders", engine="reference")
    memory, registers = machine.memory, machine.cpus["cpu"]
    before = machine.state_sha256()
    wrong: list[tuple[Callable[[], object], type[Exception], str]] = [
        (lambda: machine.run(-1), ValueError, "frames"),
        (lambda: machine.run(2.5), TypeError, "frames"),  # type: ignore[arg-type]
        (lambda: machine.run(seconds="1"), TypeError, "seconds"),  # type: ignore[arg-type]
        (lambda: machine.run(seconds=-1), ValueError, "seconds"),
        (lambda: machine.step(-1), ValueError, "count"),
        (lambda: machine.step(cpu="x"), KeyError, "cpu"),
        (lambda: machine.use("warp"), KeyError, "engine"),
        (lambda: machine.press("lid"), KeyError, "name"),
        (lambda: machine.set_switch("lid", "on"), KeyError, "name"),
        (lambda: machine.set_switch("lives", "9"), ValueError, "setting"),
        (lambda: machine.setting("lid"), KeyError, "name"),
        (lambda: machine.space("x"), KeyError, "space"),
        (lambda: machine.load("x", b""), KeyError, "name"),
        (lambda: machine.load("rom", b"x", at=-1), ValueError, "image"),
        (lambda: machine.poke("ram", -1, 0), IndexError, "at"),
        (lambda: machine.poke("x", 0, 0), KeyError, "name"),
        (lambda: machine.hook("x", 0, print), KeyError, "cpu"),
        (lambda: machine.hook("cpu", -1, print), IndexError, "address"),
        (lambda: machine.hook("cpu", "x", print), KeyError, "name"),
        (lambda: machine.hook("cpu", 1.5, print), TypeError, "address"),  # type: ignore[arg-type]
        (lambda: machine.disassemble(0, -1), ValueError, "count"),
        (lambda: machine.disassemble(0x10000), IndexError, "address"),
        (lambda: machine.load_state_bytes(b"x"), ArgumentError, "data"),
        (lambda: machine.keep_history(-1), ValueError, "budget"),
        (lambda: memory[0x10000], IndexError, "address"),
        (lambda: memory["x"], TypeError, "address"),  # type: ignore[call-overload]
        (lambda: memory["x":], TypeError, "address"),  # type: ignore[misc]
        (lambda: memory.__setitem__(0x2000, 256), ValueError, "value"),
        (lambda: memory.__setitem__(0x2000, "x"), ValueError, "value"),  # type: ignore[arg-type]
        (lambda: memory.__setitem__(0, 1), ArgumentError, "address"),
        (lambda: registers["x"], KeyError, "name"),
        (lambda: registers.x, AttributeError, "name"),
        (lambda: setattr(registers, "x", 1), AttributeError, "name"),
        (lambda: setattr(registers, "a", 256), ValueError, "a"),
        (lambda: setattr(registers, "a", "x"), TypeError, "a"),
    ]
    for call, kind, argument in wrong:
        error = caught(call)
        assert isinstance(error, kind)
        assert isinstance(error, MachineError)
        assert error.argument == argument
        assert "\n" not in str(error)
    assert machine.state_sha256() == before
