"""The 8080's registers, bus cycles and interrupts.

Clock cycles are the manual's states T1, T2 …; a machine cycle transfers its byte in T2-T3, and the
clock given to the bus is that of T2.
"""

from __future__ import annotations

from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER, Line, Reg, View
from emucore.language.value import Value, cat


class I8080(Cpu):
    """Registers by the manual's letters; M is the byte at HL, PSW is A and the flags."""

    mem = Space("mem", bits=16, page_bits=8)
    io = Space("io", bits=8)
    inta = Space("inta", bits=16)  # interrupt acknowledge: the byte put on the bus by hardware

    pc = Reg(16, hot=True)
    a = Reg(8, hot=True)
    hl = Reg(16, hot=True)
    de = Reg(16, hot=True)
    bc = Reg(16, hot=True)
    sp = Reg(16, hot=True)
    b, c = bc[8:16], bc[0:8]
    d, e = de[8:16], de[0:8]
    h, l = hl[8:16], hl[0:8]  # noqa: E741 - the manual's letter

    s, z, ac, p, cy = Reg(1), Reg(1), Reg(1), Reg(1), Reg(1)
    flags = View(s, z, 0, ac, 0, p, 1, cy)  # page 4-3: bit 1 is always 1, bits 3 and 5 are 0
    psw = View(a, flags)

    inte = Reg(1)  # the interrupt enable flip-flop, on pin INTE
    ei_shadow = Reg(1, internal=True)  # EI takes effect after the instruction behind it (p. 2-12)
    halted = Reg(1, internal=True)
    int_ = Line()
    reset = Line(edge=True)

    # -- machine cycles ---------------------------------------------------------------------

    def fetch(self) -> Value:
        """M1: the opcode, 4 states."""
        self.tick(1)
        code = self.block.read(self.mem, "fetch", self.pc)
        self.pc = self.pc + 1
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
        """Input read, 3 states."""
        self.tick(1)
        byte = self.block.read(self.io, "in", port)
        self.tick(2)
        return byte

    def output(self, port: Value, byte: Value) -> None:
        """Output write, 3 states."""
        self.tick(1)
        self.block.write(self.io, "out", port, byte)
        self.tick(2)

    def acknowledge(self, cycle: int) -> Value:
        """Byte number *cycle* of the instruction that hardware gives in answer to an interrupt."""
        self.tick(1)
        byte = self.block.read(self.inta, "ack", self.const(cycle, 16))
        self.tick(2)
        return byte


i8080 = Isa("8080", I8080, title="Intel 8080A", pc=I8080.pc, space=I8080.mem, hexadecimal="%sh")

CALL = 0xCD


@i8080.fetch
def m1(cpu: I8080) -> Value:
    """Every instruction begins with M1."""
    return cpu.fetch()


@i8080.boundary
def interrupt(cpu: I8080) -> None:
    """Between instructions: HLT waits, and INT is taken where INTE allows it (pages 2-10, 2-12).

    The hardware answers INTA with an instruction, nearly always RST; of CALL it gives all three
    bytes.  The program counter is not incremented meanwhile.  RESET lasts three cycles at least;
    it clears the program counter and INTE and ends a halt, but leaves the registers (page 2-13).
    """
    with cpu.when(cpu.asserted(cpu.reset)):
        cpu.reset = NEVER
        cpu.pc = 0
        cpu.inte = 0
        cpu.ei_shadow = 0
        cpu.halted = 0
        cpu.tick(3)
        cpu.done()
    ready = cpu.inte & ~cpu.ei_shadow & cpu.asserted(cpu.int_)
    with cpu.when(cpu.ei_shadow):
        cpu.ei_shadow = 0
        cpu.attend_after_next()
    with cpu.when(ready):
        cpu.inte = 0
        cpu.halted = 0
        code = cpu.acknowledge(0)
        cpu.tick(1)
        with cpu.when(code == CALL):
            cpu.tick(1)
            low = cpu.acknowledge(1)
            target = cat(cpu.acknowledge(2), low)
            cpu.push(cpu.pc)
            cpu.pc = target
            cpu.done()
        cpu.dispatch(code)
    with cpu.when(cpu.halted):
        cpu.idle(4)
        cpu.done()
