"""A child of fork works as its parent did, whatever the parent's threads were at."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from background import settle
from llvmlite.binding import ffi
from rich_isa import random_body, rich

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.machine import Machine
from jit.base import forks
from jit.interpreter import engine as interp
from jit.llvm.native import compile_ir, threaded
from jit.tiers.engine import JitEngine
from jit.tiers.translation import Worker

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this host has no fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

#: Seconds after which a child hangs.
PATIENCE = 20.0
CODE = "define i64 @f() {\n  ret i64 7\n}"


def in_child(function: Callable[[], object]) -> str:
    """What *function* returns in a child of fork, as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, str(function()).encode())
        except BaseException as error:
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    try:
        ready, _, _ = select.select([reading], [], [], PATIENCE)
        if not ready:
            os.kill(child, signal.SIGKILL)
        return os.read(reading, 1 << 16).decode() if ready else "hung"
    finally:
        os.close(reading)
        os.waitpid(child, 0)


@contextmanager
def another_thread(enter: Callable[[], Any], leave: Callable[[], Any]) -> Iterator[None]:
    """It has entered when the block begins, and leaves a little later."""
    entered = threading.Event()

    def work() -> None:
        enter()
        entered.set()
        time.sleep(0.2)
        leave()

    thread = threading.Thread(target=work)
    thread.start()
    entered.wait()
    yield
    thread.join()


def until(true: Callable[[], bool]) -> bool:
    """Whether it is *true* before patience ends."""
    end = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < end:
        time.sleep(0.002)
    return true()


@pytest.mark.parametrize("order", list(forks.Order))
def test_what_a_thread_holds_is_free_in_a_child(order: forks.Order) -> None:
    lock = forks.lock(order)
    with another_thread(lock.acquire, lock.release):
        assert in_child(lambda: lock.acquire(timeout=1)) == "True"
        assert lock.acquire(timeout=10)
        lock.release()


def test_a_child_may_use_llvm_whatever_thread_was_in_it() -> None:
    with another_thread(ffi.lib._lock.__enter__, ffi.lib._lock.__exit__):
        assert in_child(lambda: len(compile_ir(CODE, 0)) > 100) == "True"


def test_what_the_forking_thread_holds_it_holds_in_the_child() -> None:
    lock = forks.lock(forks.Order.SHARED)

    def seen_by_another() -> bool:
        found: list[bool] = []
        thread = threading.Thread(target=lambda: found.append(lock.acquire(blocking=False)))
        thread.start()
        thread.join()
        return found[0]

    with lock:
        assert in_child(lambda: [seen_by_another(), lock.release(), seen_by_another()]) == str(
            [False, None, True]
        )
        assert not seen_by_another()
    assert seen_by_another()


def test_a_job_is_done_before_the_process_forks_and_the_next_in_both() -> None:
    worker, done = Worker(), list[str]()
    begun = threading.Event()

    def job() -> None:
        begun.set()
        time.sleep(0.1)
        done.append("first")

    worker.ask(job)
    worker.ask(lambda: done.append("second"))
    begun.wait()

    def child() -> list[str]:
        until(lambda: len(done) == 2)
        worker.ask(lambda: done.append("third"))
        until(lambda: len(done) == 3)
        return done

    assert in_child(child) == str(["first", "second", "third"])
    assert until(lambda: done == ["first", "second"])


def test_jobs_without_end_hold_no_fork_up() -> None:
    worker, going = Worker(), [True]

    def job() -> None:
        time.sleep(0.005)
        if going[0]:
            worker.ask(job)

    worker.ask(job)
    began = time.monotonic()
    assert [in_child(lambda: 1) for _ in range(5)] == ["1"] * 5
    going[0] = False
    assert time.monotonic() - began < 10


def test_a_job_may_fork() -> None:
    worker, seen = Worker(), list[str]()
    worker.ask(lambda: seen.append(in_child(lambda: len(compile_ir(CODE, 0)) > 100)))
    assert until(lambda: seen == ["True"])


def test_a_child_of_a_child() -> None:
    lock = forks.lock(forks.Order.DISK)
    with another_thread(lock.acquire, lock.release):
        assert in_child(lambda: in_child(lambda: len(compile_ir(CODE, 0)) > 100)) == "True"


def test_a_fork_from_another_thread() -> None:
    found: list[str] = []
    lock = forks.lock(forks.Order.JOB)
    with lock:
        thread = threading.Thread(target=lambda: found.append(in_child(lambda: lock.acquire())))
        thread.start()
        time.sleep(0.1)
        assert found == []
    thread.join()
    assert found == ["True"]


