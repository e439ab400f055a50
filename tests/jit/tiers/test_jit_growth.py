"""Translations that are left for other code too often are made anew, with that code inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from boards import random_machine
from test_jit import eager, engine_of, looping
from test_lockstep import differences

import jit.tiers.translated_cpu
import jit.tiers.translation
from emucore.assembler import assemble
from emucore.cpus import isa
from emucore.cpus.i8080 import i8080
from emucore.machine import Machine
from jit.llvm.native import threaded
from jit.store.fingerprint import identity
from jit.tiers.translated_cpu import TranslatedCpu
from jit.tiers.translation import Translation
from roms_test.kernels import CPUS

pytestmark = [
    pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers"),
    pytest.mark.usefixtures("eager", "cache"),
]
__all__ = ["eager"]

#: A loop that jumps by a table of three; the entries are 8 bytes apart.
TABLE = """
        lxi h,count
again:  mov a,m
        inr a
        cpi 3
        jc fits
        xra a
fits:   mov m,a
        push h
        add a
        add a
        add a
        mov l,a
        mvi h,1
        pchl
        org 100h
        inr b
        pop h
        jmp again
        org 108h
        inr c
        pop h
        jmp again
        org 110h
        inr d
        pop h
        jmp again
        org 200h
count:  db 0
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test begins with nothing on disk."""
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))


def lockstep(machines: list[Machine]) -> TranslatedCpu:
    """Run the second machine on the JIT beside the first; its CPU's translations."""
    machines[0].use("interp")
    engine = engine_of(machines[1])
    for time in range(1000, 60_000, 1000):
        for machine in machines:
            machine.run_until(time)
        engine.translate_hot()
        assert differences(*machines) == [], f"at {time}"
    return engine.cpus["cpu"]


def jumping() -> Machine:
    """A machine that runs the loop with the table."""
    machine = looping("interp")
    machine.load("ram", assemble(i8080, TABLE).image(0))
    machine.cpus["cpu"]["sp"] = 0x1000
    return machine


def test_targets_of_computed_jumps_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jit.tiers.translated_cpu.GROW", 20)
    monkeypatch.setattr("jit.tiers.translated_cpu.WHOLE", 4000)
    for _ in range(2):
        made = lockstep([jumping(), jumping()]).installed
        assert 3 in {len(each.outline.targets) for each in made.values()}
        # and the next run has them from the start
        monkeypatch.setattr(
            "jit.tiers.translated_cpu.make", lambda *_, **__: pytest.fail("made again")
        )


def test_targets_that_do_not_fit_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    real = jit.tiers.translated_cpu.make

    def make(*args: Any, **options: Any) -> Translation:
        made.append(options)
        return real(*args, **options)

    monkeypatch.setattr("jit.tiers.translated_cpu.make", make)
    monkeypatch.setattr("jit.tiers.translated_cpu.GROW", 5)
    monkeypatch.setattr("jit.tiers.heat.INSIDE", 1_000_000)
    machine = jumping()
    engine = engine_of(machine)  # its limit is 200 micro-ops: nothing else fits
    for time in range(1000, 300_000, 1000):
        machine.run_until(time)
        engine.translate_hot()
        if time == 150_000:
            made.clear()
    assert made == []


def test_a_limit_that_is_too_small_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jit.tiers.translated_cpu.GROW", 20)
    machine = looping("interp")
    machine.load("ram", bytes(40) + bytes.fromhex("c30000"))
    engine = engine_of(machine)  # its limit is 200 micro-ops
    for time in range(1000, 40_000, 1000):
        machine.run_until(time)
        engine.translate_hot()
        monkeypatch.setattr("jit.tiers.translated_cpu.WHOLE", 4000)
    assert max(len(made.outline.starts) for made in engine.cpus["cpu"].installed.values()) == 41


@pytest.mark.parametrize("name", CPUS)
def test_our_own_cpus_are_kept_on_disk(name: str) -> None:
    assert identity(isa(name)) == name


def test_accesses_to_devices_are_done_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a pointer, so that only a run tells that it is no memory."""
    monkeypatch.setattr("jit.tiers.translated_cpu.GROW", 1000)
    program = """
again:  lhld pointer
        mov a,m
        add b
        mov m,a
        inr b
        jmp again
pointer: dw 8001h
    """
    memory = assemble(i8080, program).image(0).ljust(0x10000, b"\0")
    machines = [random_machine(i8080, memory, {"pc": 0}) for _ in range(2)]
    [made] = lockstep(machines).installed.values()
    assert made.outline.devices == {3, 5}
    left = made.left
    machines[1].run_until(machines[1].time + 10_000)
    assert made.left == left


def test_quick_translations_are_made_well_when_they_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jit.tiers.translated_cpu.LOOKS", 1000)
    levels: list[int] = []
    real = jit.tiers.translation.compile_ir

    def compile_ir(text: str, opt: int, *, pipeline: bool) -> bytes:
        levels.append(opt)
        return real(text, opt, pipeline=pipeline)

    monkeypatch.setattr("jit.tiers.translation.compile_ir", compile_ir)
    for expected in ([0, 2], []):  # the second run has the good one from the start
        levels.clear()
        machines = [looping(name) for name in ("interp", "interp")]
        for machine in machines:
            machine.load("ram", bytes.fromhex("210010 23 7d c20300 c30000"))
        installed = lockstep(machines).installed
        assert levels[: len(expected)] == expected
        assert bool(levels) == bool(expected)
        assert not any(made.outline.quick for made in installed.values())
