"""The compiler's rows against the table's, and whole instructions against the reference engine."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich_isa import FILES, Body, Rich, random_body, rich, rich_machine
from test_lockstep import differences
from test_ops import SAME_WIDTH

from emucore.body.registers import Registers
from emucore.ir.ops import OPS, Code, Op, Space, mask, verify, walk
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER, Reg, RegFile
from emucore.language.value import Value, fit, select
from emucore.machine import Machine
from emucore.plan.cpu_layout import size
from jit.llvm import lowering, pure_ops
from jit.llvm.lowering import Lowering
from jit.llvm.native import Loaded, compile_ir
from jit.llvm.shape import Shape


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Throw-away ISAs do not go into the user's cache (kernel and devices may)."""
    rich_machine(rich([lambda cpu: None]), 0).use("interp")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMUCORE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


# -- every row ------------------------------------------------------------------------------------


class Bench(Cpu):
    """Operands and results in files."""

    mem = Space("mem", 16, 8)
    pc = Reg(16)
    x = RegFile(64, 256)
    y = RegFile(64, 256)


PURE = [name for name, row in OPS.items() if row.fold is not None and name != "const"]
TIMES = 3  # each row, in one module
Level = tuple[int, bool]
#: Of the code generator, and whether LLVM's passes on IR (which know what is undefined) ran before.
LEVELS: list[Level] = [(0, False), (2, False), (2, True)]


def test_every_row_has_a_lowering() -> None:
    elsewhere = {"const", "if", "done", "dispatch"}  # operands, and control: see `shapes`
    assert set(OPS) == set(pure_ops._PURE) | set(lowering._METHODS) | elsewhere
    assert set(PURE) == set(pure_ops._PURE)


def widths(name: str, rng: random.Random) -> tuple[int, list[int], int | None]:
    """Random width of the result, widths of the operands, and the payload of a row."""
    w = rng.choice([1, 2, 3, 7, 8, 16, 31, 32, 33, 63, 64, rng.randint(1, 64)])
    if name in ("zext", "sext"):
        w = max(w, 2)
        return w, [rng.randrange(1, w)], None
    if name == "slice":
        source = rng.randint(w, 64)
        return w, [source], rng.randint(0, source - w)
    if name == "concat":
        w = max(w, 2)
        high = rng.randrange(1, w)
        return w, [high, w - high], None
    if name in ("eq", "ult", "slt"):
        return 1, [w, w], None
    if name == "select":
        return w, [1, w, w], None
    return w, [w] * (1 if name in ("not", "popcount", "clz", "ctz") else 2), None


def near(width: int, rng: random.Random) -> int:
    """A number of *width* bits, often near an end, the sign, or the width."""
    top = 1 << width
    edges = [0, 1, 2, top - 1, top - 2, top >> 1, (top >> 1) - 1, width, width - 1, width + 1]
    return rng.choice([*edges, *[rng.getrandbits(width)] * 6]) % top


def every_row(rng: random.Random) -> tuple[Code, list[tuple[Op, list[int | None]]]]:
    """Code that does every pure row on elements of ``x``; each op and where its operands are."""
    code: Code = []
    places: list[tuple[Op, list[int | None]]] = []
    free = 0

    def add(name: str, width: int, args: tuple[Op, ...] = (), imm: object = None) -> Op:
        code.append(Op(name, width, args, imm))
        return code[-1]

    for name in PURE * TIMES:
        width, sizes, imm = widths(name, rng)
        operands: list[Op] = []
        where: list[int | None] = []
        for size_ in sizes:
            if rng.random() < 0.2:
                operands.append(add("const", size_, imm=near(size_, rng)))
                where.append(None)
            else:
                element = add("getx", 64, (add("const", 8, imm=free),), Bench.x)
                operands.append(add("slice", size_, (element,), 0) if size_ < 64 else element)
                where.append(free)
                free += 1
        op = add(name, width, tuple(operands), imm)
        wide = add("zext", 64, (op,)) if width < 64 else op
        add("setx", 0, (add("const", 8, imm=len(places)), wide), Bench.y)
        places.append((op, where))
    return code, places


