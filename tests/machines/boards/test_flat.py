"""The flat machine: every CPU on every engine runs, prints, reads and ends, exactly there."""

from __future__ import annotations

import copy
import dataclasses
import functools
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from flat_programs import ECHO, flat
from flat_programs import source as source
from interrupting import interrupt, moments
from toy_dialect import assemble_packets
from toy_vliw import toy

import machines
from emucore.base.elf import Segment
from emucore.base.errors import UserError
from emucore.body import engines
from emucore.body.events import Text
from emucore.cpus import CPUS, isa
from emucore.history import recording
from emucore.machine import Machine
from machines.boards.flat.board import Shape
from machines.boards.flat.console import TEXT
from machines.boards.flat.machine import Flat, Loaded
from machines.host.headless.diverge import diverge
from machines.host.headless.headless import run

ENGINES = ("reference", "interp", "jit")

# Ways to come to rest, and the clock at which that is: by each CPU's manual.
RESTS = [
    ("8080", " mvi a, 1\n hlt\n", 7 + 7),
    ("8080", " mvi a, 2\nhere: dcr a\n jnz here\nstay: jmp stay\n", 7 + 2 * 15),
    ("z80", " ld a, 1\n halt\n", 7 + 4),
    ("z80", " ld b, 2\nhere: djnz here\nstay: jr stay\n", 7 + 13 + 8 + 12),  # the first sets WZ
    ("6502", " lda #1\nstay: jmp stay\n", 2),
    ("6502", " lda #1\n brk\n", 2 + 7),
    ("6502", " lda #1\n db $02\n", 2),  # it jams
    ("rv32", " addi a0, zero, 1\nstay: j stay\n", 1),
    ("rv32", " addi a0, zero, 1\n wfi\n", 2),
]


def test_all_cpus_and_engines_are_tried() -> None:
    assert machines.find("flat").cpus == tuple(CPUS) == tuple(ECHO)
    assert set(ENGINES) == set(engines.names())
    assert {cpu for cpu, _, _ in RESTS} == set(CPUS)


# -- running --------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("engine", ENGINES)
def test_without_media_it_prints_a_line(cpu: str, engine: str) -> None:
    machine = flat(cpu=cpu, engine=engine)
    assert (machine.status, machine.console and machine.console.text) == (None, "")
    assert machine.run(frames=3) == 0
    assert machine.printer.text.startswith("Hello from a")
    assert machine.printer.text.endswith(".\n")
    assert machine.status == 0


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_and_schedules_agree(cpu: str, engine: str) -> None:
    """By frames, by instructions, by pieces: the same end, to the bit."""
    whole = flat(cpu=cpu, engine="reference")
    whole.run(frames=1)
    frames, steps, pieces = (flat(cpu=cpu, engine=engine) for _ in range(3))
    assert frames.run(frames=1) == 0
    done = steps.step(10_000)
    assert 0 < done < 10_000
    for end in range(7, 10_000, 7):
        if not pieces.run_until(end):
            break
    for machine in (frames, steps, pieces):
        assert machine.state_sha256() == whole.state_sha256()
        assert machine.printer.text == whole.printer.text
        assert machine.step() == machine.run(frames=1) == 0


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_lockstep(cpu: str, engine: str, source: Callable[[str], Path]) -> None:
    """What is typed is answered, and ends it: instruction for instruction as on the reference."""
    pair = tuple(
        flat(source(ECHO[cpu]), cpu=cpu, engine=name, clock=50_000)
        for name in ("reference", engine)
    )
    assert diverge((pair[0], pair[1]), 20, Text(b"HAL\r")) is None
    for machine in pair:
        assert (machine.printer.text, machine.status) == ("IBM", 3)
    assert pair[0].state_sha256() == pair[1].state_sha256()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("cpu", "text", "clock"), RESTS)
def test_where_it_ends(
    cpu: str, text: str, clock: int, engine: str, source: Callable[[str], Path]
) -> None:
    machine = flat(source(text), cpu=cpu, engine=engine)
    assert machine.run(frames=1) == 0
    assert (machine.time, machine.status) == (clock, 0)
    other = flat(source(text), cpu=cpu, engine=engine)
    other.run_until(clock)  # exactly so far
    assert other.time == clock
    assert other.run(frames=1) == 0
    assert other.state_sha256() == machine.state_sha256()


