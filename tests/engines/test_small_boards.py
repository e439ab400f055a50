"""Small boards for what real machines do, on all engines in lockstep."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from small_boards import (
    COLUMNS,
    LINE,
    LINES,
    PATTERN,
    contended,
    lines,
    picture_through_mapper,
    stealing,
    two_chips,
    two_cpus,
    varying,
)
from test_jit import eager, engine_of
from test_lockstep import differences

from emucore.history import snapshot
from emucore.machine import Machine
from jit.llvm.native import threaded

__all__ = ["eager"]

ENGINES = ["reference", "interp", *(["jit"] if threaded() else [])]
STEAL = """
        .org $200
again:  inc $10
        lda $300,x
        sta $2000,x
        inx
        jsr sub
        bne again
        lda #1
        jmp again
sub:    inc $2100,x
        php
        plp
        rts
"""

BOARDS: dict[str, Callable[[str], Machine]] = {
    "two chips": two_chips,
    "picture through mapper": picture_through_mapper,
    "stealing": lambda engine: stealing(engine, STEAL, 100, 57),
    "contended": contended,
    "two CPUs": two_cpus,
    "lines": lines,
    "varying frames": varying,
}


def translate(machine: Machine) -> None:
    """Have what is hot be translated, if it is that engine's."""
    if machine.engine_name == "jit":
        engine_of(machine).translate_hot()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", BOARDS)
def test_engines_agree_at_any_boundary(name: str) -> None:
    """In one go or in pieces, each engine's its own, with states saved and loaded in between."""
    build, rng = BOARDS[name], random.Random(name)
    machines = [build(engine) for engine in ENGINES]
    end = 60_000
    whole = build("interp")
    whole.run_until(end)
    times = sorted(rng.randrange(1, end) for _ in range(12))
    for time in [*times, end]:
        for machine in machines:
            machine.run_until(time)
            translate(machine)
            if rng.random() < 0.3:
                machine.load_state_bytes(machine.state_bytes())
        for machine in machines[1:]:
            assert differences(machines[0], machine) == [], f"{machine.engine_name} at {time}"
    assert differences(machines[0], whole) == []


@pytest.mark.parametrize("name", BOARDS)
def test_undrawn_frames_change_nothing_else(name: str) -> None:
    """Skipped frames, and frames in one go: equal states, and the last picture is the same."""
    drawn, skipped = BOARDS[name]("interp"), BOARDS[name]("interp")
    for _ in range(9):
        drawn.run_frames(1)
    assert skipped.run_frames(9) == 9
    assert drawn.state_sha256() == skipped.state_sha256()
    if drawn.board.picture:
        assert drawn.frame_crc32() == skipped.frame_crc32()
    assert drawn.sound.tolist() == skipped.sound.tolist()
    assert drawn.frame_sound.tolist() == skipped.frame_sound.tolist()


# -- parts ----------------------------------------------------------------------------------------


def test_parts_are_devices_of_their_own() -> None:
    machine = two_chips("interp")
    machine.run_frames(3)
    halves = [
        int(machine.arena[f"{card}.{side}.half"][0])
        for card in ("card", "other")
        for side in ("left", "right")
    ]
    assert len(set(halves)) > 2
    assert len(machine.sound) == 3 * 200
    assert machine.arena["card.ring"].any()


# -- a mapper -------------------------------------------------------------------------------------


def test_a_picture_chip_reads_what_the_mapper_shows() -> None:
    """As a model of it computes it: banks by their registers at each byte's time are too fine for
    one, so both windows stand still here, and one is switched off."""
    machine = picture_through_mapper("interp")
    machine.load("work", bytes.fromhex("18fe"))  # jr $: the program does nothing
    for name, value in (("low", 2), ("high", 5)):
        machine.arena[f"mapper.{name}"][0] = value
    machine.refresh()
    machine.run_frames(1)
    patterns = machine.arena["patterns"]
    wanted = [
        [
            int(patterns[(5 << 12 if row & 1 else 2 << 12) | row * COLUMNS + column]) & 3
            for column in range(COLUMNS)
        ]
        for row in range(LINES)
    ]
    assert machine.arena["chip.pixels"].tolist() == wanted
    assert int(machine.arena["mapper.edges"][0]) == LINES // 2
    machine.arena["mapper.on"][0] = 0
    machine.refresh()
    machine.run_frames(1)
    assert machine.arena["chip.pixels"][0].tolist() == [0x77 & 3] * COLUMNS
    assert machine.arena["chip.pixels"][1].tolist() == wanted[1]


# -- cycles taken ---------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_cycles_are_taken_in_the_midst_of_an_instruction(engine: str) -> None:
    """INC $10 at cycles 0 to 4: fetch, operand, read, write, write; then LDA #: what is wanted at
    a read is had before it, and what is wanted at a write with the next instruction's fetch."""
    source = "        .org $200\n        inc $10\n        lda #1\nstay:   jmp stay\n"
    clocks = []
    for first in range(7):
        machine = stealing(engine, source, first, 1000)
        machine.step(2)
        taken = int(machine.arena["dma.log"][0])
        clocks.append((taken >> 32, taken & 0xFFFFFFFF, machine.cpus["cpu"]["clock"]))
    assert clocks == [
        (0x200, 0, 11),
        (0x201, 1, 11),
        (0x010, 2, 11),
        (0x202, 5, 11),
        (0x202, 5, 11),
        (0x202, 5, 11),
        (0x203, 6, 11),
    ]


