"""Host code that cannot be made, for want of memory or by LLVM's fault, costs itself only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from background import settle
from rich_isa import random_body, rich, rich_machine
from test_jit import eager as eager
from test_jit import engine_of
from test_lockstep import differences
from test_vliw_machine import SUMS, flat

import jit.tiers.translation
from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.machine import Machine
from jit.interpreter.engine import Interpreter
from jit.llvm.native import compile_ir, threaded
from jit.store import cache
from jit.tiers.engine import JitEngine
from jit.tiers.translation import Worker
from machines.host.cli.common import failures

pytestmark = [
    pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers"),
    pytest.mark.usefixtures("eager"),
]

#: Two loops that call each other's continuation, too far apart for one small region.
SOURCE = """
first:  mvi b,200
more:   inr a
        dcr b
        jnz more
        call second
        jmp first
        .org 800h
second: mvi c,100
again:  add c
        dcr c
        jnz again
        ret
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is on disk but what the machine needs to run."""
    for name in ("interp", "jit"):
        two_loops(name)
    settle()
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def no_traceback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No thread ends by an exception."""
    seen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    yield
    assert seen == []


def two_loops(engine: str) -> Machine:
    board = Board("two loops", "two loops", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", i8080)
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board)
    machine.load("ram", assemble(i8080, SOURCE).image(0))
    machine.use(engine)
    return machine


def run(machine: Machine, end: int = 300_000) -> JitEngine:
    """Run to *end*, translating on the way; its state is what the interpreter's is."""
    engine = engine_of(machine)
    for time in range(5000, end + 1, 5000):
        machine.run_until(time)
        engine.translate_hot()
    other = two_loops("interp")
    other.run_until(end)
    assert differences(other, machine) == []
    return engine


def failing(when: Callable[[str, int], bool], tried: list[int]) -> Callable[..., bytes]:
    """A compiler that has no memory *when* told so of text and level; levels go to *tried*."""

    def compiler(text: str, opt: int, *, pipeline: bool = False) -> bytes:
        if when(text, opt):
            tried.append(opt)
            raise MemoryError("no memory for this\nat all")
        return compile_ir(text, opt, pipeline=pipeline)

    return compiler


def test_a_translation_that_fails_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    texts: list[str] = []

    def is_first(text: str, opt: int) -> bool:
        texts.append(text)
        return text == texts[0]

    monkeypatch.setattr(jit.tiers.translation, "compile_ir", failing(is_first, tried))
    engine = run(two_loops("jit"))
    assert len(tried) == 1  # and no more
    regions = engine.statistics()["regions"]
    assert (regions["failed"], regions["untranslatable"]) == (1, 0)
    assert list(regions["refused"].values()) == ["MemoryError: no memory for this"]
    assert failures(engine.statistics()) == "; 1 translations failed"
    assert regions["translated"] >= 1


def test_a_job_that_fails_as_a_whole_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def translate(*_: Any, **__: Any) -> None:
        tried.append(1)
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("jit.tiers.translated_cpu.TranslatedCpu.translate", translate)
        engine = run(two_loops("jit"))
    assert engine.counts["failed"] >= len(tried) > 0
    assert set(engine.statistics()["regions"]["refused"].values()) == {"MemoryError"}
    assert run(two_loops("jit")).counts["translated"] > 0


@pytest.mark.parametrize(
    "where", ["jit.tiers.translated_cpu.discover", "jit.tiers.heat.Heat.waiting"]
)
def test_what_fails_before_there_is_a_region(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the worker's job itself, which goes on."""

    def fail(*_: Any, **__: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(where, fail)
    machine = two_loops("jit")
    engine = engine_of(machine)
    for time in range(1000, 10_000, 1000):
        machine.run_until(time)
        engine._look()
        assert not engine._looking
    machine.run_until(10_000)
    assert engine.counts["failed"] > 0


def test_a_better_one_that_fails_leaves_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jit.tiers.translated_cpu.LOOKS", 100)
    tried: list[int] = []
    monkeypatch.setattr(
        jit.tiers.translation, "compile_ir", failing(lambda _, opt: opt == 2, tried)
    )
    engine = run(two_loops("jit"))
    installed = engine.cpus["cpu"].installed
    assert 1 <= len(tried) == engine.counts["failed"] <= len(installed)
    assert all(made.outline.quick for made in installed.values())


def test_what_is_on_disk_but_does_not_load_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(two_loops("jit")).counts["translated"] > 0
    real, spoilt = cache.load, list[str]()

    def load(name: str) -> bytes | None:
        image = real(name)
        if image is not None and image[:4] == b"\x7fELF":
            spoilt.append(name)
            return compile_ir("define void @other() {\n  ret void\n}", 0)
        return image

    monkeypatch.setattr(cache, "load", load)
    engine = run(two_loops("jit"))
    assert spoilt
    assert engine.counts["failed"] == engine.counts["from_disk"] == 0
    assert engine.counts["translated"] > 0


def test_a_worker_goes_on_after_a_job_that_fails() -> None:
    worker, done = Worker(), threading.Event()

    def fail() -> None:
        raise OSError("the disk is full")

    worker.ask(fail)
    worker.ask(done.set)
    assert done.wait(20)


def test_optimised_handlers_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    monkeypatch.setattr(
        "jit.interpreter.engine.compile_ir", failing(lambda _, opt: opt == 2, tried)
    )
    loaded = Interpreter(rich([random_body(5)]), "looped")
    loaded.wait()
    assert tried == [2]
    assert (loaded.opt, loaded.failed) == (0, "MemoryError: no memory for this")


def test_no_room_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    worker, done = Worker(), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        worker.ask(done.set)
        machine = rich_machine(rich([random_body(6)]), 1)
        machine.use("interp")
        machine.run_until(1000)
        assert machine.engine is not None
        [statistics] = machine.engine.statistics().values()
        assert statistics["opt"] == 0
        assert statistics["failed"] == "RuntimeError: can't start new thread"
    worker.ask(lambda: None)  # there is room again
    assert done.wait(20)


def test_a_packet_whose_handler_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference runs it, as it does those that no handler can fetch."""
    monkeypatch.setattr("jit.interpreter.packet_table._handlers", {})
    tried: list[int] = []
    monkeypatch.setattr(
        "jit.interpreter.packet_table.compile_ir", failing(lambda text, _: "packet0" in text, tried)
    )
    machines = [flat(SUMS), flat(SUMS)]
    for machine, engine in zip(machines, ("reference", "interp"), strict=True):
        machine.use(engine)
        machine.run_until(500)
    assert differences(*machines) == []
    count = len(tried)
    assert count > 0
    machines[1].run_until(1000)
    assert len(tried) == count  # each was tried enough
    assert machines[1].engine is not None
    [statistics] = machines[1].engine.statistics().values()
    assert statistics["failed"] == "MemoryError: no memory for this"
    told = failures(machines[1].engine.statistics())
    assert told == "; not optimised: MemoryError: no memory for this"


def test_a_job_that_asks_while_the_thread_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else there are two threads, and one of them is waited for for ever when all is to end."""
    worker, started = Worker(), list[threading.Thread]()
    asking, done = threading.Event(), threading.Event()
    start = threading.Thread.start

    def slowly(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)
        assert asking.wait(20)
        sleep(0.05)  # in which there is time to start another

    def ask() -> None:
        asking.set()
        worker.ask(done.set)

    monkeypatch.setattr(threading.Thread, "start", slowly)
    worker.ask(ask)
    assert done.wait(20)
    assert len(started) == 1
    worker._stop()
    assert not started[0].is_alive()
