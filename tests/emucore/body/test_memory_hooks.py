"""Hooks of memory: told of the same accesses by all engines, and nothing is different for them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import pest_board
from dialects import DIALECTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import RandomProgram, random_program
from test_api import banked
from test_hooks import ENGINES, flat, translate, translations
from test_jit import eager
from test_jit_bounds import quick
from test_kernel import two_cpus
from test_lockstep import differences

import machines
from emucore.board import Board
from emucore.body.memory_hooks import Accessed, covering
from emucore.cpus import isa
from emucore.ir.ops import Access
from emucore.machine import Machine, MachineError
from emucore.reference.engine import _Bus
from jit.tiers.engine import JitEngine

pytestmark = pytest.mark.usefixtures("eager", "quick")
__all__ = ["eager", "quick"]


def listen(machine: Machine, where: range | int, on: str = "access", **more: Any) -> list[Accessed]:
    """Hook memory; the list that grows as it is accessed."""
    seen: list[Accessed] = []
    machine.hook("cpu", where, lambda m, access: seen.append(access), on, **more)
    return seen


# -- which accesses -------------------------------------------------------------------------------


def everything(machine: Machine, patch: pytest.MonkeyPatch) -> list[Accessed]:
    """Have the reference engine tell of each access, unasked."""
    log: list[Accessed] = []
    registers, pc_name = machine.cpus["cpu"], machine.board.cpus[0].isa.pc.name
    read, write, run = _Bus.read, _Bus.write, machine.use("reference").cpus[0].step  # type: ignore
    began = [0]

    def step() -> None:
        began[0] = registers[pc_name]
        run()

    def note(on: str, access: Access, address: int, value: int, width: int, clock: int) -> None:
        space, kind = access.space, access.kind
        at = address & (1 << space.bits) - 1
        log.append(Accessed("cpu", space.name, on, kind, at, value, width, clock, began[0]))

    def told_read(self: _Bus, access: Access, address: int, width: int, clock: int) -> Any:
        result = read(self, access, address, width, clock)
        if access.kind not in ("fetch", "operand"):
            note("read", access, address, result[0], width, clock)
        return result

    def told_write(
        self: _Bus, access: Access, address: int, value: int, width: int, clock: int
    ) -> int:
        note("write", access, address, value, width, clock)
        return write(self, access, address, value, width, clock)

    patch.setattr(machine.engine.cpus[0], "step", step)  # type: ignore[union-attr]
    patch.setattr(_Bus, "read", told_read)
    patch.setattr(_Bus, "write", told_write)
    return log


def places(program: RandomProgram, rng: random.Random) -> list[tuple[str, range, str]]:
    """Where to hook: spaces, addresses, and on what.  Some leave all program pages alone."""
    space = program.isa.space
    pest = 0x10000 if space.page_bits > 8 else 0x8000
    names = list(program.symbols.values())
    found: list[tuple[str, range, str]] = []
    pages_alone = rng.random() < 0.4
    for _ in range(rng.randrange(1, 6)):
        on = rng.choice(["read", "write", "access"])
        size = rng.choice([1, 1, 2, 16, 300])
        start = (
            pest + rng.randrange(256) if pages_alone else rng.choice(names) + rng.randrange(-4, 4)
        )
        if not pages_alone and rng.random() < 0.3:
            start = 0x7F0 - size + rng.randrange(4)  # where stacks are
        start = max(0, start)
        found.append((space.name, range(start, start + size), on))
    if "io" in program.isa.cpu.__dict__ and rng.random() < 0.7:
        found.append(
            ("io", range(rng.randrange(200), 256), rng.choice(["read", "write", "access"]))
        )
    return found


@pytest.mark.parametrize("isa", DIALECTS)
@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_programs(isa: str, seed: int) -> None:
    """All engines tell of what the bus has, in order; and end where a run without hooks does."""
    rng = random.Random(seed)
    program = random_program(DIALECTS[isa], seed)
    where = places(program, rng)
    entries = rng.sample(sorted(program.symbols.values()), 2)
    bare = program.machine("reference")
    with pytest.MonkeyPatch.context() as patch:
        log = everything(bare, patch)
        bare.run_until(2000)
    expected = [
        a
        for a in log
        for space, addresses, on in where
        if a.space == space and on in ("access", a.on) and a.touches(addresses)
    ]
    hooked = {name: program.machine(name) for name in ENGINES}
    seen: dict[str, list[Any]] = {name: [] for name in ENGINES}
    hooks: dict[str, list[Any]] = {name: [] for name in ENGINES}

    def hook(machine: Machine, name: str) -> None:
        for space, addresses, on in where:
            call: Callable[..., None] = lambda m, access: seen[name].append(access)  # noqa: E731
            hooks[name].append(machine.hook("cpu", addresses, call, on, space=space))

    for name, machine in hooked.items():
        hook(machine, name)
        for address in entries:
            machine.hook("cpu", address, lambda m, n=name: seen[n].append(m.cpus["cpu"]["clock"]))
    plain = program.machine("interp")
    time = 0
    while time < 12_000:
        time = (
            min(2000, time + rng.randrange(1, 300)) if time < 2000 else time + rng.randrange(2000)
        )
        plain.run_until(time)
        for name, machine in hooked.items():
            if name == "reference" and time > 2000:
                continue
            machine.run_until(time)
            assert differences(plain, machine) == [], f"{name} at {time}"
            if time <= 2000:
                assert seen[name] == seen["reference"], f"{name} at {time}"
            elif rng.random() < 0.2:  # without hooks for a while
                for each in hooks[name]:
                    each.remove()
                hooks[name].clear()
            elif not hooks[name]:
                hook(machine, name)
        if time == 2000:
            assert [a for a in seen["reference"] if isinstance(a, Accessed)] == expected
        if time < 6000:
            translate(hooked[ENGINES[-1]])


def test_looped_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hosts without the threaded calling convention run."""
    monkeypatch.setenv("EMUCORE_LOOPED", "1")
    program = random_program(DIALECTS["z80"], 11)
    reference, looped = program.machine("reference"), program.machine("interp")
    logs = [listen(machine, range(0x7C0, 0x800)) for machine in (reference, looped)]
    for time in range(100, 2001, 100):
        reference.run_until(time)
        looped.run_until(time)
        assert differences(reference, looped) == []
    assert logs[0] == logs[1]
    assert len(logs[0]) > 10