@given(seed=st.integers(0, 2**32), level=st.sampled_from(LEVELS))
@settings(max_examples=20, deadline=None)
def test_rows_compute_what_the_table_says(seed: int, level: Level) -> None:
    rng = random.Random(seed)
    code, places = every_row(rng)
    memory, run, _loaded = compiled(code, level)
    registers = Registers(Bench, memoryview(memory), 0)
    for _ in range(20):
        expected = []
        for op, where in places:
            operands = []
            for arg, index in zip(op.args, where, strict=True):
                value = arg.imm if index is None else near(arg.width, rng)
                operands.append(value)
                if index is not None:  # bits above the operand's width are noise
                    noise = rng.getrandbits(64) << arg.width & mask(64)
                    registers[f"x{index}"] = value | noise
            fold = OPS[op.name].fold
            assert fold is not None
            expected.append((op.name, op.width, operands, fold(op, *operands)))
        run(ctypes.addressof(memory))
        got = [(*row[:3], registers[f"y{i}"]) for i, row in enumerate(expected)]
        assert got == expected


BINARY = [n for n in PURE if n in SAME_WIDTH and n not in ("not", "popcount", "clz", "ctz")]


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("level", LEVELS)
def test_narrow_operands_exhaustively(known: int, level: Level) -> None:
    """Every value of one to three bits, one operand (the left, the right) known at compile time."""
    element = Op("getx", 64, (Op("const", 8, imm=0),), Bench.x)
    code: Code = [element.args[0], element]
    ops: list[Op] = []
    for name in BINARY:
        for width in (1, 2, 3):
            guest = Op("slice", width, (element,), 0)
            code.append(guest)
            for value in range(1 << width):
                constant = Op("const", width, imm=value)
                op = Op(name, width, (guest, constant) if known else (constant, guest))
                wide, place = Op("zext", 64, (op,)), Op("const", 8, imm=len(ops))
                code += [constant, op, wide, place, Op("setx", 0, (place, wide), Bench.y)]
                ops.append(op)
    memory, run, _loaded = compiled(code, level)
    registers = Registers(Bench, memoryview(memory), 0)
    for value in range(8):
        registers["x0"] = value
        run(ctypes.addressof(memory))
        for i, op in enumerate(ops):
            operands = [a.imm if a.name == "const" else value & mask(op.width) for a in op.args]
            fold = OPS[op.name].fold
            assert fold is not None
            assert registers[f"y{i}"] == fold(op, *operands), (op, operands)


def compiled(code: Code, level: Level) -> tuple[Any, Callable[[int], None], Loaded]:
    """Registers for *code*, a function that runs it on them, and what keeps that alive."""
    body = Lowering(Shape(Isa("bench", Bench, title="bench", pc=Bench.pc, space=Bench.mem), []))
    body.run(verify(code), lambda lo, how, op: lo.effect("ret void"))
    text = "define void @run(ptr %cpu) {\nentry:\n" + "\n".join(body.lines) + "\n}"
    loaded = Loaded(compile_ir(text, level[0], pipeline=level[1]))
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(loaded.address("run"))
    return (ctypes.c_uint8 * size(Bench))(), run, loaded


# -- instructions ---------------------------------------------------------------------------------


def step(isa: Isa, opcode: int, seed: int) -> tuple[Machine, Machine]:
    """The instruction *opcode* from random registers: on the reference, and compiled."""
    machines = rich_machine(isa, seed), rich_machine(isa, seed)
    for machine, engine in zip(machines, ("reference", "interp"), strict=True):
        machine.cpus["cpu"]["pc"] = 0
        machine.load("ram", bytes([opcode]))
        machine.use(engine).step()
    return machines


def nested(cpu: Rich) -> None:
    """A branch in a branch, and registers that either, both or none write."""
    cpu.a = 1
    with cpu.when(cpu.f):
        cpu.a = cpu.block.read(cpu.mem, "read", cpu.pc)
        cpu.b = cpu.a + 1
        with cpu.when(cpu.g):
            cpu.b = cpu.block.read(cpu.mem, "read", cpu.pc + 1)
            cpu.m = cpu.m + 1
        cpu.d = cpu.b
    with cpu.when(cpu.g):
        cpu.block.write(cpu.mem, "write", cpu.pc, cpu.b)
        cpu.c = cpu.c + 5


def value_from_outside(cpu: Rich) -> None:
    """A body that gives a register what was computed before it, one from within, and swaps."""
    early = cpu.a + cpu.b
    with cpu.when(cpu.f):
        late = cpu.block.read(cpu.io, "in", cpu.pc)
        cpu.b = early
        cpu.d = late
        cpu.q, cpu.w = cpu.w, cpu.q


