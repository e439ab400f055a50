"""8-bit and 16-bit loads and exchanges (User Manual, "8-Bit Load Group" to "Exchange ...")."""

from __future__ import annotations

from emucore.cpus.z80.cpu import HL, Z80, get, put
from emucore.cpus.z80.encodings import op, register
from emucore.language.registers import Reg, View
from emucore.language.value import Value, cat


def through_a(cpu: Z80, address: Value) -> None:
    """WZ when A is written to memory: only the low byte was incremented."""
    cpu.wz = cat(cpu.a, address[:8] + 1)


# -- 8 bits --------------------------------------------------------------------------------------


@op("01 r:3! s:3!", "ld {r},{s}", where=register)
def ld_r_s(cpu: Z80, r: int, s: int) -> None:
    put(cpu, cpu.index.bytes[r], get(cpu, cpu.index.bytes[s]))


@op("00 r:3! 110 n:8", "ld {r},{n}", where=register)
def ld_r_n(cpu: Z80, r: int) -> None:
    put(cpu, cpu.index.bytes[r], cpu.imm8())


@op("01 r:3! 110 M", "ld {r},M", where=register)
def ld_r_m(cpu: Z80, r: int) -> None:
    put(cpu, HL.bytes[r], cpu.read(cpu.pointer()))


@op("01110 s:3! M", "ld M,{s}", where=register)
def ld_m_s(cpu: Z80, s: int) -> None:
    cpu.write(cpu.pointer(), get(cpu, HL.bytes[s]))


@op("00110110 M n:8", "ld M,{n}")
def ld_m_n(cpu: Z80) -> None:
    address = cpu.pointer(states=0)
    byte = cpu.imm8()
    cpu.tick(0 if cpu.index is HL else 2)  # IX+d is added while n is read
    cpu.write(address, byte)


@op("000 x:1! 1010", "ld a,({x})")
def ld_a_x(cpu: Z80, x: int) -> None:
    address = get(cpu, HL.words[x])
    cpu.a = cpu.read(address)
    cpu.wz = address + 1


@op("000 x:1! 0010", "ld ({x}),a")
def ld_x_a(cpu: Z80, x: int) -> None:
    address = get(cpu, HL.words[x])
    cpu.write(address, cpu.a)
    through_a(cpu, address)


@op("00111010 nn:16", "ld a,({nn})")
def ld_a_nn(cpu: Z80) -> None:
    address = cpu.imm16()
    cpu.a = cpu.read(address)
    cpu.wz = address + 1


@op("00110010 nn:16", "ld ({nn}),a")
def ld_nn_a(cpu: Z80) -> None:
    address = cpu.imm16()
    cpu.write(address, cpu.a)
    through_a(cpu, address)


@op("11101101 01000111", "ld i,a")
def ld_i_a(cpu: Z80) -> None:
    cpu.tick(1)
    cpu.i = cpu.a


@op("11101101 01001111", "ld r,a")
def ld_r_a(cpu: Z80) -> None:
    cpu.tick(1)
    cpu.r = cpu.a


@op("11101101 01010111", "ld a,i")
def ld_a_i(cpu: Z80) -> None:
    read_interrupt_state(cpu, cpu.i)


@op("11101101 01011111", "ld a,r")
def ld_a_r(cpu: Z80) -> None:
    read_interrupt_state(cpu, cpu.r)


def read_interrupt_state(cpu: Z80, byte: Value) -> None:
    """A := I or R, and P/V := IFF2; an interrupt right behind it spoils that P/V."""
    cpu.tick(1)
    cpu.a = byte
    cpu.flags(s=byte.msb, z=byte == 0, y=byte[5], h=0, x=byte[3], p=cpu.iff2, n=0)
    cpu.p = 1
    cpu.attend()


# -- 16 bits -------------------------------------------------------------------------------------


@op("00 p:2! 0001 nn:16", "ld {p},{nn}")
def ld_p_nn(cpu: Z80, p: int) -> None:
    put(cpu, cpu.index.words[p], cpu.imm16())


def load(cpu: Z80, pair: Reg | View) -> None:
    """LD pair,(nn)."""
    address = cpu.imm16()
    put(cpu, pair, cpu.read16(address))
    cpu.wz = address + 1


def save(cpu: Z80, pair: Reg | View) -> None:
    """LD (nn),pair."""
    address = cpu.imm16()
    cpu.write16(address, get(cpu, pair))
    cpu.wz = address + 1


@op("00101010 nn:16", "ld HL,({nn})")
@op("11101101 01101011 nn:16", "*ed.ld hl,({nn})")
def ld_hl_nn(cpu: Z80) -> None:
    load(cpu, cpu.index.pair)


@op("11101101 01 p:2! 1011 nn:16", "ld {p},({nn})", where=lambda p: p != 2)
def ld_p_at(cpu: Z80, p: int) -> None:
    load(cpu, HL.words[p])


@op("00100010 nn:16", "ld ({nn}),HL")
@op("11101101 01100011 nn:16", "*ed.ld ({nn}),hl")
def ld_nn_hl(cpu: Z80) -> None:
    save(cpu, cpu.index.pair)


@op("11101101 01 p:2! 0011 nn:16", "ld ({nn}),{p}", where=lambda p: p != 2)
def ld_at_p(cpu: Z80, p: int) -> None:
    save(cpu, HL.words[p])


@op("11111001", "ld sp,HL")
def ld_sp_hl(cpu: Z80) -> None:
    cpu.tick(2)
    cpu.sp = get(cpu, cpu.index.pair)


@op("11 q:2! 0101", "push {q}")
def push(cpu: Z80, q: int) -> None:
    cpu.tick(1)
    cpu.push(get(cpu, cpu.index.stacked[q]))


@op("11 q:2! 0001", "pop {q}")
def pop(cpu: Z80, q: int) -> None:
    put(cpu, cpu.index.stacked[q], cpu.pop())


# -- exchanges -----------------------------------------------------------------------------------


@op("11101011", "ex de,hl")
def ex_de_hl(cpu: Z80) -> None:
    """HL even behind DD and FD."""
    cpu.de, cpu.hl = cpu.hl, cpu.de


@op("00001000", "ex af,af'")
def ex_af_af(cpu: Z80) -> None:
    cpu.af, cpu.af_ = cpu.af_, cpu.af


@op("11011001", "exx")
def exx(cpu: Z80) -> None:
    cpu.bc, cpu.bc_ = cpu.bc_, cpu.bc
    cpu.de, cpu.de_ = cpu.de_, cpu.de
    cpu.hl, cpu.hl_ = cpu.hl_, cpu.hl


@op("11100011", "ex (sp),HL")
def ex_sp_hl(cpu: Z80) -> None:
    old = get(cpu, cpu.index.pair)
    word = cpu.read16(cpu.sp)
    cpu.tick(1)
    cpu.write(cpu.sp + 1, old[8:])
    cpu.write(cpu.sp, old[:8])
    cpu.tick(2)
    put(cpu, cpu.index.pair, word)
    cpu.wz = word