@pytest.mark.parametrize("cpu", CPUS)
def test_random_bytes_end_alike(cpu: str) -> None:
    """Or go on alike: on each engine, run whole or in pieces."""
    shape = dataclasses.replace(Shape.usual(isa(cpu)), clock_hz=100_000)
    found = [Flat(shape) for _ in range(4)]
    for machine, engine in zip(found, ("reference", *ENGINES), strict=True):
        machine.use(engine)
    whole, *others = found
    ends = 0
    for seed in range(12):
        rng = random.Random(f"{cpu} {seed}")
        data = rng.randbytes(shape.size if shape.size <= 1 << 16 else 1 << 12)
        start = shape.at + rng.randrange(0x200, 0x400) // 4 * 4
        for machine in found:
            machine.loaded = Loaded((Segment(shape.at, data, len(data)),), {"pc": start})
            machine.power_on()
        whole.run_until(3000)
        ends += whole.status is not None
        for machine in others:
            while machine.time < 3000 and machine.run_until(
                min(3000, machine.time + rng.randrange(1, 500))
            ):
                pass
            assert machine.state_sha256() == whole.state_sha256(), (seed, machine.engine_name)
    assert ends > 2


@pytest.mark.parametrize("engine", ENGINES)
def test_it_ends_late(engine: str, source: Callable[[str], Path]) -> None:
    """After frames, at any place in one."""
    for extra in range(0, 90, 10):
        text = " nop\n" * extra + " lxi h, 900\nhere: dcx h\n mov a, h\n ora l\n jnz here\n hlt\n"
        machine = flat(source(text), cpu="8080", engine=engine, clock=50_000)
        clock = 4 * extra + 10 + 900 * 24 + 7
        assert machine.run(frames=100) == clock // 1000
        assert machine.time == clock


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (" li a0, 42\n li a7, 93\n ecall\n", 42),
        (" li a7, 1\n ecall\n", 1),
        (" ebreak\n", 0),
        (" dw 0\n", 1),
        (" lw a0, 0(zero)\n jalr zero, 0(a0)\n", 1),  # to where there is nothing
        (" li a0, 7\n sb a0, -252(zero)\n", 7),
        (" li a0, 65\n sw a0, -256(zero)\n ebreak\n", 0),  # a word prints its lowest byte
    ],
)
def test_how_risc_v_ends(text: str, status: int, source: Callable[[str], Path]) -> None:
    machine = flat(source(text), cpu="rv32", engine="reference")
    assert machine.run(frames=1) == 0
    assert machine.status == status
    assert machine.printer.text == ("A" if "sw" in text else "")


def test_a_program_that_goes_on_does(source: Callable[[str], Path]) -> None:
    """One that waits for a key, and one that alternates, are not at rest."""
    for text in (ECHO["z80"], "to: jr fro\nfro: jr to\n", "more: ldir\n jr more\n"):
        machine = flat(source(text), engine="interp")
        assert machine.run(frames=10) == 10
        assert machine.status is None


@pytest.mark.parametrize("engine", ENGINES)
def test_hooks_are_called_as_ever(engine: str, source: Callable[[str], Path]) -> None:
    """Each once at each visit, also where the program rests; and nothing else is different."""
    text = " lxi h, 500\nhere: dcx h\n shld 1000h\n mov a, h\n ora l\n jnz here\nstay: jmp stay\n"
    plain, hooked = (flat(source(text), cpu="8080", engine=engine) for _ in range(2))
    visits: list[int] = []
    writes: list[object] = []
    for name in ("here", "stay"):
        hooked.hook("cpu", name, lambda m: visits.append(m.cpus["cpu"].pc))
    hooked.hook("cpu", 0x1000, lambda m, access: writes.append(access), on="write")
    plain.run(1)
    hooked.run(1)
    assert visits == [3] * 500 + [hooked.symbols["stay"]]
    assert len(writes) == 500
    assert hooked.state_sha256() == plain.state_sha256()


