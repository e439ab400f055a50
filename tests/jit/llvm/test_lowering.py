"""Every micro-op, and random nests of `when`, compiled: the same as the reference engine gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import random_machine
from lab import Lab
from test_lockstep import differences
from test_ops import SAME_WIDTH
from test_trace import described

import emucore.reference.engine as _reference  # noqa: F401 - registers the engine
from emucore.ir.ops import OPS, Space
from emucore.isa import Isa
from emucore.kernel.layout import FRAME_ENDS, FRAME_TICKS
from emucore.language.alu import add, sub
from emucore.language.block import Block
from emucore.language.cpu import Cpu
from emucore.language.pending import PacketError
from emucore.language.registers import NEVER, Reg, RegFile
from emucore.language.value import Value, cat, constant, pure, select
from emucore.machine import Machine
from jit.interpreter.engine import interpreter

START = 0x4000
WIDTHS = (1, 2, 3, 7, 8, 9, 16, 31, 32, 33, 63, 64)


class Bench(Cpu):
    """Two operands, and a result for each width."""

    mem = Space("mem", bits=16, page_bits=8)
    pc = Reg(16, hot=True)
    v, w = Reg(64, hot=True), Reg(64)
    out = RegFile(64, 16)


def isa_of(cpu: type[Cpu], bodies: list[Callable[[Cpu], None]]) -> Isa:
    """An ISA whose opcodes 0, 1 … do *bodies*, a cycle each and what they take themselves."""
    isa = Isa("bench", cpu, title="a bench", pc=cpu.registers["pc"], space=cpu.mem)  # type: ignore[attr-defined, arg-type]

    @isa.fetch
    def fetch(cpu: Cpu) -> Value:
        code = cpu.block.read(cpu.mem, "fetch", cpu.pc)  # type: ignore[attr-defined]
        cpu.pc = cpu.pc + 1  # type: ignore[attr-defined]
        cpu.tick(1)
        return code

    for number, body in enumerate(bodies):
        isa.define(f"{number:08b}", f"op{number}", lambda cpu, *, body=body: body(cpu))
    return isa


def machines(isa: Isa, program: bytes) -> list[Machine]:
    """The program at START, for the reference, for opt 0, and for opt 2."""
    memory = bytes(START) + program
    result = []
    for engine in ("reference", "interp", "interp"):
        machine = random_machine(isa, memory + bytes(0x10000 - len(memory)), {"pc": START})
        machine.words[FRAME_TICKS] = 0  # frames end by where a run does: not with each engine alike
        machine.words[machine.words[FRAME_ENDS]] = NEVER
        if len(result) == 2:
            interpreter(isa, "threaded").wait()
        machine.use(engine)
        result.append(machine)
    return result


def compare(isa: Isa, rng: random.Random, names: list[str], wide: list[str]) -> None:
    """Run each opcode several times, with new register values before each."""
    program = bytes(n for n in range(len(names)) for _ in range(12))
    reference, *others = machines(isa, program)
    for byte in program:
        for name in wide:
            edges = [0, 1, 2, 31, 32, 63, 64, 1 << 31, 1 << 63, (1 << 64) - 1, rng.getrandbits(64)]
            value = rng.choice(edges) >> rng.choice([0, 0, 1, 32, 55])
            value &= (1 << isa.cpu.registers[name].width) - 1
            for machine in (reference, *others):
                machine.cpus["cpu"][name] = value
        values = {name: reference.cpus["cpu"][name] for name in wide}
        for machine in (reference, *others):
            machine.run_until(machine.time + 1)
        for machine in others:
            assert differences(reference, machine) == [], (names[byte], values)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """These ISAs are called the same and are not."""
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))


def same_width(name: str) -> Callable[[Cpu], None]:
    """The op at every width, with guest operands and with one that is known."""

    def body(cpu: Bench) -> None:
        for i, width in enumerate(WIDTHS):
            a, b = cpu.w[:width], cpu.v[:width]
            if name in ("not", "popcount", "clz", "ctz"):
                total = pure(cpu.block, name, width, a).zext(64)
            else:
                total = pure(cpu.block, name, width, a, b).zext(64)
                for known in (1, width - 1, -1):
                    c = constant(cpu.block, known % (1 << width), width)
                    total = total * 3 + pure(cpu.block, name, width, a, c).zext(64)
                    total = total * 3 + pure(cpu.block, name, width, c, b).zext(64)
            cpu.out[i] = total

    return body  # type: ignore[return-value]


def others(cpu: Bench) -> None:
    """What changes widths, compares and chooses."""
    for i, width in enumerate(WIDTHS):
        a, b = cpu.w[:width], cpu.v[:width]
        total = a.zext(64) * 3 + a.sext(64)
        for bit in (a == b, a < b, a.slt(b), a > 0, a.slt(1)):
            total = total * 2 + bit.zext(64)
        total = total * 3 + select(b[0], a, b).zext(64)
        if width < 64:
            total = total * 3 + cat(a, cpu.v[width:]) + cat(cpu.w[width:], b)
        cpu.out[i] = total * 3 + cpu.w[64 - width :].zext(64)


def sums(cpu: Bench) -> None:
    for i, width in enumerate(WIDTHS):
        total = cpu.const(0, 64)
        for s in (add, sub):
            flags = s(cpu.w[:width], cpu.v[:width], cpu.w[63])
            for part in (flags.value, flags.carry, flags.overflow):
                total = total * 3 + part.zext(64)
        cpu.out[i] = total


def test_every_op() -> None:
    names = [*SAME_WIDTH, "others", "sums"]
    bodies = [same_width(name) for name in SAME_WIDTH] + [others, sums]  # type: ignore[list-item]
    isa = isa_of(Bench, bodies)
    lowered = {op.name for variant in isa.variants() for op in isa.trace(variant)}
    assert {name for name, row in OPS.items() if row.fold} <= lowered
    compare(isa, random.Random(1), names, ["v", "w"])


def nest(rng: random.Random, depth: int = 0) -> list[tuple[str, int, object]]:
    """A random program for :func:`test_trace.described`."""
    result: list[tuple[str, int, object]] = []
    for _ in range(rng.randrange(1, 5)):
        plain = ["set", "add", "add", "setx", "getx", "tick", "store", "load"]
        what = rng.choice([*plain, "when", "when", "when", "done"] if depth < 4 else plain)
        n = nest(rng, depth + 1) if what == "when" else rng.randrange(8)
        result.append((what, rng.randrange(4), n))
    return result


def in_packet(program: list[tuple[str, int, object]]) -> Callable[[Cpu], None] | None:
    """The program as one packet, if it is one."""

    def body(cpu: Lab) -> None:
        with cpu.block.packet():
            described(program, cpu)

    try:
        body(Lab(Block(Lab.clock)))
    except PacketError:
        return None
    return body  # type: ignore[return-value]


@pytest.mark.parametrize("packets", [False, True])
def test_random_nests(packets: bool) -> None:
    rng = random.Random(2)
    programs = [nest(rng) for _ in range(600 if packets else 120)]
    bodies = [lambda cpu, program=program: described(program, cpu) for program in programs]
    if packets:
        pairs = [(program, in_packet(program)) for program in programs]
        programs = [program for program, body in pairs if body][:120]
        bodies = [body for _, body in pairs if body][:120]
    names = [*"abcdfg", *(f"x{i}" for i in range(1, 8))]
    isa = isa_of(Lab, bodies)
    reference, *others = machines(isa, bytes(rng.randrange(len(bodies)) for _ in range(1500)))
    used: set[int] = set()
    for _ in range(1200):
        before = reference.cpus["cpu"]["pc"]
        used.add(reference.arena["ram"][before])
        for name in names:
            value = rng.getrandbits(8) & (1 if name in "fg" else 255)
            for machine in (reference, *others):
                machine.cpus["cpu"][name] = value
        for machine in (reference, *others):
            machine.run_until(reference.time + (machine is reference))
        for machine in others:
            assert differences(reference, machine) == [], programs[reference.arena["ram"][before]]
    assert len(used) > 100
