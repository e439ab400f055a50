"""A translator broken on purpose is noticed: what the lockstep tests would let pass."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from dialects import DIALECTS
from random_programs import RandomProgram, random_program
from test_jit import SELF_CHANGING, eager, engine_of, looping
from test_jit_bounds import quick
from test_lockstep import differences, pair
from test_random_programs import larger

from emucore.cpus.i8080 import i8080
from emucore.cpus.m6502 import m6502
from emucore.cpus.rv32 import rv32
from emucore.cpus.z80 import z80
from emucore.ir.ops import Access, Op
from emucore.isa import Isa
from emucore.machine import Machine
from jit.llvm import lowering, pure_ops
from jit.llvm.lowering import Lowering
from jit.llvm.native import threaded
from jit.regions.memory_access import MemoryAccess
from jit.regions.memory_map import bounds
from jit.regions.translator import Translator
from jit.tiers.engine import JitEngine

pytestmark = [
    pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers"),
    pytest.mark.usefixtures("quick", "larger"),
]
__all__ = ["eager", "larger", "quick"]

#: Programs tried, at most, until one shows the difference.
SEEDS = 12

Mutate = Callable[[pytest.MonkeyPatch], None]


def notices(machines: Sequence[Machine], rng: random.Random, end: int) -> bool:
    """Whether a run in lockstep ends in different states somewhere."""
    plain, translated = machines
    engine = translated.engine
    assert isinstance(engine, JitEngine)
    time = 0
    while time < end:
        time += rng.randrange(1, 200)
        plain.run_until(time)
        translated.run_until(time)
        if differences(plain, translated):
            return True
        if engine.counts["translated"] < 12:
            engine.translate_hot()
    return False


def hot_pair(machines: tuple[Machine, Machine]) -> tuple[Machine, Machine]:
    """The second machine on the JIT, whose handlers are made already: they stay as they are."""
    machines[0].use("interp")
    engine_of(machines[1]).wait()
    return machines


def programs(isa: Isa, seed: int) -> tuple[Machine, Machine]:
    """Two equal machines with a program in which something is translated."""
    if isa is not rv32:  # random words are seldom a loop in RV32
        return pair(isa, seed)
    program = random_program(DIALECTS["rv32"], seed)
    return program.machine("interp"), program.machine("interp")


def programs_notice(isa: Isa, mutate: Mutate, monkeypatch: pytest.MonkeyPatch) -> bool:
    for seed in range(SEEDS):
        machines = hot_pair(programs(isa, seed))
        with monkeypatch.context() as patch:
            mutate(patch)
            if notices(machines, random.Random(seed), 3000):
                return True
    return False


# -- lowerings ------------------------------------------------------------------------------------


def pure(name: str, wrong: Any) -> Mutate:
    """Row *name* of the table is lowered as *wrong*."""
    return lambda patch: patch.setitem(pure_ops._PURE, name, wrong)


def _slice_beside(lo: Lowering, op: Op, a: Sequence[str]) -> str:
    beside = Op("slice", op.width, op.args, max(0, op.imm - 1))
    return pure_ops._slice(lo, beside, a)


_SELECT = pure_ops._PURE["select"]


def _other(lo: Lowering, op: Op, a: Sequence[str]) -> str:
    return _SELECT(lo, op, [a[0], a[2], a[1]])


LOWERINGS: dict[str, tuple[Isa, Mutate]] = {
    "sub is add": (i8080, pure("sub", pure_ops._PURE["add"])),
    "xor is or": (m6502, pure("xor", pure_ops._PURE["or"])),
    "not is nothing": (i8080, pure("not", lambda lo, op, a: a[0])),
    "slices are a bit too low": (i8080, pure("slice", _slice_beside)),
    "the lower half is lost": (
        z80,
        pure("concat", lambda lo, op, a: pure_ops._concat(lo, op, [a[0], "0"])),
    ),
    "select takes the other": (m6502, pure("select", _other)),
    "equal is unequal": (i8080, pure("eq", pure_ops._compare("ne"))),
    "less is less as signed": (rv32, pure("ult", pure_ops._PURE["slt"])),
    "parity of one more": (
        i8080,
        pure("popcount", lambda lo, op, a: lo.emit(f"add i{op.width} {a[0]}, 1")),
    ),
}


@pytest.mark.parametrize("name", LOWERINGS)
def test_a_wrong_lowering(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    isa, mutate = LOWERINGS[name]
    assert programs_notice(isa, mutate, monkeypatch)


#: What RV32's instructions are made of, besides the above.
RV32_OPS = (
    *("add", "mul", "umulh", "udiv", "urem", "sdiv", "srem", "shl", "shr", "sar", "sext", "slt"),
)


@lru_cache(maxsize=SEEDS)
def trail(seed: int) -> tuple[RandomProgram, list[tuple[int, str]]]:
    """A random program of RV32, and the states at some moments of its run, by their hashes."""
    program = random_program(replace(DIALECTS["rv32"], size=230), seed)
    machine, rng, moments = program.machine("interp"), random.Random(seed), []
    while machine.time < 4000:
        machine.run_until(machine.time + rng.randrange(1, 600))
        moments.append((machine.time, machine.state_sha256()))
    return program, moments


def stays_on(seed: int) -> bool:
    """Whether translations of a program lead to the states of its trail."""
    program, moments = trail(seed)
    engine = engine_of(program.machine("jit"))
    for time, state in moments:
        engine.machine.run_until(time)
        if engine.machine.state_sha256() != state:
            return False
        if engine.counts["translated"] < 16:
            engine.translate_hot()
    return True


@pytest.mark.parametrize("name", RV32_OPS)
def test_each_lowering_of_rv32(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off by its lowest bit, in translations only."""
    right = pure_ops._PURE[name]

    def wrong(lo: Lowering, op: Op, a: Sequence[str]) -> str:
        value = right(lo, op, a)  # not the clock's, or there may be no end
        return lo.emit(f"xor i{op.width} {value}, 1") if op.width < 64 else value

    trail(0)[0].machine("jit")  # its handlers are made, and stay as they are
    pure(name, wrong)(monkeypatch)
    assert not all(stays_on(seed) for seed in range(SEEDS))


