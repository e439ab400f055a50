"""A toy VLIW that has what Hexagon makes difficult: packets, pairs, predicates, new values.

Words of 32 bits, one to four a packet; bits 15 and 14 are both 1 in a packet's last word.  Any word
but a jump may be guarded by a predicate, or its negation, or the predicate's *new* value.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from emucore.ir.ops import Space
from emucore.isa import Isa, Names, Number, Packets, Relative
from emucore.language.alu import add
from emucore.language.cpu import Cpu
from emucore.language.registers import Line, Reg, RegFile
from emucore.language.value import Value, cat, select


class Toy(Cpu):
    """32 registers, also as 16 pairs, and four predicates of 8 bits, of which bit 0 is tested."""

    mem = Space("mem", bits=32, page_bits=16)

    pc = Reg(32, hot=True)  # while a packet executes, the address behind it
    r = RegFile(32, 32)
    p = RegFile(8, 4)
    enabled = Reg(1)  # interrupts are
    irq = Line()
    halted = Reg(1, internal=True)
    refused = Reg(1, internal=True)

    def pair(self, n: Value) -> Value:
        """Registers n and n+1, n even, as 64 bits."""
        return cat(self.r[n[1:].zext(5) << 1 | 1], self.r[n[1:].zext(5) << 1])

    def set_pair(self, n: Value, value: Value) -> None:
        """Write both registers of a pair."""
        self.r[n[1:].zext(5) << 1] = value[:32]
        self.r[n[1:].zext(5) << 1 | 1] = value[32:]

    @property
    def here(self) -> Value:
        """The address of the packet."""
        return self.pc - 4 * self.block.words

    def set_predicate(self, n: Value, truth: Value) -> None:
        """All ones or all zeros."""
        self.p[n] = truth.sext(8)

    @contextmanager
    def guard(self, g: int, u: Value, neg: int, new: int) -> Iterator[None]:
        """``if (p)``, ``if (!p)``, ``if (p.new)`` around a word; nothing where *g* is 0."""
        if not g:
            yield
            return
        bit = (self.p.new(u) if new else self.p[u])[0]
        with self.when(~bit if neg else bit):
            yield


toy = Isa(
    "toy",
    Toy,
    title="A toy VLIW",
    pc=Toy.pc,
    space=Toy.mem,
    unit=32,
    packets=Packets(ends=lambda word: word >> 14 & 3 == 3, most=4),
)
toy.operands.update(
    rd=Names(tuple(f"r{i}" for i in range(32))),
    rs=Names(tuple(f"r{i}" for i in range(32))),
    rt=Names(tuple(f"r{i}" for i in range(32))),
    pd=Names(("p0", "p1", "p2", "p3")),
    u=Names(("p0", "p1", "p2", "p3")),
    imm=Number(signed=True, base=10),
    offset=Relative(from_start=True, align=4),
)

GUARD = "g:1! u:2 neg:1! new:1!"
THREE = "rs:5 rt[4:2] -- rt[1:0] rd:5"  # the gap is where the parse bits are


def guarded(g: int, neg: int, new: int) -> bool:
    """Words without a guard have one encoding."""
    return bool(g) or not (neg or new)


@toy.fetch
def fetch(cpu: Toy) -> Value:
    """One word; the packet takes its cycle as a whole."""
    word = cpu.block.read(cpu.mem, "fetch", cpu.pc, 32)
    cpu.pc = cpu.pc + 4
    return word


@toy.undefined
def refuse(cpu: Toy) -> None:
    """What is no packet stops the machine."""
    cpu.refused = 1
    cpu.halted = 1
    cpu.attend()


@toy.boundary
def between(cpu: Toy) -> None:
    """An interrupt goes to 40h and wakes; r30 is where it came from."""
    with cpu.when(cpu.asserted(cpu.irq) & cpu.enabled):
        cpu.enabled = cpu.halted = cpu.const(0, 1)
        cpu.r[30] = cpu.pc
        cpu.pc = 0x40
        cpu.tick(1)
        cpu.done()
    with cpu.when(cpu.halted):
        cpu.tick(1)
        cpu.done()


for _op, _name in enumerate(("add", "sub", "and", "or", "xor", "mul"), 1):

    @toy.op(f"{_op:08b} {THREE} {GUARD} --", f"{_name} {{rd}},{{rs}},{{rt}}", where=guarded)
    def _alu(
        cpu: Toy,
        rd: Value,
        rs: Value,
        rt: Value,
        g: int,
        u: Value,
        neg: int,
        new: int,
        *,
        name: str = _name,
    ) -> None:
        with cpu.guard(g, u, neg, new):
            a, b = cpu.r[rs], cpu.r[rt]
            cpu.r[rd] = {
                "add": a + b,
                "sub": a - b,
                "and": a & b,
                "or": a | b,
                "xor": a ^ b,
                "mul": a * b,
            }[name]


@toy.op(
    f"00010000 rs:5 imm[6:4] -- imm[3:2] rd:5 {GUARD} imm[1:0]",
    "addi {rd},{rs},{imm}",
    where=guarded,
)
def addi(cpu: Toy, rd: Value, rs: Value, imm: Value, g: int, u: Value, neg: int, new: int) -> None:
    with cpu.guard(g, u, neg, new):
        cpu.r[rd] = cpu.r[rs] + imm.sext(32)


for _op, _name in ((0x20, "cmpeq"), (0x21, "cmpgt")):

    @toy.op(
        f"{_op:08b} rs:5 rt[4:2] -- rt[1:0] --- pd:2 {GUARD} --",
        f"{_name} {{pd}},{{rs}},{{rt}}",
        where=guarded,
    )
    def _compare(
        cpu: Toy,
        pd: Value,
        rs: Value,
        rt: Value,
        g: int,
        u: Value,
        neg: int,
        new: int,
        *,
        name: str = _name,
    ) -> None:
        with cpu.guard(g, u, neg, new):
            a, b = cpu.r[rs], cpu.r[rt]
            cpu.set_predicate(pd, a == b if name == "cmpeq" else b.slt(a))


@toy.op(f"00110000 {THREE} ----- --", "addp {rd},{rs},{rt}")
def addp(cpu: Toy, rd: Value, rs: Value, rt: Value) -> None:
    """64-bit addition of pairs."""
    cpu.set_pair(rd, cpu.pair(rs) + cpu.pair(rt))


@toy.op(f"00110001 {THREE} - u:2 -- --", "addcp {rd},{rs},{rt},{u}")
def addcp(cpu: Toy, rd: Value, rs: Value, rt: Value, u: Value) -> None:
    """64-bit addition with carry in and out of a predicate."""
    total = add(cpu.pair(rs), cpu.pair(rt), cpu.p[u][0])
    cpu.set_pair(rd, total.value)
    cpu.set_predicate(u, total.carry)


@toy.op(f"00110010 {THREE} - u:2 -- --", "addsatp {rd},{rs},{rt},{u}")
def addsatp(cpu: Toy, rd: Value, rs: Value, rt: Value, u: Value) -> None:
    """64-bit signed addition that saturates; the predicate tells."""
    total = add(cpu.pair(rs), cpu.pair(rt))
    most = select(total.value.msb, cpu.const((1 << 63) - 1, 64), 1 << 63)
    cpu.set_pair(rd, select(total.overflow, most, total.value))
    cpu.set_predicate(u, total.overflow)


@toy.op(f"01000000 {THREE} {GUARD} --", "load {rd},[{rs}+{rt}]", where=guarded)
def load(cpu: Toy, rd: Value, rs: Value, rt: Value, g: int, u: Value, neg: int, new: int) -> None:
    with cpu.guard(g, u, neg, new):
        cpu.r[rd] = cpu.block.read(cpu.mem, "read", cpu.r[rs] + cpu.r[rt], 32)


@toy.op(f"01000001 {THREE} {GUARD} --", "store [{rs}+{rt}],{rd}", where=guarded)
def store(cpu: Toy, rd: Value, rs: Value, rt: Value, g: int, u: Value, neg: int, new: int) -> None:
    with cpu.guard(g, u, neg, new):
        cpu.block.write(cpu.mem, "write", cpu.r[rs] + cpu.r[rt], cpu.r[rd])


@toy.op(f"01000010 {THREE} {GUARD} --", "store [{rs}+{rt}],{rd}.new", where=guarded)
def store_new(
    cpu: Toy, rd: Value, rs: Value, rt: Value, g: int, u: Value, neg: int, new: int
) -> None:
    """Stores what another word of the packet gives rd."""
    with cpu.guard(g, u, neg, new):
        cpu.block.write(cpu.mem, "write", cpu.r[rs] + cpu.r[rt], cpu.r.new(rd))


@toy.op(f"01000011 {THREE} {GUARD} --", "addmem [{rs}+{rt}],{rd}", where=guarded)
def addmem(cpu: Toy, rd: Value, rs: Value, rt: Value, g: int, u: Value, neg: int, new: int) -> None:
    """Adds to memory: a read and a write in one word, perhaps both guarded."""
    with cpu.guard(g, u, neg, new):
        address = cpu.r[rs] + cpu.r[rt]
        old = cpu.block.read(cpu.mem, "read", address, 32)
        cpu.block.write(cpu.mem, "write", address, old + cpu.r[rd])


@toy.op(
    f"01010000 offset[15:8] -- offset[7:2] - {GUARD} --",
    "jump {offset}",
    where=guarded,
)
def jump(cpu: Toy, offset: Value, g: int, u: Value, neg: int, new: int) -> None:
    """Relative to the packet."""
    with cpu.guard(g, u, neg, new):
        cpu.pc = cpu.here + offset.sext(32)


@toy.op("01010001 rs:5 --- -- --------------", "jumpr {rs}")
def jumpr(cpu: Toy, rs: Value) -> None:
    cpu.pc = cpu.r[rs]


@toy.op("01010010 offset[15:8] -- offset[7:2] - rd:5 --", "call {rd},{offset}")
def call(cpu: Toy, rd: Value, offset: Value) -> None:
    """Relative to the packet; rd is the address behind it."""
    cpu.r[rd] = cpu.pc
    cpu.pc = cpu.here + offset.sext(32)


@toy.op("01110000 n[13:6] -- n[5:0] rd:5 ---", "movi {rd},{n}")
def movi(cpu: Toy, rd: Value, n: Value) -> None:
    cpu.r[rd] = n.zext(32)


@toy.op("01100010 -------- -- --------------", "enable")
def enable(cpu: Toy) -> None:
    cpu.enabled = 1
    cpu.attend()


@toy.op("01100011 -------- -- --------------", "disable")
def disable(cpu: Toy) -> None:
    cpu.enabled = 0


@toy.op("01100100 -------- -- --------------", "back")
def back(cpu: Toy) -> None:
    """From an interrupt."""
    cpu.pc = cpu.r[30]
    cpu.enabled = 1
    cpu.attend()


@toy.op("01100000 -------- -- --------------", "halt")
def halt(cpu: Toy) -> None:
    cpu.halted = 1
    cpu.attend()


@toy.op("01100001 rs:5 --- -- --------------", "check {rs}")
def check(cpu: Toy, rs: Value) -> None:
    """Traps where rs is negative: nothing of the packet happens, and r31 is its address."""
    with cpu.when(cpu.r[rs].msb):
        here = cpu.here
        cpu.fault()
        cpu.r[31] = here
        cpu.pc = 0x80
        cpu.done()
