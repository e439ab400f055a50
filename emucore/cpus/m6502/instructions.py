"""The 6502's instructions: grids of opcode, operation and addressing mode, then the odd ones.

The order within a grid is the manual's, alphabetical; the undocumented come behind.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import Any

from emucore.cpus.m6502 import operations
from emucore.cpus.m6502.cpu import M6502, B, m6502
from emucore.cpus.m6502.modes import MODES, Mode, indexed
from emucore.isa import Names, Relative
from emucore.isa.encoding import grid
from emucore.language.value import Value, cat, select

m6502.operands.update(
    rel=Relative(),
    cond=Names(("pl", "mi", "vc", "vs", "cc", "cs", "ne", "eq")),
)

LOADS = """
    69 adc imm  65 adc zpg  75 adc zpx  6d adc abs  7d adc abx  79 adc aby  61 adc izx  71 adc izy
    29 and imm  25 and zpg  35 and zpx  2d and abs  3d and abx  39 and aby  21 and izx  31 and izy
                24 bit zpg              2c bit abs
    c9 cmp imm  c5 cmp zpg  d5 cmp zpx  cd cmp abs  dd cmp abx  d9 cmp aby  c1 cmp izx  d1 cmp izy
    e0 cpx imm  e4 cpx zpg              ec cpx abs
    c0 cpy imm  c4 cpy zpg              cc cpy abs
    49 eor imm  45 eor zpg  55 eor zpx  4d eor abs  5d eor abx  59 eor aby  41 eor izx  51 eor izy
    a9 lda imm  a5 lda zpg  b5 lda zpx  ad lda abs  bd lda abx  b9 lda aby  a1 lda izx  b1 lda izy
    a2 ldx imm  a6 ldx zpg  b6 ldx zpy  ae ldx abs              be ldx aby
    a0 ldy imm  a4 ldy zpg  b4 ldy zpx  ac ldy abs  bc ldy abx
    09 ora imm  05 ora zpg  15 ora zpx  0d ora abs  1d ora abx  19 ora aby  01 ora izx  11 ora izy
    e9 sbc imm  e5 sbc zpg  f5 sbc zpx  ed sbc abs  fd sbc abx  f9 sbc aby  e1 sbc izx  f1 sbc izy

                a7 lax zpg  b7 lax zpy  af lax abs              bf lax aby  a3 lax izx  b3 lax izy
    4b alr imm  0b anc imm  2b anc imm  6b arr imm  cb axs imm  ab lxa imm  8b xaa imm  bb las aby
    eb sbc imm
    80 nop imm  04 nop zpg  14 nop zpx  0c nop abs  1c nop abx
    82 nop imm  44 nop zpg  34 nop zpx              3c nop abx
    89 nop imm  64 nop zpg  54 nop zpx              5c nop abx
    c2 nop imm              74 nop zpx              7c nop abx
    e2 nop imm              d4 nop zpx              dc nop abx
                            f4 nop zpx              fc nop abx
"""
STORES = """
                85 sta zpg  95 sta zpx  8d sta abs  9d sta abx  99 sta aby  81 sta izx  91 sta izy
                86 stx zpg  96 stx zpy  8e stx abs
                84 sty zpg  94 sty zpx  8c sty abs

                87 sax zpg  97 sax zpy  8f sax abs                          83 sax izx
"""
UNSTABLE = """
                                                    9c shy abx  9f sha aby              93 sha izy
                                                                9e shx aby  9b tas aby
"""
MODIFIES = """
                06 asl zpg  16 asl zpx  0e asl abs  1e asl abx
                c6 dec zpg  d6 dec zpx  ce dec abs  de dec abx
                e6 inc zpg  f6 inc zpx  ee inc abs  fe inc abx
                46 lsr zpg  56 lsr zpx  4e lsr abs  5e lsr abx
                26 rol zpg  36 rol zpx  2e rol abs  3e rol abx
                66 ror zpg  76 ror zpx  6e ror abs  7e ror abx

                c7 dcp zpg  d7 dcp zpx  cf dcp abs  df dcp abx  db dcp aby  c3 dcp izx  d3 dcp izy
                e7 isc zpg  f7 isc zpx  ef isc abs  ff isc abx  fb isc aby  e3 isc izx  f3 isc izy
                27 rla zpg  37 rla zpx  2f rla abs  3f rla abx  3b rla aby  23 rla izx  33 rla izy
                67 rra zpg  77 rra zpx  6f rra abs  7f rra abx  7b rra aby  63 rra izx  73 rra izy
                07 slo zpg  17 slo zpx  0f slo abs  1f slo abx  1b slo aby  03 slo izx  13 slo izy
                47 sre zpg  57 sre zpx  4f sre abs  5f sre abx  5b sre aby  43 sre izx  53 sre izy
