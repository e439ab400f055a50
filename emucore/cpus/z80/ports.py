"""Input and output of single bytes; the block instructions are in :mod:`.blocks`."""

from __future__ import annotations

from emucore.cpus.z80.arithmetic import result
from emucore.cpus.z80.cpu import HL, Z80, get, put
from emucore.cpus.z80.encodings import op, register
from emucore.language.value import Value, cat


@op("11011011 n:8", "in a,({n})")
def in_a_n(cpu: Z80) -> None:
    port = cat(cpu.a, cpu.imm8())
    cpu.a = cpu.input(port)
    cpu.wz = port + 1


@op("11010011 n:8", "out ({n}),a")
def out_n_a(cpu: Z80) -> None:
    number = cpu.imm8()
    cpu.output(cat(cpu.a, number), cpu.a)
    cpu.wz = cat(cpu.a, number + 1)


def input_c(cpu: Z80) -> Value:
    """Input from the port in BC, and its flags."""
    byte = cpu.input(cpu.bc)
    cpu.wz = cpu.bc + 1
    cpu.flags(**result(byte), h=0, n=0)
    return byte


@op("11101101 01 r:3! 000", "in {r},(c)", where=register)
def in_r_c(cpu: Z80, r: int) -> None:
    put(cpu, HL.bytes[r], input_c(cpu))


@op("11101101 01110000", "in f,(c)")
def in_f_c(cpu: Z80) -> None:
    """Only the flags."""
    input_c(cpu)


def output_c(cpu: Z80, byte: Value) -> None:
    """Output to the port in BC."""
    cpu.output(cpu.bc, byte)
    cpu.wz = cpu.bc + 1


@op("11101101 01 r:3! 001", "out (c),{r}", where=register)
def out_c_r(cpu: Z80, r: int) -> None:
    output_c(cpu, get(cpu, HL.bytes[r]))


@op("11101101 01110001", "out (c),0")
def out_c_0(cpu: Z80) -> None:
    """NMOS; CMOS parts give 0xFF."""
    output_c(cpu, cpu.const(0, 8))
