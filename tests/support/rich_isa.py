"""A CPU with every kind of register and bus, and random instructions for it.

For tests that compare engines: a body is a function of a seed, traced as any description is.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from emucore.board import Board
from emucore.body.registers import Registers
from emucore.device import NEVER, Device, due, integer, out
from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import Line, Reg, RegFile
from emucore.language.value import Value, cat, fit, select
from emucore.machine import Machine


class Rich(Cpu):
    """Hot registers of many widths (more than are carried), cold ones, files, four spaces."""

    mem = Space("mem", bits=16, page_bits=8)
    big = Space("big", bits=16, page_bits=8, big_endian=True)
    io = Space("io", bits=16)
    bio = Space("bio", bits=16, big_endian=True)

    pc = Reg(16, hot=True)
    a, f, w, m = Reg(8, hot=True), Reg(1, hot=True), Reg(64, hot=True), Reg(13, hot=True)
    b, g, c, d = Reg(8, hot=True), Reg(1, hot=True), Reg(33, hot=True), Reg(8, hot=True)
    q, r, s, t = Reg(64), Reg(13), Reg(1), Reg(8)
    x = RegFile(8, 8, zero=0)
    y = RegFile(64, 4)
    z = RegFile(13, 16)
    v = RegFile(1, 2)
    h = RegFile(32, 8, zero=3)
    ie = Reg(1)
    taken = Reg(8)
    irq = Line()


REGISTERS = (Rich.a, Rich.f, Rich.w, Rich.m, Rich.b, Rich.g, Rich.c, Rich.d, Rich.q, Rich.r)
FILES = (Rich.x, Rich.y, Rich.z, Rich.v, Rich.h)
Body = Callable[[Rich], None]


def rich(bodies: list[Body]) -> Isa:
    """The ISA whose opcodes 0, 1, 2 … are *bodies*; it is interrupted where ``ie`` lets it be."""
    isa = Isa("rich", Rich, title="a rich CPU", pc=Rich.pc, space=Rich.mem)

    @isa.fetch
    def fetch(cpu: Rich) -> Value:
        code = cpu.block.read(cpu.mem, "fetch", cpu.pc)
        cpu.pc = cpu.pc + 1
        cpu.tick(1)
        return code

    @isa.boundary
    def boundary(cpu: Rich) -> None:
        with cpu.when(cpu.ie & cpu.asserted(cpu.irq)):
            cpu.ie = 0
            cpu.taken = cpu.taken + 1
            cpu.tick(2)
            cpu.done()

    for opcode, body in enumerate(bodies):
        isa.define(f"{opcode:08b}", f"op{opcode}", lambda cpu, *, body=body: body(cpu))
    return isa


# -- random instructions --------------------------------------------------------------------------

_BINARY = ("add", "sub", "mul", "and", "or", "xor", "udiv", "urem", "sdiv", "srem", "umulh")


class _Writer:
    """Writes one random body; what it may use of values computed before is in ``known``."""

    def __init__(self, cpu: Rich, rng: random.Random) -> None:
        self.cpu = cpu
        self.rng = rng
        self.known: list[Value] = []

    def value(self, width: int, depth: int = 2) -> Value:
        rng, cpu = self.rng, self.cpu
        kind = rng.randrange(12) if depth else rng.randrange(4)
        if kind == 0:
            return cpu.const(rng.choice([0, 1, (1 << width) - 1, rng.getrandbits(width)]), width)
        if kind == 1 and self.known:
            return fit(rng.choice(self.known), width)
        if kind in (1, 2):
            return fit(cpu.block.get(rng.choice(REGISTERS)), width)
        if kind == 3:
            file = rng.choice(FILES)
            return fit(cpu.block.getx(file, self.index(file.count)), width)
        if kind == 4:
            return select(self.value(1, 0), self.value(width, depth - 1), self.value(width, 0))
        one = self.value(width, depth - 1)
        if kind == 5:
            return rng.choice([one << one, one >> 1, one.sar(self.value(width, 0)), ~one])
        if kind == 6 and width > 1:
            cut = rng.randrange(1, width)
            return rng.choice(
                [
                    one[:cut].sext(width),
                    one[cut:].zext(width),
                    cat(one[:cut], one[cut:]),
                    one.clz,
                    one.ctz,
                    one.popcount,
                ]
            )
        other = self.value(width, depth - 1)
        if kind == 7:
            truth = rng.choice([one == other, one < other, one.slt(other)])
            return fit(truth, width)
        return one._binary(rng.choice(_BINARY), other)

    def index(self, count: int) -> Value | int:
        if self.rng.random() < 0.5:
            return self.rng.randrange(count)
        return fit(self.value(16, 0), (count - 1).bit_length())

    def access(self) -> tuple[Space, Value, int]:
        """A space, an address (often next to where a page or a device ends), and a width."""
        rng, cpu = self.rng, self.cpu
        space = rng.choice([cpu.mem, cpu.mem, cpu.big, cpu.big, cpu.io, cpu.bio])
        address = self.value(16, 1)
        if rng.random() < 0.5:
            edge = rng.choice([0x00FC, 0x80FC, 0x7FFA, 0xA00C, 0xA01D, 0xFFFB, 0x40FC])
            address = (address & 7) + edge
        return space, address, rng.choice([8, 8, 16, 32, 64])

    def statements(self, depth: int) -> None:
        for _ in range(self.rng.randrange(1, 4 if depth else 6)):
            if self.statement(depth):
                return

    def statement(self, depth: int) -> bool:
        """True if the instruction ended."""
        rng, cpu = self.rng, self.cpu
        kind = rng.randrange(16)
        if kind < 4:
            reg = rng.choice(REGISTERS)
            cpu.block.set(reg, self.value(reg.width))
        elif kind < 6:
            file = rng.choice(FILES)
            cpu.block.setx(file, self.index(file.count), self.value(file.width))
        elif kind < 8:
            space, address, width = self.access()
            self.known.append(cpu.block.read(space, "read", address, width))
        elif kind < 9:
            space, address, width = self.access()
            cpu.block.write(space, "write", address, self.value(width))
        elif kind == 9:
            cpu.tick(rng.randrange(1, 5))
        elif kind == 10:
            self.known.append(self.value(rng.choice([1, 8, 13, 64])))
        elif kind == 11:
            cpu.ie = rng.randrange(2)
            cpu.attend()
        elif depth < 3:
            before = list(self.known)
            with cpu.when(self.value(1), rare=rng.random() < 0.3):
                self.statements(depth + 1)
                if rng.random() < 0.2:
                    self.end()
            self.known = before
        return False

    def end(self) -> None:
        """An early end: a trap, that forgets everything, or not."""
        if not self.cpu.block._ended:
            if self.rng.random() < 0.3:
                self.cpu.fault()
                self.cpu.t = self.cpu.t + 1
            self.cpu.done()


def random_body(seed: int) -> Body:
    """An instruction; the same at every tracing."""

    def body(cpu: Rich) -> None:
        _Writer(cpu, random.Random(seed)).statements(0)

    return body


# -- a board --------------------------------------------------------------------------------------


class Echo(Device):
    """Answers with wide numbers, negative ones too; waits; asserts its line now and then."""

    due: int = due()
    irq: int = out()
    seed: int = integer(1)
    log: int = integer()

    def event(self, time: int) -> None:
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        self.irq = time if self.irq == NEVER else NEVER
        self.due = time + 1 + (self.seed >> 8) % 37

    def read(self, offset: int, time: int) -> int:
        self.seed = (self.seed * 1103515245 + 12345 + offset) & 0x7FFFFFFF
        self.log = (self.log * 31 + offset + time) & 0xFFFFFFFF
        return (self.seed - 0x40000000) * 0x10001

    def write(self, offset: int, value: int, time: int) -> None:
        self.log = (self.log * 31 + offset * 257 + value + time) & 0xFFFFFFFF

    def stall(self, offset: int, time: int) -> int:
        return (self.seed >> 20 ^ self.log >> 3) & 1


def rich_machine(isa: Isa, seed: int) -> Machine:
    """Random memory and registers; RAM with and without wait states, ROM, devices, gaps."""
    board = Board("rich", "a rich board", clock_hz=1_000_000)
    cpu = board.cpu("cpu", isa)
    ram, rom = board.ram("ram", 0x10000), board.rom("rom", 0x100)
    echo = board.device("echo", Echo(due=50))
    for mem in (cpu.spaces["mem"], cpu.spaces["big"]):
        mem.device(0x8000, 0x80FF, echo, read="read", write="write", waits=(echo, "stall"))
        mem.device(0xA010, 0xA01F, echo, read="read", write="write", tapped=True)
        mem.rom(0x9000, 0x90FF, rom)
        mem.ram(0x4000, 0x40FF, ram, waits=3)
        mem.ram(0x0000, 0xEFFF, ram)
    cpu.spaces["io"].device(0, 0xFFFF, echo, read="read", write="write")
    cpu.spaces["bio"].device(0, 0xFFFF, echo, read="read", write="write")
    board.wire(echo, "irq", cpu, "irq")
    rng = random.Random(seed)
    machine = Machine(board, {"rom": rng.randbytes(0x100)})
    opcodes = bytes(range(len(isa.instructions)))
    machine.load("ram", bytes(rng.choices(opcodes, k=0x10000)))
    fill(machine.cpus["cpu"], rng)
    return machine


def fill(registers: Registers, rng: random.Random) -> None:
    """Random values in all registers."""
    for reg in REGISTERS:
        registers[reg.name] = rng.getrandbits(reg.width)
    for file in FILES:
        for name in file.names:
            registers[name] = rng.getrandbits(file.width)