# -- state and time -------------------------------------------------------------------------------


def method(owner: type, name: str, wrong: Callable[..., Any]) -> Mutate:
    """*owner*'s method is *wrong*, which is given the right one first."""
    right = getattr(owner, name)
    return lambda patch: patch.setattr(owner, name, lambda *a, **k: wrong(right, *a, **k))


def _late(right: Any, self: Translator, bound: int, pc: str) -> None:
    right(self, bound - 25, pc)


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _stale(right: Any, self: Translator, how: str, pc: str) -> None:
    right(self, how, str(self._region.head) if pc.isdigit() else pc)


def _lost(right: Any, self: Translator) -> None:
    self._written = {"clock": None}
    right(self)


def _no_write(self: Lowering, op: Op) -> None:
    self._afters[id(op)] = self.value(op.args[2])


def _one_granule(
    right: Any, self: MemoryAccess, access: Access, address: Op, at: str, width: int, *rest: Any
) -> str:
    """As the translator once did: a wide store at a known address looks at its first granule."""
    writing, slow = rest
    low, high = bounds(address)
    certain = self._plain.around(low, high + width // 8 - 1, writing=writing)
    if access.space is not self.shape.isa.space or not writing or certain is None:
        return str(right(self, access, address, at, width, *rest))
    distance = self.emit(f"add i64 {at}, {certain.entry}")
    self.unmarked(distance, width, slow)
    return distance


TRANSLATIONS: dict[str, tuple[Isa, Mutate]] = {
    "elements are not written": (rv32, method(Translator, "write_element", _nothing)),
    "registers do not go back": (z80, method(Translator, "_write_back", _lost)),
    "the budget is overdrawn": (i8080, method(Translator, "_check_budget", _late)),
    "exits go to the head": (i8080, method(Translator, "_leave_by", _stale)),
    "writes are lost": (z80, lambda patch: patch.setitem(lowering._METHODS, "write", _no_write)),
}


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_a_wrong_translation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    isa, mutate = TRANSLATIONS[name]
    assert programs_notice(isa, mutate, monkeypatch)


@pytest.mark.long
def test_stores_that_look_at_one_granule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few of the random programs store from outside of code into it, at a known address."""
    monkeypatch.setattr("test_jit_mutations.SEEDS", 100)
    assert programs_notice(rv32, method(MemoryAccess, "locate", _one_granule), monkeypatch)


# -- programs that change -------------------------------------------------------------------------

#: At 40h: inr b; mov a,e; xri 1; mov e,a; lxi sp,81h; jmp 7ch, there push d; jmp 40h (or 140h), at
#: 140h: dcr c; jmp 40h.  The second byte that is pushed changes the jump: half of the push has
#: been done, so that it cannot be left to the interpreter.
NEXT_CHANGES = bytes.fromhex("110000 c34000").ljust(0x40, b"\0")
NEXT_CHANGES += bytes.fromhex("04 7b ee01 5f 318100 c37c00").ljust(0x3C, b"\0")
NEXT_CHANGES = (NEXT_CHANGES + bytes.fromhex("d5 c34000")).ljust(0x140, b"\0")
NEXT_CHANGES += bytes.fromhex("0d c34000")

#: The same with xthl in place of push d, and h counting: what has been done cannot be done again.
HALF_DONE = NEXT_CHANGES[:0x40] + bytes.fromhex("24 7d ee01 6f 317f00 c37c00").ljust(0x3C, b"\0")
HALF_DONE += bytes.fromhex("e3 c34000").ljust(0xC4, b"\0") + bytes.fromhex("0d c34000")

CHANGES: dict[str, tuple[bytes, Mutate]] = {
    "what is false stays": (SELF_CHANGING, method(JitEngine, "_drop_false", lambda *_: False)),
    "nothing is marked": (SELF_CHANGING, method(JitEngine, "_protect", _nothing)),
    "no look behind a slow access": (NEXT_CHANGES, method(Translator, "on_slow", _nothing)),
    "half an instruction is done again": (HALF_DONE, method(Translator, "on_write", _nothing)),
}


def changing(program: bytes, mutate: Mutate, monkeypatch: pytest.MonkeyPatch) -> bool:
    for seed in range(3):
        machines = hot_pair((looping("interp"), looping("interp")))
        for machine in machines:
            machine.load("ram", program)
        with monkeypatch.context() as patch:
            mutate(patch)
            if notices(machines, random.Random(seed), 50_000):
                return True
    return False


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_overlooked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program, mutate = CHANGES[name]
    assert changing(program, mutate, monkeypatch)


# -- and without a mutation -----------------------------------------------------------------------


@pytest.mark.parametrize("isa", [i8080, z80, m6502, rv32], ids=lambda isa: isa.name)
def test_what_is_right_passes(isa: Isa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("test_jit_mutations.SEEDS", 2)
    assert not programs_notice(isa, _nothing, monkeypatch)


@pytest.mark.parametrize(
    "program", [SELF_CHANGING, NEXT_CHANGES, HALF_DONE], ids=["operand", "next", "half"]
)
def test_right_changes_pass(program: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not changing(program, _nothing, monkeypatch)
