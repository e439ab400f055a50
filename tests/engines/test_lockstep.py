"""Three engines, one truth: the same state after every checkpoint, on random programs."""

from __future__ import annotations

import random

import pytest
from boards import random_machine
from hypothesis import given, settings
from hypothesis import strategies as st

import emucore.reference.engine as _reference  # noqa: F401 - registers the engine
from emucore.cpus.i8080 import i8080
from emucore.cpus.m6502 import m6502
from emucore.cpus.rv32 import rv32
from emucore.cpus.z80 import z80
from emucore.isa import Isa
from emucore.language.registers import Line, Reg, RegFile
from emucore.machine import Machine

ISAS = [i8080, z80, rv32, m6502]

#: Opcodes that end a CPU's work for good (JAM): programs have NOPs in their place.
FATAL = {"6502": bytes.fromhex("02 12 22 32 42 52 62 72 92 b2 d2 f2")}
NOP = {"6502": b"\xea"}


def random_registers(isa: Isa, rng: random.Random) -> dict[str, int]:
    """A random value for every register that a program sees."""
    values = {}
    for name, reg in isa.cpu.registers.items():
        if isinstance(reg, RegFile):
            values |= {n: rng.getrandbits(reg.width) for n in reg.names}
        elif not reg.internal and not isinstance(reg, Line):
            values[name] = rng.getrandbits(reg.width)
    return values


def random_program(isa: Isa, rng: random.Random) -> bytes:
    """64 KiB: mostly real encodings, some noise."""
    variants = list(isa.variants())
    memory = bytearray()
    while len(memory) < 0x10000:
        if rng.random() < 0.05:
            memory += rng.randbytes(isa.unit // 8)
            continue
        variant = rng.choice(variants)
        fields = {f.name: rng.getrandbits(f.width) & f.mask for f in variant.encoding.fields}
        for unit in variant.encoding.encode(fields | variant.fields):
            memory += unit.to_bytes(isa.unit // 8, "little")
    fatal = FATAL.get(isa.name, b"")
    harmless = bytes.maketrans(fatal, NOP.get(isa.name, b"") * len(fatal))
    return bytes(memory[:0x10000]).translate(harmless)


def differences(a: Machine, b: Machine) -> list[str]:
    """Names of the state fields in which two machines differ."""
    fields = [f.name for f in a.layout.fields.values() if f.section == "state"]
    return [n for n in fields if a.arena[n].tobytes() != b.arena[n].tobytes()]


def pair(isa: Isa, seed: int) -> tuple[Machine, Machine]:
    """Two equal machines with a random program, for the reference and the interpreter."""
    rng = random.Random(seed)
    memory, registers = random_program(isa, rng), random_registers(isa, rng)
    machines = random_machine(isa, memory, registers), random_machine(isa, memory, registers)
    machines[0].use("reference")
    machines[1].use("interp")
    return machines


@pytest.mark.parametrize("isa", ISAS, ids=lambda isa: isa.name)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_same_state_at_every_checkpoint(isa: Isa, seed: int) -> None:
    reference, interp = pair(isa, seed)
    for end in range(100, 1500, 100):
        reference.run_until(end)
        interp.run_until(end)
        assert differences(reference, interp) == [], f"at {end}"


@pytest.mark.parametrize("isa", ISAS, ids=lambda isa: isa.name)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_engines_take_turns(isa: Isa, seed: int) -> None:
    """One machine that changes its engine at random moments is the machine that never does."""
    steady, changing = pair(isa, seed)
    rng = random.Random(seed)
    time = 0
    while time < 1500:
        changing.use(rng.choice(["reference", "interp"]))
        time += rng.randrange(1, 150)
        steady.run_until(time)
        changing.run_until(time)
        assert differences(steady, changing) == [], f"at {time}"


@pytest.mark.parametrize("isa", ISAS, ids=lambda isa: isa.name)
@pytest.mark.parametrize("engine", ["reference", "interp"])
def test_pieces_equal_the_whole(isa: Isa, engine: str) -> None:
    """Running to a time in one go, in pieces, or instruction by instruction is the same."""
    for seed in range(3):
        whole, pieces = pair(isa, seed)
        whole.use(engine)
        pieces.use(engine)
        whole.run_until(1000)
        while pieces.time < 1000:
            if seed == 2 and pieces.engine is not None:
                pieces.engine.step()
            else:
                pieces.run_until(min(1000, pieces.time + 7 + seed))
        pieces.run_until(1000)
        assert differences(whole, pieces) == []


def test_looped_handlers_are_the_same_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hosts without the threaded calling convention run."""
    monkeypatch.setenv("EMUCORE_LOOPED", "1")
    monkeypatch.setattr("jit.interpreter.engine._interpreters", {})
    for seed in range(5):
        reference, looped = pair(i8080, seed)
        for end in range(100, 1500, 100):
            reference.run_until(end)
            looped.run_until(end)
            assert differences(reference, looped) == [], f"at {end}"


def test_registers_of_the_test_are_real() -> None:
    """The random programs do something: they end in many different places."""
    ends = set()
    for seed in range(10):
        machine = pair(i8080, seed)[1]
        machine.run_until(2000)
        ends.add(machine.cpus["cpu"]["pc"])
    assert len(ends) > 5
    assert isinstance(i8080.pc, Reg)
