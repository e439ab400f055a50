"""The JIT against the reference: translated at every chance, interrupted anywhere, rewritten."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_lockstep import ISAS, differences, pair

import jit.tiers.engine
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.isa import Isa
from emucore.machine import Machine
from jit.llvm.native import threaded
from jit.tiers.engine import JitEngine

pytestmark = pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every jump's target is hot at once, and regions are small, so that much is translated."""
    monkeypatch.setattr("jit.llvm.dispatch_table.HOT", 1)
    monkeypatch.setattr("jit.tiers.translated_cpu.LOOKS", 0)
    for limit in ("LIMIT", "WHOLE"):
        monkeypatch.setattr(f"jit.tiers.translated_cpu.{limit}", 200)
    monkeypatch.setattr("jit.interpreter.engine._interpreters", {})
    monkeypatch.setattr(jit.tiers.engine.worker, "ask", lambda job: None)


def engine_of(machine: Machine) -> JitEngine:
    """The machine's JIT engine, chosen now."""
    engine = machine.use("jit")
    assert isinstance(engine, JitEngine)
    return engine


@pytest.mark.parametrize("isa", ISAS, ids=lambda isa: isa.name)
@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_same_state_at_every_checkpoint(isa: Isa, seed: int) -> None:
    reference, jitted = pair(isa, seed)
    engine = engine_of(jitted)
    rng = random.Random(seed)
    time = 0
    while time < 3000:
        time += rng.randrange(1, 200)
        reference.run_until(time)
        jitted.run_until(time)
        assert differences(reference, jitted) == [], f"at {time}"
        if engine.counts["translated"] < 6:
            engine.translate_hot()


@pytest.mark.parametrize("isa", ISAS, ids=lambda isa: isa.name)
def test_engines_take_turns(isa: Isa) -> None:
    """A state may go from any engine to any other, with translations in place."""
    steady, changing = pair(isa, 7)
    rng = random.Random(7)
    time = 0
    while time < 3000:
        engine = changing.use(rng.choice(["reference", "interp", "jit"]))
        time += rng.randrange(1, 300)
        steady.run_until(time)
        changing.run_until(time)
        assert differences(steady, changing) == [], f"at {time}"
        if isinstance(engine, JitEngine):
            engine.translate_hot()


#: lxi h,1000h; mvi b,0; again: mvi a,1; mov m,a; inx h; inr b; jnz again; lda 6; inr a; sta 6;
#: jmp 3: a loop that counts up its own operand (at 6) each time it is done.
SELF_CHANGING = bytes.fromhex("210010 0600 3e01 77 23 04 c20500 3a0600 3c 320600 c30300")


def looping(engine: str) -> Machine:
    """A machine running the program that changes itself."""
    board = Board("loop", "a loop", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", i8080)
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board)
    machine.load("ram", SELF_CHANGING)
    machine.use(engine)
    return machine


def run_translating(machine: Machine, end: int, step: int = 5000) -> None:
    """Run to *end*, translating on the way."""
    for time in range(machine.time + step, end + 1, step):
        machine.run_until(time)
        if isinstance(machine.engine, JitEngine):
            machine.engine.translate_hot()


def test_code_that_changes_itself_is_seen_at_once() -> None:
    machines = [looping(name) for name in ("interp", "jit")]
    for machine in machines:
        run_translating(machine, 200_000)
    assert differences(*machines) == []
    engine = machines[1].engine
    assert isinstance(engine, JitEngine)
    assert engine.counts["invalidated"] > 0
    # what changes is given up after some changes: the rest is translated, and stays right
    assert engine.counts["invalidated"] <= 20
    assert engine.cpus["cpu"].installed


def test_translations_are_used() -> None:
    """Otherwise the tests above would test the interpreter."""
    machine = looping("jit")
    machine.load("ram", bytes.fromhex("210010 23 7d c20300 c30000"))
    run_translating(machine, 50_000)
    engine = machine.engine
    assert isinstance(engine, JitEngine)
    assert engine.counts["translated"] + engine.counts["from_disk"] > 0
    assert all(len(made.outline.starts) > 1 for made in engine.cpus["cpu"].installed.values())
    # a poke behind the machine's back is not seen by a translation: so one was being run
    machine.arena["ram"][3] = 0x2B  # inx h -> dcx h
    before = machine.cpus["cpu"]["hl"]
    machine.run_until(machine.time + 1000)
    assert 0 < machine.cpus["cpu"]["hl"] - before & 0xFFFF < 0x8000


def test_a_second_machine_compiles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))
    counts = []
    for _ in range(2):
        machine = looping("jit")
        machine.load("ram", bytes.fromhex("210010 23 7d c20300 c30000"))
        run_translating(machine, 20_000)
        engine = machine.engine
        assert isinstance(engine, JitEngine)
        counts.append(dict(engine.counts))
    assert counts[0]["translated"] > 0
    assert counts[1]["translated"] == 0
    assert counts[1]["from_disk"] == counts[0]["translated"]


def test_a_damaged_translation_on_disk_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))
    for damage in (None, b"", b"\x00" * 100):
        for path in tmp_path.iterdir():
            if damage is not None:
                path.write_bytes(damage)
        machine = looping("jit")
        machine.load("ram", bytes.fromhex("210010 23 7d c20300 c30000"))
        run_translating(machine, 20_000)
        engine = machine.engine
        assert isinstance(engine, JitEngine)
        assert engine.counts["translated"] > 0


def test_memory_changed_from_outside_is_seen() -> None:
    machines = [looping(name) for name in ("interp", "jit")]
    for machine in machines:
        run_translating(machine, 50_000)
        machine.load("ram", b"\x05", at=6)
        run_translating(machine, 100_000)
    assert differences(*machines) == []


def test_bytes_that_are_written_as_they_are_stop_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """lxi h,4; again: mov a,m; mov m,a (this one); inr b; jmp again."""
    machine = looping("jit")
    machine.load("ram", bytes.fromhex("210400 7e 77 04 c30300"))
    run_translating(machine, 20_000)
    engine = machine.engine
    assert isinstance(engine, JitEngine)
    assert engine.cpus["cpu"].installed
    stops: list[object] = []
    monkeypatch.setattr(engine, "_prepare", lambda: stops.append(None))
    machine.run_until(machine.time + 50_000)
    assert len(stops) == 1  # as the run began