def test_subprocesses_wait_for_nobody() -> None:
    lock = forks.lock(forks.Order.JOB)
    with lock:
        found: list[int] = []
        thread = threading.Thread(
            target=lambda: found.append(subprocess.run([sys.executable, "-c", ""]).returncode)
        )
        thread.start()
        thread.join(PATIENCE)
        assert found == [0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_while_a_fork_waits() -> None:
    """Python shows what its handler raises and forks; the locks are held, and are given back."""

    def stop(number: int, frame: object) -> None:
        raise TimeoutError

    lock = forks.lock(forks.Order.JOB)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        with another_thread(lock.acquire, lock.release):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            assert in_child(lambda: lock.acquire(timeout=1)) == "True"
    finally:
        signal.signal(signal.SIGALRM, before)
    with another_thread(lock.acquire, lock.release):
        assert lock.acquire(timeout=10)
    lock.release()


@pytest.fixture
def hot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every jump's target is hot at once, and only what a machine needs to run is on disk."""
    monkeypatch.setattr("jit.llvm.dispatch_table.HOT", 1)
    monkeypatch.setattr("jit.interpreter.engine._interpreters", {})
    for name in ("interp", "jit"):
        looping(name)
    settle()
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path / "cache"))


#: Loops, each of which goes on for 250,000 ticks, so that there is ever more to translate.
LOOPS = 12
SOURCE = "\n".join(
    f"loop{i}: mvi b,{50 + i}\nagain{i}: mvi c,0\nmore{i}: inr a\ndcr c\njnz more{i}\n"
    f"add b\ndcr b\njnz again{i}"
    for i in range(LOOPS)
)
PROGRAM = assemble(i8080, f"{SOURCE}\njmp 0").image(0)


def looping(engine: str) -> Machine:
    """A machine running the loops."""
    board = Board("loops", "loops", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", i8080)
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board)
    machine.load("ram", PROGRAM)
    machine.use(engine)
    return machine


def made(machine: Machine) -> int:
    """Translations that were installed."""
    engine = machine.engine
    assert isinstance(engine, JitEngine)
    return engine.counts["translated"] + engine.counts["from_disk"]


def goes_on(machine: Machine) -> bool:
    """Run until more of the machine is translated: whether that comes."""
    before = made(machine)

    def run() -> bool:
        machine.run_until(machine.time + 5000)
        return made(machine) > before

    return until(run)


def at(machine: Machine, time: int) -> str:
    """The state at that time."""
    machine.run_until(time)
    return machine.state_sha256()


def work(end: int) -> tuple[bool, str]:
    """What a process of a pool does."""
    machine = looping("jit")
    return goes_on(machine), at(machine, end)


END = 100_000_000

translating = pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")


def test_handlers_that_were_to_be_optimised_are_in_the_child() -> None:
    loaded = interp.Interpreter(rich([random_body(1)]), "looped")
    loaded.wait()
    loaded.opt = 0
    with interp._improving:  # the thread that is begun gets nowhere yet
        loaded.improve()

        def child() -> int:
            interp._improving.release()
            loaded.wait()
            return loaded.opt

        assert in_child(child) == "2"
    loaded.wait()
    assert loaded.opt == 2


@translating
@pytest.mark.usefixtures("hot")
def test_children_translate_what_is_theirs_and_what_they_inherit() -> None:
    machine = looping("jit")
    expected = str([True, True, at(looping("interp"), END)])
    for _ in range(4):
        assert goes_on(machine)
        assert in_child(lambda: [goes_on(looping("jit")), *old(machine)]) == expected
    assert at(machine, END) in expected


def old(machine: Machine) -> tuple[bool, str]:
    """Whether a machine that was there before goes on to be translated, and its end."""
    return goes_on(machine), at(machine, END)


@translating
@pytest.mark.usefixtures("hot")
def test_a_pool_of_processes() -> None:
    machine = looping("jit")
    assert goes_on(machine)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map_async(work, [END] * 3).get(PATIENCE)
    assert found == [(True, at(machine, END))] * 3


@translating
@pytest.mark.usefixtures("hot")
def test_a_hook_that_forks() -> None:
    """Parent and child go on in the midst of the run, and translate."""
    machine = looping("jit")
    assert goes_on(machine)
    reading, writing = os.pipe()
    pids = list[int]()

    def fork(machine: Machine) -> None:
        if not pids:
            pids.append(os.fork())

    hook = machine.hook("cpu", 0, fork)
    try:
        while not pids:
            machine.run_until(machine.time + 1_000_000)
        hook.remove()
        found = f"{goes_on(machine)} {at(machine, END)}"
        if pids == [0]:
            os.write(writing, found.encode())
    finally:
        if pids == [0]:
            os._exit(0)
    os.waitpid(pids[0], 0)
    assert os.read(reading, 1000).decode() == found == f"True {at(machine, END)}"
    for each in (reading, writing):
        os.close(each)
    assert at(machine, END) == at(looping("interp"), END)