def ends_within(cpu: Rich) -> None:
    """An early end in a branch in a branch keeps what it wrote, and its time."""
    cpu.a = cpu.a + 1
    with cpu.when(cpu.f):
        cpu.tick(3)
        with cpu.when(cpu.g):
            cpu.tick(5)
            cpu.b = cpu.a + 1
            cpu.done()
        cpu.b = 7
    cpu.a = cpu.a + 16


def both_end(cpu: Rich) -> None:
    with cpu.when(cpu.f):
        cpu.a = 1
        cpu.done()
    with cpu.when(cpu.g):
        cpu.fault()
        cpu.b = 2
        cpu.done()
    cpu.d = 3


def element_joined_late(cpu: Rich) -> None:
    """A guest index makes the old value of a join an op behind the branch."""
    with cpu.when(cpu.f):
        cpu.block.write(cpu.mem, "write", cpu.pc, cpu.a)
        cpu.x[cpu.a[:3]] = cpu.b
    cpu.x[cpu.b[:3]] = cpu.x[cpu.d[:3]] + 1


def waits_within(cpu: Rich) -> None:
    """A clock that only one side moves, by wait states and by ticks."""
    with cpu.when(cpu.f):
        cpu.a = cpu.block.read(cpu.mem, "read", cpu.const(0x4000, 16))
        cpu.tick(1)
    cpu.q = cpu.now
    cpu.block.write(cpu.io, "out", cpu.pc, cpu.a)


def bits_divided(cpu: Rich) -> None:
    """Signed division of single bits, which LLVM took for impossible: 1 is -1, and overflows."""
    one = cpu.const(1, 1)
    with cpu.when((cpu.g | one).sdiv(one)):
        cpu.ie = 1
        cpu.attend()
        cpu.a = cpu.block.read(cpu.big, "read", cpu.const(0x80FC, 16), 16)[:8]
    with cpu.when(one.srem(cpu.r[0]).udiv(cpu.v[0].urem(cpu.m[0]))):
        cpu.b = cpu.block.read(cpu.mem, "read", cpu.const(0x30, 16), 16)[:8]
    cpu.d = cpu.d + 1


SHAPES: list[Body] = [
    bits_divided,
    nested,
    value_from_outside,
    ends_within,
    both_end,
    element_joined_late,
    waits_within,
]


def test_shapes_of_control() -> None:
    isa = rich(SHAPES)
    for opcode, body in enumerate(SHAPES):
        seen = set()
        for seed in range(12):
            reference, compiled = step(isa, opcode, seed)
            assert differences(reference, compiled) == [], (body.__name__, seed)
            seen.add(tuple(reference.cpus["cpu"][name] for name in "abdmt"))
        assert len(seen) > 6


def files(cpu: Rich) -> None:
    """Every file is read and written, by number and by guest value."""
    for i, file in enumerate(FILES):
        where = fit(cpu.q >> 5 * i, (file.count - 1).bit_length())
        old = cpu.block.getx(file, where)
        cpu.block.setx(file, where, ~old)
        cpu.block.setx(file, 1, fit(cpu.w, file.width))
        cpu.block.setx(file, file.count - 1, cpu.block.getx(file, 0))


def test_files_and_their_zero() -> None:
    isa = rich([files])
    zeros = set()
    for seed in range(40):
        reference, compiled = step(isa, 0, seed)
        assert differences(reference, compiled) == []
        registers = compiled.cpus["cpu"]
        assert (registers["x0"], registers["h3"]) == (0, 0)
        zeros.add(registers["y1"] == reference.cpus["cpu"]["w"])
    assert True in zeros


def copier(space: Space, width: int) -> Body:
    """Copies *width* bits from the address in C to the one in Q."""

    def body(cpu: Rich) -> None:
        value = cpu.block.read(space, "read", cpu.c[:16], width)
        cpu.w = value.zext(64)
        cpu.block.write(space, "write", cpu.q[:16], value)

    return body


COPIES = [(space, w) for space in (Rich.mem, Rich.big) for w in (8, 16, 32, 64)]