@pytest.mark.parametrize("quantum", [1, 16, 200])
def test_two_cpus(quantum: int) -> None:
    """A CPU whose turn was cut short by a hook has the rest of it, as without hooks."""
    logs = []
    for engine in ENGINES:
        machine, whole = two_cpus(engine, quantum), two_cpus(engine, quantum)
        log: list[Accessed] = []
        for cpu, on in (("first", "access"), ("second", "write")):
            machine.hook(cpu, range(0x2000, 0x2200), lambda m, a, log=log: log.append(a), on)
        for time in (10_000, 20_000):
            machine.run_until(time)
            whole.run_until(time)
        assert differences(machine, whole) == []
        logs.append(log)
    assert logs.count(logs[0]) == len(ENGINES)
    assert {access.cpu for access in logs[0]} == {"first", "second"}
    assert len(logs[0]) > 100


@pytest.mark.parametrize("engine", ENGINES)
def test_a_repeating_instruction_and_wide_accesses(engine: str) -> None:
    """Each once, with its width, if one byte of it is hooked; unaligned ones over pages too."""
    machine = flat("z80", "ld hl,$1000\n ld de,$2000\n ld bc,3\n ldir\n halt", engine)
    seen = listen(machine, range(0x1000, 0x2100))
    machine.run(1)
    assert [(a.on, a.address, a.pc) for a in seen] == [
        (on, at + i, 9) for i in range(3) for on, at in (("read", 0x1000), ("write", 0x2000))
    ]
    machine = flat(
        "rv32", "lui a0,1\n sw a1,-2(a0)\n lh a2,0(a0)\n sb a0,3(a0)\n halt: j halt", engine
    )
    machine.cpus["cpu"]["a1"] = 0x12345678
    seen, last, none = (listen(machine, at) for at in (range(0x1000, 0x1002), 0x1003, 0x1004))
    machine.run_until(100)
    assert [(a.on, a.address, a.width, a.value, a.pc) for a in seen] == [
        ("write", 0xFFE, 32, 0x12345678, 4),
        ("read", 0x1000, 16, 0x1234, 8),
    ]
    assert [(a.address, a.value) for a in last] == [(0x1003, 0)]
    assert none == []


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_no_read(engine: str) -> None:
    """A program's bytes are executed; a 6502's dummy reads are reads; the stack is memory."""
    machine = flat("8080", "loop: mvi a,1\n lda loop\n jmp loop", engine)
    seen = listen(machine, range(0x10))
    machine.run_until(60)
    assert [(a.on, a.address) for a in seen] == [("read", 0), ("read", 0)]
    machine = flat("6502", "ldx #$ff\n lda $12f0,x\n inc $20\n pha\n loop: jmp loop", engine)
    seen = listen(machine, range(0x1200, 0x1400))
    zero = listen(machine, 0x20)
    stack = listen(machine, range(0x100, 0x200), "write")
    machine.run_until(30)
    assert [(a.kind, a.address) for a in seen] == [("dummy", 0x12EF), ("read", 0x13EF)]
    assert [(a.on, a.kind, a.value) for a in zero] == [
        ("read", "read", 0),
        ("write", "dummy", 0),
        ("write", "write", 1),
    ]
    assert len(stack) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_ports(engine: str) -> None:
    machine = Machine(pest_board(isa("8080")))
    machine.load("ram", bytes.fromhex("3e 42 d3 10 db 11 c30000"))
    machine.use(engine)
    outs, ins = listen(machine, 0x10, "write", space="io"), listen(machine, 0x11, space="io")
    got: list[int] = []
    machine.hook("cpu", 0x11, lambda m, a: got.append(m.cpus["cpu"]["a"]), "read", space="io")
    machine.run_until(90)
    assert (outs[0].kind, outs[0].value, outs[0].pc, outs[0].space) == ("out", 0x42, 2, "io")
    assert (ins[0].kind, ins[0].on, ins[0].pc) == ("in", "read", 4)
    assert [a.value for a in ins] == got
    assert len(set(got)) > 1


