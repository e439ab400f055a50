"""Single-step vectors as translated blocks of one instruction.

The boundary routine goes on in translated code here, so that the one instruction is run as its
region and not by its handler; memory is plain RAM, because what a device answers is not translated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import jit.tiers.engine
import jit.tiers.translation
from emucore.cpus.m6502 import m6502
from emucore.cpus.z80 import z80
from emucore.ir.ops import Op
from emucore.isa import Isa
from jit.interpreter.engine import Interpreter
from jit.interpreter.threaded import Linked
from jit.llvm.lowering import Lowering
from jit.llvm.native import threaded
from jit.store import cache
from jit.tiers.engine import JitEngine
from roms_test.harness import singlestep
from roms_test.harness.probe import Probe

pytestmark = pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regions of one instruction, compiled without optimisation, entered from the boundary."""
    compile_ir = jit.tiers.translation.compile_ir
    ending = Linked._boundary_ending

    def enter(self: Linked, lo: Lowering, how: str, op: Op | None) -> None:
        if how == "fall":
            self.tail(lo, "@enter")
        else:
            ending(self, lo, how, op)

    def key(self: Interpreter, opt: int) -> str:
        return cache.key("handlers that enter", self._identity, opt)

    monkeypatch.setattr(Linked, "_boundary_ending", enter)
    monkeypatch.setattr(Interpreter, "_key", key)
    monkeypatch.setattr(Interpreter, "_improve", lambda self: None)
    monkeypatch.setattr("jit.interpreter.engine._interpreters", {})
    # the RAM is the recorder's, which could write to it; it is not asked to
    monkeypatch.setattr("jit.tiers.program.written", lambda device: set())
    for limit in ("LIMIT", "WHOLE"):
        monkeypatch.setattr(f"jit.tiers.translated_cpu.{limit}", 1)
    monkeypatch.setattr("jit.tiers.translation_store.identity", lambda isa: None)
    monkeypatch.setattr(
        "jit.tiers.translation.compile_ir", lambda text, opt, pipeline: compile_ir(text, 0)
    )
    monkeypatch.setattr(jit.tiers.engine.worker, "ask", lambda job: None)


class OneByOne:
    """Stands for the engine of a probe: translates the next instruction, and runs it."""

    def __init__(self, engine: JitEngine) -> None:
        self.engine = engine
        self.refused: list[str] = []
        self.entered = 0
        engine.counting = True

    def run(self, end: int) -> int:
        engine = self.engine
        cpu = engine.cpus["cpu"]
        for pc in list(cpu.installed):
            cpu.forget(pc)
        cpu.refused.clear()
        engine._marks[:] = engine._granules[:] = 0
        entered: list[int] = []
        engine.on_forget = lambda cpu, made: entered.append((made.counts() or {})["entries"])
        engine._translate(cpu, [engine.machine.cpus["cpu"]["pc"]])
        result = engine.run(end)
        entered += [(made.counts() or {})["entries"] for made in cpu.installed.values()]
        self.entered += sum(entered)
        self.refused += cpu.refused.values()
        return result


def put(isa: Isa, folder: Path, files: slice, cases: slice) -> tuple[list[Any], OneByOne, int]:
    """Failures, what became of the translations, and the number of cases."""
    probe = Probe(isa, "jit", logged=False)
    assert isinstance(probe.engine, JitEngine)
    steps = OneByOne(probe.engine)
    probe.engine = steps  # type: ignore[assignment]
    failures, count = [], 0
    for path in sorted(folder.glob("*.json.gz"))[files]:
        for case in singlestep.load(path, isa.name)[cases]:
            count += 1
            failure = probe.run(case)
            if failure is not None:
                failures.append(failure)
    return failures, steps, count


def check(isa: Isa, suites: Path, files: slice, cases: slice) -> None:
    failures, steps, count = put(isa, suites / "single-step" / isa.name, files, cases)
    assert failures == []
    assert count > 20
    # every instruction was run as its translation; some again, because they take several steps
    assert steps.entered >= count
    assert [why for why in steps.refused if not why.startswith("undefined")] == []


@pytest.mark.parametrize("isa", [z80, m6502], ids=lambda isa: isa.name)
def test_some_vectors(isa: Isa, suites: Path) -> None:
    check(isa, suites, slice(0, None, 23 if isa is z80 else 5), slice(0, 2))


@pytest.mark.long
@pytest.mark.parametrize("isa", [z80, m6502], ids=lambda isa: isa.name)
def test_vectors_of_every_opcode(isa: Isa, suites: Path) -> None:
    check(isa, suites, slice(None), slice(0, 3))
