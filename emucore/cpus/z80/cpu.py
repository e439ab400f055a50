"""The Z80's registers and machine cycles.

Clock cycles are the manual's T states.  The clock given to the bus is, in a memory or opcode-fetch
cycle, that of T2; in an input, output or interrupt-acknowledge cycle, that of the state behind the
automatic wait states (figures 5 to 9 of the User Manual).
"""

from __future__ import annotations

from dataclasses import dataclass

from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.language.block import Block
from emucore.language.cpu import Cpu
from emucore.language.registers import Line, Out, Reg, View
from emucore.language.value import Value, cat


class Z80(Cpu):
    """Registers by the manual's letters; ``af_`` is AF', the flags are ``sf`` to ``cf``.

    ``wz`` (also MEMPTR) is the internal address register, seen in two flags of BIT n,(HL).  ``q``
    is 1 if the last instruction computed flags: SCF and CCF look at it.
    """

    mem = Space("mem", bits=16, page_bits=8)
    io = Space("io", bits=16)  # B or A is on the upper half of the address bus
    inta = Space("inta", bits=16)  # interrupt acknowledge: the byte put on the bus by hardware

    pc = Reg(16, hot=True)
    a = Reg(8, hot=True, init=0xFF)
    hl = Reg(16, hot=True)
    de = Reg(16, hot=True)
    bc = Reg(16, hot=True)
    sp = Reg(16, hot=True, init=0xFFFF)
    refresh = Reg(7, hot=True, internal=True)  # the part of R that counts
    ix = Reg(16)
    iy = Reg(16)
    wz = Reg(16)

    b, c = bc[8:16], bc[0:8]
    d, e = de[8:16], de[0:8]
    h, l = hl[8:16], hl[0:8]  # noqa: E741 - the manual's letter
    ixh, ixl = ix[8:16], ix[0:8]
    iyh, iyl = iy[8:16], iy[0:8]

    sf, zf, yf, hf = Reg(1, init=1), Reg(1, init=1), Reg(1, init=1), Reg(1, init=1)
    xf, pf, nf, cf = Reg(1, init=1), Reg(1, init=1), Reg(1, init=1), Reg(1, init=1)
    f = View(sf, zf, yf, hf, xf, pf, nf, cf)
    af = View(a, f)
    af_, bc_, de_, hl_ = Reg(16), Reg(16), Reg(16), Reg(16)

    i = Reg(8)
    r7 = Reg(1, internal=True)
    r = View(r7, refresh)

    iff1, iff2 = Reg(1), Reg(1)
    im = Reg(2)
    int_ = Line()
    nmi = Line(edge=True)
    reset = Line(edge=True)
    halt = Out()

    halted = Reg(1, internal=True)
    ei = Reg(1, internal=True)  # the last instruction was EI: no interrupt yet
    p = Reg(1, internal=True)  # the last instruction was LD A,I or LD A,R
    q = Reg(1, internal=True)
    prefix = Reg(8, internal=True)  # a DD, FD or ED that followed another prefix, or 0

    def __init__(self, block: Block | None = None) -> None:
        super().__init__(block)
        self.index = HL  #: what HL is in this instruction
        self.flagged = False  #: whether the instruction has computed flags

    # -- machine cycles ---------------------------------------------------------------------

    def fetch(self) -> Value:
        """M1: an opcode or prefix, 4 states; R counts it."""
        code = self.peek("fetch")
        self.pc = self.pc + 1
        return code

    def peek(self, kind: str) -> Value:
        """M1 that leaves PC where it is."""
        self.tick(1)
        code = self.block.read(self.mem, kind, self.pc)
        self.refresh = self.refresh + 1
        self.tick(3)
        return code

    def imm8(self) -> Value:
        """The next byte of the instruction, 3 states."""
        self.tick(1)
        byte = self.block.read(self.mem, "operand", self.pc)
        self.pc = self.pc + 1
        self.tick(2)
        return byte

    def imm16(self) -> Value:
        """The next two bytes of the instruction, low byte first."""
        low = self.imm8()
        return cat(self.imm8(), low)

    def read(self, address: Value) -> Value:
        """Memory read, 3 states."""
        self.tick(1)
        byte = self.block.read(self.mem, "read", address)
        self.tick(2)
        return byte

    def write(self, address: Value, byte: Value) -> None:
        """Memory write, 3 states."""
        self.tick(1)
        self.block.write(self.mem, "write", address, byte)
        self.tick(2)

    def read16(self, address: Value) -> Value:
        """Two memory reads, low byte first."""
        low = self.read(address)
        return cat(self.read(address + 1), low)

    def write16(self, address: Value, word: Value) -> None:
        """Two memory writes, low byte first."""
        self.write(address, word[:8])
        self.write(address + 1, word[8:])

    def push(self, word: Value) -> None:
        """Stack write, high byte first."""
        self.write(self.sp - 1, word[8:])
        self.sp = self.sp - 2
        self.write(self.sp, word[:8])

    def pop(self) -> Value:
        """Stack read, low byte first."""
        word = self.read16(self.sp)
        self.sp = self.sp + 2
        return word

    def input(self, port: Value) -> Value:
        """Input, 4 states of which one is the automatic wait state."""
        self.tick(2)
        byte = self.block.read(self.io, "in", port)
        self.tick(2)
        return byte

    def output(self, port: Value, byte: Value) -> None:
        """Output, 4 states of which one is the automatic wait state."""
        self.tick(2)
        self.block.write(self.io, "out", port, byte)
        self.tick(2)

    def acknowledge(self) -> Value:
        """M1 of an accepted interrupt, 6 states of which two are automatic wait states."""
        self.tick(3)
        byte = self.block.read(self.inta, "ack", self.const(0, 16))
        self.refresh = self.refresh + 1
        self.tick(3)
        return byte

    def acknowledged(self, cycle: int) -> Value:
        """Byte number *cycle* behind the opcode that hardware gave to an interrupt, 3 states."""
        self.tick(1)
        byte = self.block.read(self.inta, "ack", self.const(cycle, 16))
        self.tick(2)
        return byte

    # -- what instructions share ------------------------------------------------------------

    def flags(self, **flags: Value | int) -> None:
        """Set flags as a result of computing, by their letters ``s z y h x p n c``."""
        for letter, bit in flags.items():
            setattr(self, letter + "f", bit)
        self.flagged = True

    def pointer(self, states: int = 5) -> Value:
        """The address written (HL), or under DD and FD (IX+d) and (IY+d).

        The displacement is read and then added, which takes *states*.
        """
        if self.index is not HL:
            distance = self.imm8()
            self.tick(states)
            self.wz = get(self, self.index.pair) + distance.sext(16)
            return self.wz
        return self.hl

    def jump(self, target: Value) -> None:
        """Go to *target*, by way of WZ."""
        self.pc = self.wz = target