def test_banks_and_mirrors() -> None:
    """What is hooked is an address of the bus, whatever is shown there."""
    source = "lda 4000h\n lda 6000h\n mvi a,2\n sta 8000h\n lda 4000h\n sta 6000h\n sta 8500h\n hlt"
    logs = []
    from emucore.assembler import assemble

    for engine in ENGINES:
        machine, plain = banked(), banked()
        for each in (machine, plain):
            each.load("rom", assemble(isa("8080"), source).image(0))
            each.use(engine)
        rom, ram = listen(machine, 0x4000), listen(machine, range(0x6000, 0x6010))
        watched, mirror = listen(machine, 0x8000), listen(machine, 0x8100)
        for each in (machine, plain):
            each.run_until(300)
        assert differences(machine, plain) == []
        banks = machine.arena["roms"]
        assert [a.value for a in rom] == [banks[0], banks[0x4000]]
        assert [a.on for a in ram] == ["read", "write"]
        assert [a.value for a in watched] == [2]
        assert mirror == []  # 8500 leads there too
        logs.append((rom, ram))
        assert machine.memory[0x4000] == plain.memory[0x4000]
    assert logs.count(logs[0]) == len(ENGINES)


# -- what a hook may do ---------------------------------------------------------------------------

#: A loop that writes and reads what it wrote; two accesses in one instruction at the end.
BUSY = "loop: inr b\n mov a,b\n sta 1000h\n lda 1000h\n lxi sp,1102h\n push b\n pop d\n jmp loop"


