"""Rotates, shifts and single bits: on A, behind CB, and behind DD CB d and FD CB d."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from emucore.cpus.z80.arithmetic import result
from emucore.cpus.z80.cpu import HL, IX, IY, Z80, get, put, z80
from emucore.cpus.z80.encodings import MEMORY, Meaning, meaning, op, register
from emucore.language.value import Value, cat

SHIFTS = ("rlc", "rrc", "rl", "rr", "sla", "sra", "sll", "srl")
RLC, RRC, RL, RR, SLA, SRA, SLL, SRL = range(8)


def moved(cpu: Z80, shift: int, v: Value) -> tuple[Value, Value]:
    """*v* moved by one bit, and the bit that fell out.  SLL lets a 1 in."""
    zero, one = cpu.const(0, 1), cpu.const(1, 1)
    if shift in (RLC, RL, SLA, SLL):
        return cat(v[:7], {RLC: v[7], RL: cpu.cf, SLA: zero, SLL: one}[shift]), v[7]
    return cat({RRC: v[0], RR: cpu.cf, SRA: v[7], SRL: zero}[shift], v[1:]), v[0]


for _shift, _name in enumerate(SHIFTS[:SLA]):

    @op(f"000 {_shift:02b} 111", _name + "a")
    def _rotate_a(cpu: Z80, *, shift: int = _shift) -> None:
        """S, Z and P/V stay."""
        cpu.a, out = moved(cpu, shift, cpu.a)
        cpu.flags(y=cpu.a[5], h=0, x=cpu.a[3], n=0, c=out)


# -- behind CB -----------------------------------------------------------------------------------


def cb(code: str, syntax: str, *, unlisted: str = "") -> Callable[[Meaning], Meaning]:
    """Declare an opcode ``code r`` behind CB, on register r or (HL); and behind DD CB and FD CB.

    There it is on memory and r, unless that is 6, gets a copy; *unlisted* marks its syntax.
    """

    def declare(function: Meaning) -> Meaning:
        z80.define(f"11001011 {code} r:3!", syntax, meaning(function, HL, {}))
        for index in (IX, IY):
            encoding = f"{index.prefix:08b} 11001011 d:8 {code} "
            plain = syntax.replace("{r}", f"({index.name}+{{d}})")
            on_memory = meaning(partial(function, r=MEMORY), index, {})
            z80.define(encoding + "110", plain, on_memory)
            copy = unlisted + plain + ",{r}"
            z80.define(encoding + "r:3!", copy, meaning(function, index, {}), where=register)
        return function

    return declare


def modify(cpu: Z80, r: int, change: Callable[[Value], Value]) -> None:
    """Apply *change* to register *r* or memory; behind DD CB to memory, and copy to *r*."""
    if cpu.index is HL and r != MEMORY:
        put(cpu, HL.bytes[r], change(get(cpu, HL.bytes[r])))
        return
    address = cpu.hl if cpu.index is HL else cpu.wz
    byte = cpu.read(address)
    cpu.tick(1)
    byte = change(byte)
    cpu.write(address, byte)
    if r != MEMORY:
        put(cpu, HL.bytes[r], byte)


for _shift, _name in enumerate(SHIFTS):

    @cb(f"00 {_shift:03b}", _name + " {r}")
    def _shift_r(cpu: Z80, r: int, *, shift: int = _shift) -> None:
        def change(byte: Value) -> Value:
            value, out = moved(cpu, shift, byte)
            cpu.flags(**result(value), h=0, n=0, c=out)
            return value

        modify(cpu, r, change)


@cb("01 b:3!", "bit {b},{r}", unlisted="*")
def bit(cpu: Z80, b: int, r: int) -> None:
    """Bits 5 and 3 of F are the register's, or those of the upper half of WZ."""
    if cpu.index is HL and r != MEMORY:
        byte = seen = get(cpu, HL.bytes[r])
    else:
        byte = cpu.read(cpu.hl if cpu.index is HL else cpu.wz)
        seen = cpu.wz[8:]
        cpu.tick(1)
    clear = ~byte[b]
    cpu.flags(s=byte[7] if b == 7 else 0, z=clear, y=seen[5], h=1, x=seen[3], p=clear, n=0)


@cb("10 b:3!", "res {b},{r}")
def res(cpu: Z80, b: int, r: int) -> None:
    modify(cpu, r, lambda byte: byte & (0xFF ^ 1 << b))


@cb("11 b:3!", "set {b},{r}")
def set_(cpu: Z80, b: int, r: int) -> None:
    modify(cpu, r, lambda byte: byte | 1 << b)


# -- digits --------------------------------------------------------------------------------------


@op("11101101 01101111", "rld")
def rld(cpu: Z80) -> None:
    byte = cpu.read(cpu.hl)
    cpu.tick(4)
    rotated(cpu, cat(byte[:4], cpu.a[:4]), byte[4:])


@op("11101101 01100111", "rrd")
def rrd(cpu: Z80) -> None:
    byte = cpu.read(cpu.hl)
    cpu.tick(4)
    rotated(cpu, cat(cpu.a[:4], byte[4:]), byte[:4])


def rotated(cpu: Z80, byte: Value, digit: Value) -> None:
    """Store the *byte* and put the *digit* into A."""
    cpu.write(cpu.hl, byte)
    cpu.a = cat(cpu.a[4:], digit)
    cpu.wz = cpu.hl + 1
    cpu.flags(**result(cpu.a), h=0, n=0)
