"""An exception out of nowhere leaves a machine whole: it goes on to the end that it had without."""

from __future__ import annotations

import functools
import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import test_jit_turns
import test_vliw_machine
from boards import random_machine
from interrupting import Stop, interrupt, moments
from test_jit import eager
from test_kernel import two_cpus
from test_lockstep import differences, random_program, random_registers

import machines
from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.cpus.z80 import z80
from emucore.history.rewind import Rewind
from emucore.machine import Machine
from jit.llvm.native import Loaded, compile_ir, threaded
from jit.tiers.engine import JitEngine

__all__ = ["eager"]

ENGINES = ["reference", "interp", "jit"] if threaded() else ["reference", "interp"]

#: Two routines of which it changes both operands for ever, the second one at twice the pace.
SELF_CHANGING = """
        lxi sp,8000h
        lxi h,0
again:  mvi b,60
more:   call first
        call second
        dcr b
        jnz more
        push h
        lxi h,first+1
        inr m
        lxi h,second+1
        inr m
        inr m
        pop h
        jmp again
        org 100h
first:  mvi e,1
        mvi d,0
        dad d
        ret
        org 300h
second: mvi e,3
        mvi d,0
        dad d
        mvi c,5
wait:   dcr c
        jnz wait
        ret
"""


def self_changing() -> Machine:
    """A machine that runs :data:`SELF_CHANGING`."""
    board = Board("changing", "a program that changes", clock_hz=2_000_000, frame_ticks=20_000)
    board.cpu("cpu", i8080).mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    return Machine(board, {"ram": assemble(i8080, SELF_CHANGING).image(0)})


def pestered() -> Machine:
    """A Z80 with a random program, that a device interrupts and delays."""
    rng = random.Random(5)
    return random_machine(z80, random_program(z80, rng), random_registers(z80, rng))


BUILDS: dict[str, Callable[[], Machine]] = {
    "self-changing": self_changing,
    "pestered": pestered,
    "two that change themselves": lambda: test_jit_turns.build("reference"),
    "two by turns": lambda: two_cpus("reference", 50),
    "two VLIWs": test_vliw_machine.pair,
}


def translate(machine: Machine) -> None:
    if isinstance(machine.engine, JitEngine):
        machine.engine.translate_hot()


def prepared(build: Callable[[], Machine], engine: str) -> Machine:
    machine = build()
    machine.use(engine)
    return machine


def interrupted_run(
    build: Callable[[], Machine],
    engine: str,
    rng: random.Random,
    times: int,
    watch: Callable[[Machine], list[Any]] = lambda machine: [],
) -> int:
    """Run a machine as another is, but interrupted *times* times; how often something was dropped.

    *watch* puts hooks into each; the lists that they fill are compared.
    """
    twin, machine = prepared(build, engine), prepared(build, engine)
    seen = watch(twin), watch(machine)
    while times > 0:
        end = twin.time + rng.randrange(1, 600)
        most = moments(functools.partial(twin.run_until, end))
        for _ in range(rng.randrange(3)):
            if interrupt(functools.partial(machine.run_until, end), rng.randrange(most) + 1):
                times -= 1
                if rng.randrange(8) == 0:  # and any engine could go on there
                    other = machine.clone()
                    other.use(rng.choice(ENGINES))
                    other.run_until(end)
                    assert differences(twin, other) == []
        assert machine.run_until(end)
        assert differences(twin, machine) == [], f"at {end}"
        assert [list(map(len, s)) for s in seen] == [list(map(len, seen[0]))] * 2
        for each in (twin, machine):
            translate(each)
    found = machine.engine
    return found.counts["invalidated"] if isinstance(found, JitEngine) else 0


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)
def test_interrupted_anywhere(build: Callable[[], Machine], engine: str) -> None:
    interrupted_run(build, engine, random.Random(engine), 8)


@pytest.mark.long
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)
def test_interrupted_anywhere_at_length(build: Callable[[], Machine], engine: str) -> None:
    for seed in range(10):
        interrupted_run(build, engine, random.Random(seed), 100)


def hooked(machine: Machine) -> list[Any]:
    """A list for each of some hooks, which grows as it is called."""
    calls: list[list[Machine]] = []
    for part in machine.board.cpus:
        for address in (3, 5, 8, 0x100, 0x103):
            calls.append([])
            machine.hook(part.name, address, calls[-1].append)
    return calls


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("build", ["self-changing", "two by turns"])
def test_hooks_are_called_once(build: str, engine: str) -> None:
    for seed in (engine, 0, 2):  # some of which stopped it between the note of a call and the call
        interrupted_run(BUILDS[build], engine, random.Random(seed), 10, hooked)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_hook_that_raises(engine: str) -> None:
    """A CPU that has stopped there goes on before the other one does, with the rest of its turn."""
    machine, twin = two_cpus(engine, 50), two_cpus(engine, 50)
    calls: list[int] = []

    def stop(m: Machine) -> None:
        calls.append(m.cpus["first"]["clock"])
        raise Stop

    machine.hook("first", 3, stop)
    twin.run_until(9_000)
    for _ in range(10_000):
        try:
            machine.run_until(9_000)
            break
        except Stop:
            continue
    assert differences(machine, twin) == []
    assert len(calls) == len(set(calls)) > 30


# -- signals --------------------------------------------------------------------------------------