def test_who_writes_when_it_is_to_be_taken_from_is_exact_too() -> None:
    """A write that starts the DMA: it has the very next read."""
    source = (
        "        .org $200\n        lda #1\n        sta $4000\n        lda #2\nstay:   jmp stay\n"
    )
    for engine in ENGINES:
        machine = stealing(engine, source, 1 << 40, 50)
        machine.step(3)
        log = int(machine.arena["dma.log"][0])
        assert (log >> 32, log & 0xFFFFFFFF) == (0x205, 6)
        assert machine.cpus["cpu"]["clock"] == 2 + 4 + 4 + 2


# -- contention -----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_waits_come_before_the_access_by_its_phase(engine: str) -> None:
    """LD HL,nn is ten cycles; LD A,(HL) reads at its seventh: 10 + 4 + ..."""
    machine = contended(engine)
    machine.step(2)
    plain = contended(engine)
    plain.board.name = "plain"
    access = int(machine.arena["ula.waited"][0])
    assert machine.cpus["cpu"]["clock"] == 10 + 7 + access
    assert access in PATTERN
    # the access is where the Z80's description puts it: in the last three states
    phases = [(10 + 4 + i) % 8 for i in range(3)]
    assert access in [PATTERN[phase] for phase in phases]


# -- two CPUs -------------------------------------------------------------------------------------


def log_of(machine: Machine) -> list[int]:
    """What the latch has seen, and when."""
    return [int(x) for x in machine.arena["latch.log"][: int(machine.arena["latch.count"][0])]]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dividers", [(3, 2), (1, 1), (7, 5)])
def test_what_cpus_share_they_reach_in_the_order_of_time(dividers: tuple[int, int]) -> None:
    """On each engine, whole and in pieces, in whatever turns."""
    machines: list[Any] = [two_cpus(engine, dividers) for engine in ENGINES]
    pieces = two_cpus("interp", dividers)
    rng = random.Random(1)
    for time in range(50_000, 400_001, 50_000):
        for machine in machines:
            machine.run_until(time)
            translate(machine)
        while pieces.time < time:
            pieces.run_until(min(time, pieces.time + rng.randrange(1, 3000)))
        for machine in (*machines[1:], pieces):
            assert differences(machines[0], machine) == [], machine.engine_name
    log = log_of(machines[0])
    assert len(log) > 10
    assert [x >> 16 for x in log] == sorted(x >> 16 for x in log)


@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
@pytest.mark.usefixtures("eager")
def test_most_of_what_two_cpus_do_is_translated() -> None:
    """More than 70 % of each CPU's cycles, though they share memory and a latch."""
    machine = two_cpus("jit")
    engine = engine_of(machine)
    engine.counting = True
    for _ in range(10):
        machine.run_frames(2)
        engine.translate_hot()
    installed = {name: list(cpu.installed.values()) for name, cpu in engine.cpus.items()}

    def cycles(name: str) -> int:
        return sum((made.counts() or {})["cycles"] for made in installed[name])

    before = {name: (machine.cpus[name]["clock"], cycles(name)) for name in installed}
    machine.run_frames(20)
    for name, (clock, translated) in before.items():
        part = (cycles(name) - translated) / (machine.cpus[name]["clock"] - clock)
        assert part > 0.7, f"{name}: {part:.0%}"


# -- lines ----------------------------------------------------------------------------------------


def test_lines_between_chips() -> None:
    machine = lines("interp")
    machine.run_frames(5)
    arena = machine.arena
    assert int(arena["listener.halts"][0]) > 20
    assert int(arena["listener.rises"][0]) > 20
    assert 0 <= int(arena["listener.rises"][0]) - int(arena["listener.fallen"][0]) <= 1
    assert int(arena["display.number"][0]) == int(arena["listener.halts"][0]) & 0xFF
    assert int(arena["display.sum"][0]) > 0


# -- frames ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_last_as_long_as_the_video_says(engine: str) -> None:
    machine = varying(engine)
    machine.load("ram", bytes.fromhex("c30000"))
    ends = []
    for _ in range(4):
        machine.run_frames(1)
        ends.append(machine.frame_begins)
    assert ends == [1000, 1999, 2999, 3998]
    assert machine.frame == 4
    assert int(machine.arena["video.frames"][0]) == 4
    machine.arena["video.off"][0] = 1
    machine.run_frames(2)
    assert machine.frame_begins == 4998 + 4000


def test_a_state_knows_when_its_frame_began() -> None:
    machine, other = varying("interp"), varying("reference")
    machine.run_frames(7)
    machine.run_until(machine.frame_begins + 333)
    other.load_state_bytes(snapshot.to_bytes(machine))
    assert other.frame_ends == machine.frame_ends
    for m in (machine, other):
        m.run_frames(30)
    assert differences(machine, other) == []
    assert LINE
