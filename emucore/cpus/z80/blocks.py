"""Block transfer, search, input and output.

A repeating instruction goes back over its own two bytes until it is finished, so that interrupts
come in between.  Bits 5 and 3 of F then are those of PC's upper half, and the I/O ones correct H
and P/V once more (single-step vectors ED B0 to ED BB).
"""

from __future__ import annotations

from emucore.cpus.z80.arithmetic import result
from emucore.cpus.z80.cpu import Z80, z80
from emucore.cpus.z80.encodings import op
from emucore.isa import Names
from emucore.language.alu import add, sub
from emucore.language.value import Value, select

#: How a block instruction goes on: bit 0 is down instead of up, bit 1 until it is finished.
z80.operands["form"] = Names(("i", "d", "ir", "dr"))


def repeats(form: int) -> bool:
    """Whether it goes on until it is finished."""
    return form >= 2


def single(form: int) -> bool:
    """Whether it transfers one byte."""
    return form < 2


def stride(form: int) -> int:
    """What is added to the pointers."""
    return -1 if form & 1 else 1


def go_back(cpu: Z80) -> None:
    """Have the instruction executed again."""
    cpu.tick(5)
    cpu.pc = cpu.pc - 2
    cpu.wz = cpu.pc + 1
    cpu.flags(y=cpu.pc[13], x=cpu.pc[11])


@op("11101101 101 form:2! 000", "ld{form}")
def ld(cpu: Z80, form: int) -> None:
    """LDI LDD LDIR LDDR.  Bits 1 and 3 of A + byte are flags Y and X."""
    byte = cpu.read(cpu.hl)
    cpu.write(cpu.de, byte)
    cpu.tick(2)
    cpu.hl = cpu.hl + stride(form)
    cpu.de = cpu.de + stride(form)
    cpu.bc = cpu.bc - 1
    more = cpu.bc != 0
    total = cpu.a + byte
    cpu.flags(y=total[1], h=0, x=total[3], p=more, n=0)
    if repeats(form):
        with cpu.when(more):
            go_back(cpu)


@op("11101101 101 form:2! 001", "cp{form}")
def cp(cpu: Z80, form: int) -> None:
    """CPI CPD CPIR CPDR.  Bits 1 and 3 of A - byte - H are flags Y and X."""
    byte = cpu.read(cpu.hl)
    cpu.tick(5)
    cpu.hl = cpu.hl + stride(form)
    cpu.bc = cpu.bc - 1
    cpu.wz = cpu.wz + stride(form)
    more = cpu.bc != 0
    difference = sub(cpu.a, byte)
    value, half = difference.value, difference.half
    total = value - half.zext(8)
    cpu.flags(s=value.msb, z=value == 0, y=total[1], h=half, x=total[3], p=more, n=1)
    if repeats(form):
        with cpu.when(more & (value != 0)):
            go_back(cpu)


@op("11101101 101 form:2! 010", "in{form}")
def in_(cpu: Z80, form: int) -> None:
    """INI IND INIR INDR."""
    cpu.tick(1)
    port = cpu.bc
    byte = cpu.input(port)
    cpu.wz = port + stride(form)
    cpu.b = cpu.b - 1
    cpu.write(cpu.hl, byte)
    cpu.hl = cpu.hl + stride(form)
    io_flags(cpu, form, byte, cpu.c + stride(form))


@op("11101101 101 form:2! 011", "out{form}", where=single)
@op("11101101 101 form:2! 011", "ot{form}", where=repeats)
def out(cpu: Z80, form: int) -> None:
    """OUTI OUTD OTIR OTDR.  B has been counted down when it is on the address bus."""
    cpu.tick(1)
    byte = cpu.read(cpu.hl)
    cpu.b = cpu.b - 1
    cpu.output(cpu.bc, byte)
    cpu.wz = cpu.bc + stride(form)
    cpu.hl = cpu.hl + stride(form)
    io_flags(cpu, form, byte, cpu.l)


def io_flags(cpu: Z80, form: int, byte: Value, pointer: Value) -> None:
    """The flags of block I/O, of the new B and of the sum of *byte* and *pointer*; and go on."""
    b = cpu.b
    total = add(byte, pointer)
    c, n = total.carry, byte[7]
    parity = ((total.value & 7) ^ b).parity
    cpu.flags(**result(b, parity), h=c, n=n, c=c)
    if repeats(form):
        with cpu.when(b != 0):
            go_back(cpu)
            # a carry counts B once more, down if N, for H and P/V
            half = select(n, b[:4] == 0, b[:4] == 15)
            counted = select(c, select(n, b - 1, b + 1), b)
            cpu.flags(h=c & half, p=parity ^ ~(counted & 7).parity)