def test_accesses_of_every_width_and_order() -> None:
    """Aligned or not, across pages, into devices and gaps; against bytes put together here."""
    isa = rich([copier(space, w) for space, w in COPIES])
    rng = random.Random(1)
    for opcode, (space, width) in enumerate(COPIES):
        for page in (0x2000, 0x8000, 0x9000, 0x4000, 0xA010, 0xF000, 0x0000):
            source = (page + rng.choice([0, 1, 4, 8, -1, -3, 0xFD, 0xF8])) % 0x10000
            target = (0x3000 + rng.choice([0, 1, 3, 8, 0xFB])) % 0x10000
            machines = rich_machine(isa, opcode), rich_machine(isa, opcode)
            for machine, engine in zip(machines, ("reference", "interp"), strict=True):
                machine.cpus["cpu"]["pc"] = 0x100
                machine.load("ram", bytes([opcode]), 0x100)
                machine.cpus["cpu"]["c"], machine.cpus["cpu"]["q"] = source, target
                machine.use(engine).step()
                if page == 0x2000:
                    ram = machine.arena["ram"].tobytes()
                    order: Literal["big", "little"] = "big" if space.big_endian else "little"
                    read = int.from_bytes(ram[source : source + width // 8], order)
                    assert machine.cpus["cpu"]["w"] == read
                    assert ram[target : target + width // 8] == read.to_bytes(width // 8, order)
            assert differences(*machines) == [], (space, width, hex(source), hex(target))


def test_attend_only_hastens() -> None:
    """An instruction that attends later than the engine must stop anyway stops it no later."""

    def later(cpu: Rich) -> None:
        cpu.block.attend(cpu.now + 1000)

    isa = rich([later])
    machines = rich_machine(isa, 0), rich_machine(isa, 0)
    for machine, engine in zip(machines, ("reference", "interp"), strict=True):
        machine.use(engine)
        machine.run_until(20)
        assert machine.time == 20
    assert differences(*machines) == []


def test_attend_to_what_never_comes() -> None:
    """Later than NEVER is later than any deadline: a halt still waits for that."""

    def never(cpu: Rich) -> None:
        cpu.block.attend(cpu.const(NEVER, 64) + 4)
        cpu.q = cpu.q + 1
        cpu.idle(1)

    machine = rich_machine(rich([never]), 0)
    machine.cpus["cpu"]["q"] = 0
    machine.use("interp")
    machine.run_until(1000)
    assert 0 < machine.cpus["cpu"]["q"] < 200


@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_random_instructions(seed: int) -> None:
    """Programs of random instructions, first on what is compiled quickly, then on the best."""
    isa = rich([random_body(seed + i) for i in range(24)])
    reference, compiled = rich_machine(isa, seed), rich_machine(isa, seed)
    reference.use("reference")
    compiled.use("interp")
    for end in range(50, 501, 50):
        reference.run_until(end)
        compiled.run_until(end)
        assert differences(reference, compiled) == [], f"at {end}"
        if end == 250:
            assert compiled.engine is not None
            compiled.engine.wait()


def test_random_instructions_do_something() -> None:
    """The programs above take interrupts, trap, branch, and touch devices."""
    isa = rich([random_body(i) for i in range(150)])
    machine = rich_machine(isa, 5)
    machine.use("reference")
    machine.run_until(3000)
    registers = machine.cpus["cpu"]
    assert registers["taken"] > 1
    assert registers["t"] > 0
    assert int(machine.arena["echo.log"][0]) != 0
    ops = {op.name for v in isa.variants() for op in walk(isa.trace(v))}
    # a wait is the boundary routine's: tests/emucore/kernel/test_idle.py
    assert set(OPS) - ops <= {"word", "dispatch", "idle"}


def test_units_wider_than_a_byte() -> None:
    """A description's unit wider than a byte: the word and its fields reach the handler."""
    isa = Isa("wordy", Rich, title="words", pc=Rich.pc, space=Rich.mem, unit=16)

    @isa.fetch
    def fetch(cpu: Rich) -> Value:
        word = cpu.block.read(cpu.mem, "fetch", cpu.pc, 16)
        cpu.pc = cpu.pc + 2
        cpu.tick(1)
        return word

    @isa.op("0 k:7 n:8", "first")
    def first(cpu: Rich, k: Value, n: Value) -> None:
        cpu.a = select(k[0], n, k.zext(8))

    @isa.op("1 k:7 n:8", "second")
    def second(cpu: Rich, k: Value, n: Value) -> None:
        cpu.w = cpu.w + k.zext(64) * n.zext(64)

    for seed in range(5):
        machines = rich_machine(isa, seed), rich_machine(isa, seed)
        for machine, engine in zip(machines, ("reference", "interp"), strict=True):
            machine.load("ram", random.Random(seed).randbytes(0x10000))
            machine.use(engine)
            machine.run_until(300)
        assert differences(*machines) == []