"""
ACCUMULATOR = "0a asl   4a lsr   2a rol   6a ror"
IMPLIED = """
    18 clc  d8 cld  58 cli  b8 clv  ca dex  88 dey  e8 inx  c8 iny
    38 sec  f8 sed  78 sei  aa tax  a8 tay  ba tsx  8a txa  9a txs  98 tya
"""
NOPS = (0xEA, 0x1A, 0x3A, 0x5A, 0x7A, 0xDA, 0xFA)
JAMS = (0x02, 0x12, 0x22, 0x32, 0x42, 0x52, 0x62, 0x72, 0x92, 0xB2, 0xD2, 0xF2)


Operation = Callable[..., Any]
Function = Callable[[M6502], None]


def _define(
    opcode: int, name: str, function: Function, syntax: str = "", operand: str = ""
) -> None:
    """One opcode of a grid.

    Several opcodes may be one instruction: the first is spelled plainly, the others append their
    opcode to the mnemonic (``nop.1a``, ``sbc.eb #$12``), so that every encoding has a spelling.
    """
    if any(i.syntax == name + syntax for i in m6502.instructions):
        name = f"{name}.{opcode:02x}"
    m6502.define(f"{opcode:08b} {operand}", name + syntax, function)


def _load(operation: Operation, mode: Mode) -> Function:
    def load(cpu: M6502) -> None:
        operation(cpu, cpu.read(mode.address(cpu, False), mode.kind))

    return load


def _store(operation: Operation, mode: Mode) -> Function:
    def store(cpu: M6502) -> None:
        cpu.write(mode.address(cpu, True), operation(cpu))

    return store


def _unstable(operation: Operation, mode: Mode) -> Function:
    """A store whose byte meets the high byte of the address on the bus, as its sum is corrected.

    So the byte is ANDed with the base's high byte + 1; and where the index crosses a page, which
    wants that sum as the address, the address's high byte is the byte stored ("NMOS 6510
    Unintended Opcodes"; Visual6502; measured on an Apple II in AppleWin's issue 282).
    """

    def store(cpu: M6502) -> None:
        assert mode.parts is not None
        base, index = mode.parts(cpu)
        address = indexed(cpu, base, index, settled=True)
        byte = operation(cpu) & (base[8:] + 1)
        high = select(address[8:] != base[8:], byte, address[8:])
        cpu.write(cat(high, address[:8]), byte)

    return store


def _modify(operation: Operation, mode: Mode) -> Function:
    def modify(cpu: M6502) -> None:
        address = mode.address(cpu, True)
        old = cpu.read(address)
        cpu.write(address, old, "dummy")  # while the ALU works
        cpu.write(address, operation(cpu, old))

    return modify


def _accumulator(operation: Operation) -> Function:
    def modify(cpu: M6502) -> None:
        cpu.dummy(cpu.pc)
        cpu.a = operation(cpu, cpu.a)

    return modify


def _implied(operation: Operation) -> Function:
    def implied(cpu: M6502) -> None:
        cpu.dummy(cpu.pc)
        operation(cpu)

    return implied


def _made(kind: Callable[..., Function], name: str, *mode: Mode) -> Function:
    """The function of an instruction whose operation is *name*, documented by it."""
    operation: Operation = getattr(operations, name + "_" * keyword.iskeyword(name))
    function = kind(operation, *mode)
    function.__doc__ = operation.__doc__
    return function


for _text, _kind in (
    (LOADS, _load),
    (STORES, _store),
    (UNSTABLE, _unstable),
    (MODIFIES, _modify),
):
    for _opcode, (_name, _in) in grid(_text, 2):
        _mode = MODES[_in]
        _define(_opcode, _name, _made(_kind, _name, _mode), f" {_mode.syntax}", _mode.operand)

for _opcode, (_name,) in grid(ACCUMULATOR, 1):
    _define(_opcode, _name, _made(_accumulator, _name), " a")

for _opcode, (_name,) in grid(IMPLIED, 1):
    _define(_opcode, _name, _made(_implied, _name))


def nop(cpu: M6502) -> None:
    cpu.dummy(cpu.pc)


for _opcode in NOPS:
    _define(_opcode, "nop", nop)


# -- the stack -------------------------------------------------------------------------------------


def _push(cpu: M6502, byte: Value) -> None:
    cpu.dummy(cpu.pc)
    cpu.push(byte)


def _pull(cpu: M6502) -> Value:
    cpu.dummy(cpu.pc)
    cpu.dummy(cpu.stack)  # while S is incremented
    return cpu.pull()


@m6502.op("01001000", "pha")
def pha(cpu: M6502) -> None:
    _push(cpu, cpu.a)


@m6502.op("00001000", "php")
def php(cpu: M6502) -> None:
    _push(cpu, cpu.p | B)


@m6502.op("01101000", "pla")
def pla(cpu: M6502) -> None:
    cpu.a = operations.nz(cpu, _pull(cpu))


@m6502.op("00101000", "plp")
def plp(cpu: M6502) -> None:
    """The poll of PLP still goes by the old I."""
    p, i = _pull(cpu), cpu.i
    cpu.p = p
    new, cpu.i = cpu.i, i
    cpu.change_i(new)


# -- jumps -----------------------------------------------------------------------------------------


@m6502.op("cond:3! 10000 rel:8", "b{cond} {rel}")
def branch(cpu: M6502, cond: int) -> None:
    """Polls in its first cycle and, as usual, before a fourth, but not before a third."""
    distance = cpu.operand()
    flag = (cpu.n, cpu.v, cpu.c, cpu.z)[cond >> 1]
    with cpu.when(flag if cond & 1 else ~flag):
        pc = cpu.pc
        cpu.dummy(pc)
        cpu.pc = pc + distance.sext(16)
        crossed = cpu.pc[8:] != pc[8:]
        with cpu.when(~crossed):
            cpu.polled(3)
        with cpu.when(crossed):
            cpu.dummy(cat(pc[8:], cpu.pc[:8]))


@m6502.op("01001100 nn:16", "jmp {nn}")
def jmp(cpu: M6502) -> None:
    cpu.pc = cpu.operand16()


@m6502.op("01101100 nn:16", "jmp ({nn})")
def jmp_indirect(cpu: M6502) -> None:
    """The pointer's high byte comes from the same page: JMP ($12FF) reads 12FF and 1200."""
    at = cpu.operand16()
    low = cpu.read(at)
    cpu.pc = cat(cpu.read(cat(at[8:], at[:8] + 1)), low)


@m6502.op("00100000 nn:16", "jsr {nn}")
def jsr(cpu: M6502) -> None:
    """Pushes the address of its own last byte, which it reads only then."""
    low = cpu.operand()
    cpu.dummy(cpu.stack)
    cpu.push16(cpu.pc)
    cpu.pc = cat(cpu.operand(), low)


@m6502.op("01100000", "rts")
def rts(cpu: M6502) -> None:
    cpu.dummy(cpu.pc)
    cpu.dummy(cpu.stack)
    at = cpu.pull16()
    cpu.dummy(at)
    cpu.pc = at + 1


@m6502.op("01000000", "rti")
def rti(cpu: M6502) -> None:
    """I is back long before the poll, so a waiting IRQ is taken at once."""
    cpu.p = _pull(cpu)
    cpu.pc = cpu.pull16()
    cpu.attend()


@m6502.op("00000000", "brk")
def brk(cpu: M6502) -> None:
    """Skips the byte behind it.  The vector is fetched between instructions, as an interrupt's."""
    cpu.operand()
    cpu.enter(cpu.p | B)
    cpu.attend()


def jam(cpu: M6502) -> None:
    """The sequencer finds no end: only a reset helps.  PC is left at the opcode."""
    cpu.dummy(cpu.pc)
    cpu.dummy(cpu.pc)
    cpu.pc = cpu.pc - 1
    cpu.jammed = 1
    cpu.attend()


for _opcode in JAMS:
    _define(_opcode, "jam", jam)