def get(cpu: Z80, register: Reg | View) -> Value:
    """The value of a register chosen while decoding."""
    return register.__get__(cpu, Z80)


def put(cpu: Z80, register: Reg | View, value: Value) -> None:
    """Set a register chosen while decoding."""
    register.__set__(cpu, value)


@dataclass(frozen=True)
class Index:
    """The registers that an opcode's fields name: HL's place is taken by IX behind a DD prefix.

    ``bytes`` are by the 3-bit field r (6 is not a register), ``words`` and ``stacked`` by the 2-bit
    fields of 16-bit arithmetic and of PUSH and POP.
    """

    name: str
    prefix: int
    pair: Reg
    high: View
    low: View

    @property
    def bytes(self) -> tuple[Reg | View, ...]:
        """B C D E H L - A."""
        return (Z80.b, Z80.c, Z80.d, Z80.e, self.high, self.low, View(), Z80.a)

    @property
    def words(self) -> tuple[Reg | View, ...]:
        """BC DE HL SP."""
        return (Z80.bc, Z80.de, self.pair, Z80.sp)

    @property
    def stacked(self) -> tuple[Reg | View, ...]:
        """BC DE HL AF."""
        return (Z80.bc, Z80.de, self.pair, Z80.af)


HL = Index("hl", 0, Z80.hl, Z80.h, Z80.l)
IX = Index("ix", 0xDD, Z80.ix, Z80.ixh, Z80.ixl)
IY = Index("iy", 0xFD, Z80.iy, Z80.iyh, Z80.iyl)

z80 = Isa("z80", Z80, title="Zilog Z80", pc=Z80.pc, space=Z80.mem, hexadecimal="$%s", elf=220)


@z80.fetch
def m1(cpu: Z80) -> Value:
    """Prefixes and opcodes come in M1 cycles."""
    return cpu.fetch()


for _index in (IX, IY):

    @z80.prefix(_index.prefix, 0xCB)
    def displaced(cpu: Z80, *, index: Index = _index) -> Value:
        """DD CB d op: WZ = IX+d is added while the opcode comes in a memory read of five states."""
        cpu.index = index
        cpu.pointer(states=0)
        code = cpu.imm8()
        cpu.tick(2)
        return code
