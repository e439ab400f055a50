"""The 6502's registers, bus cycles and interrupts.

Every cycle is one access to the bus, and the clock given to the bus is that cycle.  A line asserted
at cycle t is low during the second half of t (phase 2), where the chip samples it.
"""

from __future__ import annotations

from typing import ClassVar

from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER, Line, Reg, View
from emucore.language.value import Value, cat, select

NMI, RESET, IRQ = 0xFFFA, 0xFFFC, 0xFFFE  # vectors (Hardware Manual, page 131)
STACK = 0x01  # page of the stack
B = 0x10  # the bit of P that BRK and PHP push as 1, interrupts as 0; there is no such flag


class M6502(Cpu):
    """Registers by the manual's letters.

    A variant is a subclass with other class constants: ``DECIMAL`` is 0 on chips whose D flag does
    nothing (2A03).
    """

    DECIMAL: ClassVar[int] = 1

    mem = Space("mem", bits=16, page_bits=8)

    pc = Reg(16, hot=True)
    a = Reg(8, hot=True)
    x = Reg(8, hot=True)
    y = Reg(8, hot=True)
    z = Reg(1, hot=True)
    n = Reg(1, hot=True)
    c = Reg(1, hot=True)
    s = Reg(8, hot=True)
    v, d, i = Reg(1), Reg(1), Reg(1, init=1)
    p = View(n, v, 1, 0, d, i, z, c)

    irq = Line()
    irq_since, irq_until = irq.past()
    nmi = Line(edge=True)
    reset = Line(edge=True)  # asserted at power-on, and when the pin goes high again

    poll = Reg(64, internal=True, init=NEVER)  # cycle of the last poll that was made early
    i_changed = Reg(64, internal=True, init=NEVER)  # the clock when I last changed behind a poll
    vectoring = Reg(1, internal=True)  # BRK or an interrupt is about to fetch its vector
    jammed = Reg(1, internal=True)

    # -- bus cycles ---------------------------------------------------------------------------

    def read(self, address: Value, kind: str = "read") -> Value:
        """A cycle that reads."""
        byte = self.block.read(self.mem, kind, address)
        self.tick(1)
        return byte

    def write(self, address: Value, byte: Value, kind: str = "write") -> None:
        """A cycle that writes."""
        self.block.write(self.mem, kind, address, byte)
        self.tick(1)

    def dummy(self, address: Value | int) -> None:
        """A cycle whose byte nothing uses: the bus is never idle."""
        self.read(self.const(address, 16) if isinstance(address, int) else address, "dummy")

    def operand(self) -> Value:
        """The next byte of the instruction."""
        byte = self.read(self.pc, "operand")
        self.pc = self.pc + 1
        return byte

    def operand16(self) -> Value:
        """The next two bytes of the instruction, low byte first."""
        low = self.operand()
        return cat(self.operand(), low)

    @property
    def stack(self) -> Value:
        """The address that S points to: the free byte below the last one pushed."""
        return cat(self.const(STACK, 8), self.s)

    def push(self, byte: Value) -> None:
        """A byte written to the stack."""
        self.write(self.stack, byte)
        self.s = self.s - 1

    def push16(self, word: Value) -> None:
        """Two bytes written to the stack, high byte first."""
        self.push(word[8:])
        self.push(word[:8])

    def pull(self) -> Value:
        """A byte read from the stack."""
        self.s = self.s + 1
        return self.read(self.stack)

    def pull16(self) -> Value:
        """Two bytes read from the stack, low byte first."""
        low = self.pull()
        return cat(self.pull(), low)

    # -- interrupts -----------------------------------------------------------------------------

    def change_i(self, i: Value | int) -> None:
        """I takes its value in the last cycle: the poll before it still went by the old one."""
        new = self.const(i, 1) if isinstance(i, int) else i
        with self.when(self.i ^ new):
            self.i_changed = self.now
            self.attend()
        self.i = new

    def polled(self, ago: int) -> None:
        """The last poll of this instruction was *ago* cycles (3 or 4) before its end, here."""
        self.poll = self.now - ago

    def enter(self, p: Value) -> None:
        """Push PC and *p*: cycles 3 to 5 of BRK and of an interrupt.

        Which vector follows is decided only now (see :func:`between`).
        """
        self.push16(self.pc)
        self.push(p)
        self.i = 1
        self.vectoring = 1

    def jump(self, vector: int) -> None:
        """Two cycles: PC is read from *vector*."""
        low = self.read(self.const(vector, 16))
        self.pc = cat(self.read(self.const(vector + 1, 16)), low)
        # it polls no line, so that a handler's first instruction always runs
        # (an NMI up to the fourth cycle has been seen: it chose the vector)
        self.polled(4)


