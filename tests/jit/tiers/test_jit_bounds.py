"""What translated code costs: bounded in memory, nothing leaks, what is refused says why."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest
from background import settle
from test_jit import SELF_CHANGING, eager, engine_of, looping, run_translating
from test_lockstep import differences

import jit.llvm.dispatch_table
import jit.tiers.engine
import jit.tiers.translation
from emucore.machine import Machine
from jit.llvm.native import threaded
from jit.tiers.engine import JitEngine

pytestmark = pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
__all__ = ["eager"]  # every jump's target is hot at once

#: lxi h,1000h; again: inx h; mov a,l; jnz again; jmp 0
COUNTING = bytes.fromhex("210010 23 7d c20300 c30000")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Translations are compiled without optimisation, and not kept on disk."""
    compile_ir = jit.tiers.translation.compile_ir
    monkeypatch.setattr(
        "jit.tiers.translation.compile_ir", lambda text, opt, pipeline: compile_ir(text, 0)
    )
    monkeypatch.setattr("jit.tiers.translation_store.identity", lambda isa: None)


def counting(program: bytes = COUNTING) -> tuple[Machine, JitEngine]:
    """A machine with *program*, on the JIT, hot."""
    machine = looping("jit")
    machine.load("ram", program)
    run_translating(machine, 20_000)
    return machine, engine_of(machine) if machine.engine is None else _jit(machine)


def _jit(machine: Machine) -> JitEngine:
    assert isinstance(machine.engine, JitEngine)
    return machine.engine


def resident() -> int:
    """Bytes of memory the process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def rounds(count: int) -> int:
    """Translate and invalidate *count* times; how many bytes the process grew in the latter part.

    Its first fifth fills what is filled once.
    """
    machine, engine = counting()
    settle()  # handlers that are compiled take memory too
    cpu = engine.cpus["cpu"]
    before = 0
    for number in range(count):
        if number == count // 5:
            gc.collect()
            before = resident()
        cpu.program._changes.clear()
        machine.arena["ram"][1] = number & 0xFF  # the operand of the first instruction
        for pc in list(cpu.installed):
            cpu.forget(pc)
        engine._translate(cpu, [0])
        machine.run_until(machine.time + 1)
        assert list(cpu.installed) == [0]
        machine.load("ram", bytes([0x21, number + 1 & 0xFF]))
        machine.run_until(machine.time + 1)
        assert not cpu.installed
    gc.collect()
    assert engine.counts["invalidated"] >= count
    return resident() - before


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")
def test_translating_and_invalidating_leaks_nothing(quick: None) -> None:
    assert rounds(300) < 2 << 20
    assert jit.tiers.translation.held() < 1 << 20


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")
def test_a_hundred_thousand_rounds_leak_nothing(quick: None) -> None:
    assert rounds(100_000) < 16 << 20


#: Writes `inr a; nop; ... ; jmp back` behind itself, one byte further each time, and goes there:
#: lxi h,4000h; lxi b,5; next: push h ... see the listing in the test below.
NEW_CODE = bytes.fromhex(
    "310010"  # 0000  lxi sp,1000h
    "210020"  # 0003  lxi h,2000h
    "363c 23"  # 0006  mvi m,3ch (inr a); inx h
    "36c3 23"  # 0009  mvi m,0c3h (jmp)
    "3616 23"  # 000c  mvi m,16h
    "3600"  # 000f  mvi m,0
    "2b 2b 2b"  # 0011  dcx h, thrice
    "e9"  # 0014  pchl: the new code, which comes back to 0016
    "00"  # 0015
    "23 23 23 23"  # 0016  inx h, four times
    "7c fe f0"  # 001a  mov a,h; cpi 0f0h
    "c20600"  # 001d  jnz 0006
    "c30300"  # 0020  jmp 0003
)


def test_new_code_for_ever_stays_in_the_bound(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = 2 << 20
    monkeypatch.setattr("jit.tiers.engine.MEMORY", bound)
    machines = [looping(name) for name in ("interp", "jit")]
    most = 0
    for end in range(2000, 60_000, 400):
        for machine in machines:
            if end == 2000:
                machine.load("ram", NEW_CODE)
            machine.run_until(end)
        _jit(machines[1]).translate_hot()
        most = max(most, jit.tiers.translation.held())
        assert differences(*machines) == [], f"at {end}"
    engine = _jit(machines[1])
    assert engine.counts["dropped"] > 0
    assert engine.statistics()["regions"]["dropped"] == engine.counts["dropped"]
    assert most < 2 * bound  # what is compiled already waits to be installed


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("translated_cpu", "heat", "program"):
        monkeypatch.setattr(f"jit.tiers.{module}.REMEMBERED", 10)
    _, engine = counting()
    cpu = engine.cpus["cpu"]
    for pc in range(1000):
        cpu.program.changed([pc])
        cpu.refuse(pc, "because")
        cpu.table[jit.llvm.dispatch_table.QUEUE] = pc
        cpu.table[jit.llvm.dispatch_table.QUEUED] = 1
        if pc % 2:
            cpu.hot()
        else:
            cpu.heat.waiting(lambda pc: True)
    heat = cpu.heat
    remembered = (cpu.program._changes, cpu.refused, heat._asked, heat._inside, heat._waiting)
    assert max(map(len, remembered)) <= 20


def test_what_is_refused_says_why() -> None:
    # a jump to an address whose instruction is there, but its operand in no memory
    machine, engine = counting()
    cpu = engine.cpus["cpu"]
    cpu.program.offset = lambda address: None  # type: ignore[method-assign]
    engine._translate(cpu, [0x1234])
    machine.run_until(machine.time + 1)
    assert engine.statistics()["regions"]["refused"] == {"cpu 1234": "no plain memory at 0x1234"}


def test_translations_that_count(quick: None) -> None:
    machine = looping("jit")
    machine.load("ram", COUNTING)
    engine = _jit(machine)
    engine.counting = True
    run_translating(machine, 20_000)
    all_counts = [made.counts() for made in engine.cpus["cpu"].installed.values()]
    for counts in all_counts:
        assert counts is not None
        left = counts["budget"] + counts["interpreted"] + counts["linked"]
        assert left == counts["entries"] > 0
    # nearly all the time is spent in translations, and none is counted twice
    spent = sum(counts["cycles"] for counts in all_counts if counts is not None)
    assert 10_000 < spent <= 20_000


def test_translations_do_not_count_unless_told() -> None:
    _, engine = counting()
    assert [made.counts() for made in engine.cpus["cpu"].installed.values()] != []
    assert all(made.counts() is None for made in engine.cpus["cpu"].installed.values())


def test_those_that_count_are_others_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))
    found = []
    for count in (False, True, False, True):
        machine = looping("jit")
        machine.load("ram", SELF_CHANGING)
        engine = _jit(machine)
        engine.counting = count
        run_translating(machine, 20_000)
        installed = engine.cpus["cpu"].installed.values()
        assert all((made.counts() is not None) is count for made in installed)
        found.append(engine.counts["from_disk"] > 0)
    assert found == [False, False, True, True]
