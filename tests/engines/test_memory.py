"""Memory: a budget is what the process takes, and what runs for long takes no more and no more.

Measured is what the process has (RSS), after what it has freed is given back.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from places import SUPPORT
from soak import resident

import machines
from emucore.assembler import assemble
from emucore.cpus.i8080 import i8080
from emucore.history.recording import EVENTS_MOST, Recorder
from emucore.history.rewind import Rewind
from jit.base.apart import free
from jit.llvm.native import Loaded, compile_ir, threaded
from jit.regions.region import Tracer
from jit.tiers import translation
from jit.tiers.program import GuestProgram
from jit.tiers.translation import Translation, make

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")

MIB = 1 << 20
#: How long the soak is, in seconds; the long one runs for as long as the environment says.
SHORT, LONG = 6.0, float(os.environ.get("EMUCORE_SOAK", "1200"))


def grown(work: Callable[[], object]) -> int:
    """By how many bytes the process grew for what *work* does, and for what it returns."""
    kept = [work()]  # what is filled once
    kept.clear()
    _give_back()
    before = resident()
    kept.append(work())
    _give_back()
    return resident() - before


def _give_back() -> None:
    gc.collect()
    free()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)


def test_rewind_takes_its_budget() -> None:
    machine = machines.load("invaders", engine="interp")

    def play() -> Rewind:
        past = Rewind(machine, MIB)
        for _ in range(6000):
            machine.run_frames(1)
            past.record()
        assert past.bytes > MIB - 10_000, "it is not full"
        return past

    taken = grown(play)
    assert taken < 2 * MIB
    assert Rewind(machine).budget == 64 * MIB


def test_rewind_takes_it_at_once() -> None:
    """A session of an hour takes what one of a minute does."""
    machine = machines.load("invaders", engine="interp")
    machine.use("interp").wait()  # what is compiled in the background takes memory too
    assert 15 * MIB < grown(lambda: Rewind(machine, 16 * MIB)) < 18 * MIB


@pytest.mark.parametrize("pipeline", [False, True])
def test_a_compilation_leaves_nothing_but_its_result(pipeline: bool) -> None:
    """Neither LLVM's passes nor what it remembers of types and constants."""
    count = 40
    text = "define i64 @region(i64 %a) {{ %b = mul i64 %a, {} \n ret i64 %b }}"

    def compile_many() -> None:
        for number in range(count):
            compile_ir(text.format(number << 40 | id(compile_many) & 0xFFFF), 2, pipeline=pipeline)

    assert grown(compile_many) < count * 8192


def _translation(limit: int, *, quick: bool) -> Callable[[], Translation]:
    """Makes a translation of part of the game, each time anew."""
    machine = machines.load("invaders", engine="interp")
    space = GuestProgram(machine, machine.board.cpus[0])
    tracer = Tracer(machine.board.cpus[0].isa, space.peek)
    made = make(tracer, 0, space, space.plain, quick=quick, limit=limit)

    def again() -> Translation:
        program = dict(made.program)
        new = Translation(made.isa, made.head, program, made.image, made.outline, made.plain)
        new.entry()
        return new

    return again


def measure_translations(limit: int, quick: bool) -> tuple[int, int]:
    """What 40 translations are counted as, and what the process takes for them."""
    again = _translation(limit, quick=quick)
    before = translation.held()
    counted = 0

    def load() -> list[Translation]:
        nonlocal counted
        loaded = [again() for _ in range(40)]
        counted = translation.held() - before
        return loaded

    taken = grown(load)
    _give_back()
    assert translation.held() == before
    return counted, taken


@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
@pytest.mark.parametrize("limit", [20, 1500])
@pytest.mark.parametrize("quick", [False, True])
def test_translations_take_what_their_budget_counts(limit: int, quick: bool) -> None:
    """In a process of its own, which has nothing to give them that others have left."""
    code = f"import test_memory as t; print(*t.measure_translations({limit}, {quick}))"
    command = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    counted, taken = map(int, told.stdout.split())
    assert 0.6 * counted < taken < 1.3 * counted + MIB


def test_objects_go_with_their_memory() -> None:
    image = compile_ir("define void @region() { ret void }", 0)

    def load() -> None:
        for _ in range(40):
            Loaded(image)

    assert grown(load) < MIB // 2


def test_a_tracer_is_bounded_by_what_it_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instructions of a VLIW are ten times as large as others: micro-ops are counted."""
    monkeypatch.setattr("jit.regions.region.REMEMBERED", 500)
    machine = machines.load("invaders", engine="interp")
    space = GuestProgram(machine, machine.board.cpus[0])
    tracer = Tracer(i8080, space.peek)
    code = assemble(i8080, "push b\n" * 3 + "daa\n" * 200).image(0)
    machine.load("rom", code)
    largest = 0
    for pc in range(len(code)):
        tracer.step(pc)
        largest = max(largest, sum(step.size for step in tracer._steps.values()))
    assert 500 <= largest < 700
    assert tracer.step(0).pc == 0


def test_a_recording_is_bounded_while_it_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = machines.load("invaders", engine="interp")

    def press() -> Recorder:
        machine.heard = None
        recorder = Recorder(machine)
        for number in range(40_000):
            machine.press("coin", number % 2 == 0)
        return recorder

    assert grown(press) < 3 * MIB
    assert EVENTS_MOST < 16 * MIB
    monkeypatch.setattr("emucore.history.recording.EVENTS_MOST", 1000)
    recorder = press()
    assert len(recorder._events) < 1100
    with pytest.raises(machines.MachineError, match="more was pressed than a recording can hold"):
        recorder.save(tmp_path / "recording")
    assert not list(tmp_path.iterdir())


def soak(seconds: float, engine: str, folder: Path) -> list[dict[str, int]]:
    """What ``emu play`` took, each second."""
    environment = {
        **os.environ,
        "EMUCORE_CONFIG": str(folder / "config"),
        "EMUCORE_DATA": str(folder / "data"),
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
    }
    script = SUPPORT / "soak.py"
    done = subprocess.run(
        [sys.executable, str(script), str(seconds), engine],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=True,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"second"')]
    assert len(lines) > seconds / 3
    return [json.loads(line) for line in lines]


def _is_level(rows: list[dict[str, int]], start: float, most: int) -> None:
    """From second *start* on, memory, threads and descriptors are what they were.

    Compared are medians of a while at either end: a file may be open at a moment, or LLVM at work.
    """
    later = [row for row in rows if row["second"] >= start]
    some = max(1, min(30, len(later) // 3))

    def at(rows: list[dict[str, int]], name: str) -> float:
        return median(row[name] for row in rows)

    assert at(later[-some:], "resident") - at(later[:some], "resident") < most
    for name in ("threads", "descriptors"):
        assert at(later[-some:], name) <= at(later[:some], name)


def test_a_session_is_level(tmp_path: Path) -> None:
    """At full speed: thousands of frames."""
    _is_level(soak(SHORT, "interp", tmp_path), 2, 10 * MIB)


@pytest.mark.long
@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_a_long_session_is_level(engine: str, tmp_path: Path) -> None:
    """``EMUCORE_SOAK`` seconds of each engine, else 20 minutes: level from the first minute on."""
    _is_level(soak(LONG, engine, tmp_path), min(60, LONG / 3), 10 * MIB)