@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_whatever_interrupts_it(engine: str) -> None:
    """It goes on to the same end, and prints what it prints once."""
    begin = flat(cpu="6502", engine=engine)
    twin = begin.clone()
    most = moments(functools.partial(twin.run, 1))
    interrupted = 0
    moments_ = range(1, most, most // 60)
    for moment in moments_:
        machine = begin.clone()
        interrupted += interrupt(functools.partial(machine.run, 1), moment)
        machine.run(1)
        assert machine.state_sha256() == twin.state_sha256()
        assert (machine.printer.text, machine.status) == (twin.printer.text, 0)
    assert interrupted >= len(moments_) - 3  # in a finaliser, an exception goes nowhere


# -- the console ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_printed_is_lost(engine: str, source: Callable[[str], Path]) -> None:
    """More in a frame than the console has room for."""
    text = "next: ld a, l\n or 64\n out (0), a\n inc hl\n ld a, h\n cp 9\n jr nz, next\n halt\n"
    machine = flat(source(text), engine=engine, clock=20_000_000)
    assert machine.run(1) == 0
    assert TEXT < 9 * 256
    assert machine.printer.text.encode("latin-1") == bytes(i & 255 | 64 for i in range(9 * 256))


def test_who_waits_for_a_key_is_known(source: Callable[[str], Path]) -> None:
    machine = flat(source(ECHO["6502"]), cpu="6502")
    assert not machine.waiting
    machine.run(1)
    assert machine.waiting
    outcome = run(machine, Text(b"a"))  # no more is to come, and nobody bounds it
    assert (outcome.starved, outcome.ended, machine.printer.text) == (True, False, "b")
    polls = source("next: ld a, (0)\n in a, (1)\n or a\n jr z, next\n in a, (0)\n jr next\n")
    machine = flat(polls)
    machine.run(1)
    assert not machine.waiting
    room = machine.keyboard_room()
    machine.type(b"x" * room)
    assert machine.keyboard_room() == 0
    with pytest.raises(UserError, match="no room for 1 typed"):
        machine.type(b"x")
    machine.run(10)
    assert machine.keyboard_room() == room


# -- states, copies, recordings -------------------------------------------------------------------


@pytest.mark.parametrize("way", [copy.copy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(way: Callable[[Machine], Machine], source: Callable[[str], Path]) -> None:
    machine = flat(source(ECHO["rv32"]), cpu="rv32")
    machine.type(b"ab")
    machine.run(1)
    other = way(machine)
    assert isinstance(other, Flat)
    assert other.printer.text == ""
    assert other.symbols["next"] == 0x8000_0000
    for each in (machine, other):
        each.type(b"c\r")
        assert each.run(2) == 0
    assert (machine.printer.text, other.printer.text) == ("bcd", "d")
    assert machine.state_sha256() == other.state_sha256()


@pytest.mark.parametrize("cpu", CPUS)
def test_states_recordings_and_history(
    cpu: str, tmp_path: Path, source: Callable[[str], Path]
) -> None:
    machine = flat(source(ECHO[cpu]), cpu=cpu)
    machine.keep_history()
    machine.run(2)
    recorder = recording.Recorder(machine)
    machine.save_state(tmp_path / "a.state")
    machine.type(b"xy\r")
    assert machine.run(3) == 0
    recorder.save(tmp_path / "a.rec")
    end = machine.state_sha256()
    assert machine.rewind(2) == 2
    assert machine.status is None
    assert machine.frame == 0
    for engine in ENGINES:
        other = flat(source(ECHO[cpu]), cpu=cpu, engine=engine)
        other.load_state(tmp_path / "a.state")
        other.type(b"xy\r")
        assert (other.run(3), other.printer.text, other.status) == (0, "yz", 3)
        assert other.state_sha256() == end
    assert recording.start(other, tmp_path / "a.rec").play(other)
    other.reset()
    assert (other.status, other.time) == (None, 0)


def test_a_damaged_state_is_refused(source: Callable[[str], Path]) -> None:
    machine = flat(engine="reference")
    for name, value in (("taken", 1), ("typed", 5000), ("status", 256), ("printed", -1)):
        other = machine.clone()
        other.arena[f"console.{name}"][0] = value
        with pytest.raises(UserError, match="damaged"):
            machine.load_state_bytes(other.state_bytes())


# -- a CPU of one's own ---------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES[:2])
def test_a_description_that_nobody_has_heard_of(engine: str) -> None:
    """This one has packets of words."""
    data = assemble_packets(
        toy,
        """
        org 0
        movi r1,1 | movi r2,10
        add r1,r1,r2 | addi r2,r2,-1
stay:   jump stay
""",
    ).image(0)
    shape = Shape.usual(toy)
    assert shape.cells == ((1 << 32) - 256, (1 << 32) - 252)
    at = shape.at
    machine = Flat(shape, Loaded((Segment(at, data, len(data)),), {"pc": at}))
    machine.use(engine)
    machine.run_until(10_000)
    assert machine.status == 0
    assert machine.time == 2
    assert machine.summary() == f"status 0: pc={at + 16:08x} r1=0000000b r2=00000009"