m6502 = Isa(
    "6502",
    M6502,
    title="MOS 6502 (NMOS)",
    pc=M6502.pc,
    space=M6502.mem,
    hexadecimal="$%s",
    elf=254,
)


@m6502.fetch
def opcode(cpu: M6502) -> Value:
    """Cycle 1 of every instruction."""
    code = cpu.read(cpu.pc, "fetch")
    cpu.pc = cpu.pc + 1
    return code


@m6502.boundary
def between(cpu: M6502) -> None:
    """Between instructions: reset, a jam, vectors, and the interrupts that the last poll saw.

    Instructions poll at the end of their last cycle but one; the few that do otherwise leave a note
    of it in ``poll`` or ``i_changed`` (nesdev.org/wiki/CPU_interrupts, and "6502 Timing of
    Interrupt Handling" at visual6502.org).
    """
    with cpu.when(cpu.asserted(cpu.reset)):
        reset(cpu)
    with cpu.when(cpu.jammed):
        cpu.dummy(0xFFFF)
        cpu.done()
    with cpu.when(cpu.vectoring):
        vector(cpu)

    ago = cpu.now - cpu.poll
    ago = select(ago <= 4, ago, 2)  # an older one is not of the last instruction
    masked = cpu.i ^ (cpu.i_changed == cpu.now)
    nmi = seen(cpu, cpu.nmi, ago)
    # an access behind the poll may have ended it, which is too late
    ended = seen(cpu, cpu.irq_since, ago) & ~seen(cpu, cpu.irq_until, ago)
    irq = (seen(cpu, cpu.irq, ago) | ended) & ~masked
    with cpu.when(nmi | irq):
        cpu.dummy(cpu.pc)
        cpu.dummy(cpu.pc)
        cpu.enter(cpu.p)
        cpu.done()
    here = cpu.asserted(cpu.irq) | cpu.asserted(cpu.irq_since) & ~cpu.asserted(cpu.irq_until)
    with cpu.when(cpu.asserted(cpu.nmi) | here & ~cpu.i):
        cpu.attend_after_next()  # too late for this poll


def seen(cpu: M6502, line: Value, ago: Value | int) -> Value:
    """Was *line* asserted *ago* cycles before this one?  (NEVER + 4 is still later than any clock.)

    ``now`` is the cycle behind the instruction, so its last cycle but one is 2 ago.
    """
    return line + ago <= cpu.now


def vector(cpu: M6502) -> None:
    """Cycles 6 and 7 of BRK, IRQ and NMI.

    An NMI up to the fourth cycle takes the sequence over, whatever had begun it (the "hijack").
    """
    cpu.vectoring = 0
    with cpu.when(seen(cpu, cpu.nmi, 2)):
        cpu.nmi = NEVER
        cpu.jump(NMI)
        cpu.done()
    cpu.jump(IRQ)
    cpu.done()


def reset(cpu: M6502) -> None:
    """The seven cycles of an interrupt, but the stack is read instead of written."""
    cpu.reset = NEVER
    cpu.vectoring = cpu.jammed = cpu.const(0, 1)
    cpu.i = 1
    cpu.dummy(cpu.pc)
    cpu.dummy(cpu.pc)
    for _ in range(3):
        cpu.dummy(cpu.stack)
        cpu.s = cpu.s - 1
    cpu.jump(RESET)
    cpu.done()