@pytest.fixture
def alarms() -> Iterator[Callable[[float], object]]:
    """What has :class:`Stop` raised after so many seconds, if it is not told 0 before."""

    def ring(*_: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, ring)
    yield functools.partial(signal.setitimer, signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def signalled(engine: str, alarms: Callable[[float], object], times: int, longest: float) -> int:
    """Run a self-changing program for as long as it takes to interrupt it so many *times*, within
    *longest* seconds each; how many translations were dropped."""
    rng = random.Random(engine)
    machine, twin = prepared(self_changing, engine), prepared(self_changing, "interp")
    while times > 0:
        while machine.frame == twin.frame:
            try:
                alarms(rng.uniform(1e-5, longest))
                machine.run_frames(1)
                alarms(0)
            except Stop:
                times -= 1
        if machine.frame % 3 == 0:
            translate(machine)
        twin.run_frames(machine.frame - twin.frame)
        assert differences(machine, twin) == [], f"frame {machine.frame}"
    found = machine.engine
    return found.counts["invalidated"] if isinstance(found, JitEngine) else 0


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("engine", ENGINES)
def test_signals(
    engine: str, alarms: Callable[[float], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jit.tiers.program.PATIENCE", 1 << 30)
    dropped = signalled(engine, alarms, 30, 5e-3 if engine == "reference" else 6e-4)
    assert bool(dropped) == (engine == "jit")


@pytest.mark.long
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_thousand_signals(
    engine: str, alarms: Callable[[float], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jit.tiers.program.PATIENCE", 1 << 30)
    dropped = signalled(engine, alarms, 1000, 5e-3 if engine == "reference" else 6e-4)
    assert bool(dropped) == (engine == "jit")


# -- what is done to a machine --------------------------------------------------------------------


def restart(machine: Machine, state: Path) -> None:
    machine.restart()


def load(machine: Machine, state: Path) -> None:
    machine.load_state(state)


def save(machine: Machine, state: Path) -> None:
    machine.save_state(state.with_name("other"))


def clone(machine: Machine, state: Path) -> None:
    machine.clone()


def other_engine(machine: Machine, state: Path) -> None:
    machine.use("reference")
    machine.use("interp")


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("do", [restart, load, save, clone, other_engine], ids=lambda f: f.__name__)
def test_done_or_not_done(do: Callable[[Machine, Path], None], engine: str, tmp_path: Path) -> None:
    """It is as it was or as it would be, and goes on from there as each of them does."""
    state = tmp_path / "state"
    start = self_changing()
    start.run_until(6_000)
    start.save_state(state)

    def machine() -> Machine:
        made = prepared(self_changing, engine)
        for end in (4_000, 9_000):
            made.run_until(end)
            translate(made)
        return made

    before, after = machine(), machine()
    most = moments(lambda: do(after, state))
    ends = {each.state_sha256(): each for each in (before, after)}
    begins = list(ends)
    for each in ends.values():
        each.run_until(each.time + 6_000)
    for moment in sorted(random.Random(1).sample(range(1, most + 1), min(most, 8))):
        each = machine()
        interrupt(functools.partial(do, each, state), moment)
        twin = ends[each.state_sha256()]
        each.run_until(each.time + 6_000)
        assert differences(twin, each) == [], f"{moment} of {most}"
    assert len(begins) == (2 if do in (restart, load) else 1)
    save(before, state)  # with which goes what one that was interrupted may have left
    assert {path.name for path in tmp_path.iterdir()} == {"state", "other"}


#: Prints a line for ever, and counts in it.
PRINTING = """
        org 100h
again:  lxi d,text
        mvi c,9
        call 5
        lxi h,text
        inr m
        jmp again
text:   db "!", 9, "counts", 13, 10, "$"
"""


def test_a_call_of_the_host_is_made_whole(tmp_path: Path) -> None:
    """One that is interrupted has not been made: it is made again, and prints what it prints."""
    program = tmp_path / "program.com"
    program.write_bytes(assemble(i8080, PRINTING).image(0x100))
    twin, machine = (machines.load("cpm", program, engine="interp") for _ in range(2))
    assert twin.console is not None
    assert machine.console is not None
    rng = random.Random(7)
    for end in range(1000, 20_000, 1000):
        most = moments(functools.partial(twin.run_until, end))
        interrupt(functools.partial(machine.run_until, end), rng.randrange(most) + 1)
        assert machine.run_until(end)
        assert differences(twin, machine) == []
        assert machine.console.text == twin.console.text
    assert len(twin.console.text) > 100


def test_the_way_back_is_whole() -> None:
    """However often recording and going back are interrupted, each state is one that was."""
    machine = prepared(self_changing, "interp")
    rng = random.Random(3)
    past = Rewind(machine)
    states = {machine.state_sha256()}
    for step in range(120):
        do: Callable[[], object] = past.record
        if step % 3 == 2 or rng.randrange(6) == 0:
            do = past.back
        else:
            machine.run_frames(1)
            states.add(machine.state_sha256())
        interrupt(do, rng.randrange(1, 40))
        assert machine.state_sha256() in states
    frames = past.frames
    steps = 0
    while past.back():
        steps += 1
        assert machine.state_sha256() in states
    assert steps == frames > 8
    assert past.bytes == 0


def test_nobody_is_shut_out_of_llvm() -> None:
    """Whoever is interrupted on the way in or out of it: what they began is finished."""
    text = "define i64 @f() {\n  ret i64 7\n}"

    def compile_and_load() -> None:
        assert Loaded(compile_ir(text, 2, pipeline=True)).find("f")

    compile_and_load()
    for moment in range(1, moments(compile_and_load) + 1):
        interrupt(compile_and_load, moment)
        with ThreadPoolExecutor(1) as another:
            assert another.submit(compile_ir, text, 0).result(20)