@pytest.mark.parametrize("engine", ENGINES)
def test_stop_raise_and_go_on(engine: str) -> None:
    """The run ends behind the instruction; the rest of its hooks are called, in this run or, where
    one raised, first in the next."""
    machine, plain = flat("8080", BUSY, engine), flat("8080", BUSY, engine)
    calls: list[Any] = []
    stop = machine.hook("cpu", 0x1000, lambda m, a: (calls.append(a.on), m.stop()), "access")
    machine.hook("cpu", 0x1000, lambda m, a: calls.append(m.cpus["cpu"]["pc"]), "access")
    for n in range(1, 5):
        assert not machine.run_until(10_000)
        assert calls == [*["write", 5, "read", 8] * 2][: 2 * n]
        plain.run_until(machine.time)
        assert differences(machine, plain) == []
    stop.remove()

    def fail(m: Machine, access: Accessed) -> None:
        calls.append(access.address)
        raise LookupError(access.address)

    machine.hook("cpu", range(0x1100, 0x1102), fail, "write")
    late: list[Accessed] = []
    machine.hook("cpu", range(0x1100, 0x1102), lambda m, a: late.append(a), "write")
    with pytest.raises(LookupError, match=str(0x1101)):
        machine.run_until(10_000)
    assert late == []
    with pytest.raises(LookupError, match=str(0x1100)):
        machine.run_until(10_000)
    assert [a.address for a in late] == [0x1101]
    plain.run_until(machine.time)
    assert differences(machine, plain) == []
    assert machine.run_until(machine.time)
    assert [a.address for a in late] == [0x1101, 0x1100]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hook_that_changes_what_was_written(engine: str) -> None:
    """Exactly what a cheat that is kept to the instruction is."""
    machine = flat("8080", BUSY, engine)

    def hold(m: Machine, access: Accessed) -> None:
        m.memory[0x1000] = 7

    machine.hook("cpu", 0x1000, hold, "write")
    machine.hook("cpu", 8, lambda m: seen.append(m.cpus["cpu"]["a"]))
    seen: list[int] = []
    machine.run_until(2000)
    assert set(seen) == {7}
    assert len(seen) > 10


@pytest.mark.parametrize("engine", ENGINES)
def test_removing_setting_and_loading_in_a_hook(engine: str, tmp_path: Path) -> None:
    machine = flat("8080", BUSY, engine)
    calls: list[str] = []

    def once(m: Machine, access: Accessed) -> None:
        calls.append("once")
        for hook in hooks:
            hook.remove()
        m.hook("cpu", 0x1000, lambda m, a: calls.append("late"), "read")

    hooks = [machine.hook("cpu", 0x1000, once, "write")]
    hooks.append(machine.hook("cpu", 0x1000, lambda m, a: calls.append("never"), "write"))
    machine.run_until(100)
    assert calls[:3] == ["once", "late", "late"][: len(calls)]
    assert "never" not in calls
    machine = flat("8080", BUSY, engine)
    begin = machine.state_bytes()
    loads: list[int] = []

    def load(m: Machine, access: Accessed) -> None:
        loads.append(access.address)
        m.load_state_bytes(begin)

    machine.hook("cpu", range(0x1100, 0x1102), load, "write")
    machine.hook("cpu", range(0x1100, 0x1102), lambda m, a: loads.append(0), "write")
    assert not machine.run_until(10_000)
    assert loads == [0x1101]  # in the state that was loaded, nothing has been accessed
    assert machine.time == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_clones_and_states_have_no_hooks(engine: str) -> None:
    machine, plain = flat("8080", BUSY, engine), flat("8080", BUSY, engine)
    clones: list[Machine] = []
    seen = listen(machine, range(0x1000, 0x1200))
    hook = machine.hook(
        "cpu", range(0x1100, 0x1102), lambda m, a: clones.append(copy.copy(m)), "write"
    )
    machine.run_until(200)
    hook.remove()
    plain.run_until(200)
    clone = clones[0]
    assert clone.arena["cpu.mem.reads"].tobytes() == plain.arena["cpu.mem.reads"].tobytes()
    count = len(seen)
    clone.run_until(200)
    assert differences(clone, plain) == differences(machine, plain) == []
    assert len(seen) == count
    assert machine.state_bytes() == plain.state_bytes()


def test_all_is_as_before_when_hooks_are_gone() -> None:
    """Page tables, and the translations that there were; more hooks than there are rows, too."""
    machine = flat("8080", BUSY, "interp")
    before = {n: machine.arena[f"cpu.mem.{n}"].tobytes() for n in ("reads", "writes")}
    rng = random.Random(2)
    hooks = [
        machine.hook("cpu", rng.randrange(0x10000), print, rng.choice(["read", "write", "access"]))
        for _ in range(200)
    ]
    assert {n: machine.arena[f"cpu.mem.{n}"].tobytes() for n in before} != before
    rng.shuffle(hooks)
    for hook in hooks:
        hook.remove()
        hook.remove()
    assert {n: machine.arena[f"cpu.mem.{n}"].tobytes() for n in before} == before


def test_more_hooks_than_the_kernel_has_rows() -> None:
    """Between them lies memory that is not hooked, and nobody is told of it."""
    machine = flat("8080", "lxi h,1000h\n loop: mov m,l\n inx h\n jmp loop", "interp")
    seen: list[int] = []
    for address in range(0x1000, 0x1200, 3):
        machine.hook("cpu", address, lambda m, a: seen.append(a.address), "write")
    machine.run_until(20_000)
    assert seen == list(range(0x1000, 0x1200, 3))


@pytest.mark.skipif("jit" not in ENGINES, reason="this host has no threaded handlers")
def test_translations_go_and_come_again() -> None:
    """A hook on memory that translated code accesses is told at once; later all is as before."""
    source = "loop: inr b\n mov a,b\n sta 1000h\n add c\n mov c,a\n jmp loop"
    logs = []
    for engine in ("interp", "jit"):
        machine = flat("8080", source, engine)
        for _ in range(20):
            machine.run_until(machine.time + 500)
            translate(machine)
        if engine == "jit":
            assert 2 in translations(machine)
        seen: list[Accessed] = []
        hook = machine.hook("cpu", 0x1000, lambda m, a, s=seen: s.append(a), "write")
        for _ in range(20):
            machine.run_until(machine.time + 500)
            translate(machine)
        if engine == "jit":
            assert 2 in translations(machine)  # with the access going to the bus
        hook.remove()
        for _ in range(20):
            machine.run_until(machine.time + 500)
            translate(machine)
        if engine == "jit":
            assert isinstance(machine.engine, JitEngine)
            assert 2 in translations(machine)
        logs.append((seen, machine.state_sha256()))
    assert logs[0] == logs[1]
    assert len(logs[0][0]) > 100
    assert {a.pc for a in logs[0][0]} == {2}


def test_a_whole_machine() -> None:
    """The game writes its picture: the same log on the compiled engines, the same end."""
    logs = []
    for engine in ENGINES[1:]:
        machine, plain = (machines.load("invaders", engine=engine) for _ in range(2))
        seen = listen(machine, range(0x2400, 0x2800), "write")
        visits: list[int] = []
        machine.hook("cpu", range(0x08, 0x11), lambda m, v=visits: v.append(m.cpus["cpu"].pc))
        machine.run(30)
        plain.run(30)
        assert machine.state_sha256() == plain.state_sha256()
        logs.append((seen, visits))
    assert logs.count(logs[0]) == len(logs)
    assert len(logs[0][0]) > 1000
    assert {0x08, 0x10} <= set(logs[0][1])


# -- what cannot be -------------------------------------------------------------------------------


def test_what_cannot_be_hooked() -> None:
    machine = flat("8080", BUSY, "reference")
    wrong: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
        ((range(5, 5), print, "read"), {}, "no address"),
        ((range(0, 9, 2), print, "read"), {}, "no address"),
        ((range(0x10001), print, "read"), {}, "no address"),
        ((0, print, "look"), {}, "none of execute, read, write, access"),
        ((0, print, "read"), {"space": "rom"}, "no address space 'rom'; it has mem, io"),
        ((0, print), {"space": "io"}, "no address space 'io'"),
        ((0x100, print, "read"), {"space": "io"}, "no address of cpu's io"),
    ]
    for arguments, more, text in wrong:
        with pytest.raises(MachineError, match=text):
            machine.hook("cpu", *arguments, **more)
    large = Board("large", "32 bits", clock_hz=1_000_000)
    large.cpu("cpu", isa("rv32")).mem.ram(0, 0xFFFF, large.ram("ram", 0x10000))
    with pytest.raises(MachineError, match="too many to hook"):
        Machine(large).hook("cpu", range(1 << 20), print)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), min_size=1), st.integers(1, 5))
def test_covering(stretches: list[tuple[int, int]], most: int) -> None:
    """All of it, in no more pieces, and nothing more where they suffice."""
    ranges = [range(start, start + size) for start, size in stretches]
    wanted = {address for r in ranges for address in r}
    found = covering(ranges, most)
    covered = [address for start, end in found for address in range(start, end + 1)]
    assert len(found) <= most
    assert len(covered) == len(set(covered))
    assert wanted <= set(covered)
    runs = sum(address - 1 not in wanted for address in wanted)
    assert (set(covered) == wanted) == (runs <= most)
