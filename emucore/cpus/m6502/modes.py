"""The addressing modes (Programming Manual, chapters 4 to 6), each with its dummy accesses.

A mode's function runs the cycles from behind the opcode up to the access itself and returns the
address.  ``settled`` is true for stores and read-modify-writes: they never access an address whose
high byte may be wrong, so with an index they always spend the cycle that loads need only when a
page is crossed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emucore.cpus.m6502.cpu import M6502
from emucore.language.value import Value, cat


@dataclass(frozen=True)
class Mode:
    """``operand`` is the encoding behind the opcode; ``syntax`` follows the mnemonic.

    ``kind`` is why the bus is accessed at the address.  ``parts`` are base and index, of the modes
    that may cross a page by adding them.
    """

    operand: str
    syntax: str
    address: Callable[[M6502, bool], Value]
    kind: str = "read"
    parts: Callable[[M6502], tuple[Value, Value]] | None = None


def immediate(cpu: M6502, settled: bool) -> Value:
    """The byte itself stands behind the opcode."""
    address = cpu.pc
    cpu.pc = address + 1
    return address


def zero_page(cpu: M6502, settled: bool) -> Value:
    """One byte: an address in page zero."""
    return cpu.operand().zext(16)


def absolute(cpu: M6502, settled: bool) -> Value:
    """Two bytes, low byte first."""
    return cpu.operand16()


def zero_page_x(cpu: M6502, settled: bool) -> Value:
    """Wraps within page zero."""
    return _in_zero_page(cpu, cpu.x)


def zero_page_y(cpu: M6502, settled: bool) -> Value:
    """Wraps within page zero."""
    return _in_zero_page(cpu, cpu.y)


def indirect_x(cpu: M6502, settled: bool) -> Value:
    """The address stands in page zero at operand + X."""
    return _pointer(cpu, _in_zero_page(cpu, cpu.x))


def indexed(cpu: M6502, base: Value, index: Value, settled: bool) -> Value:
    """*base* + *index*.  The low byte is added first, and the bus sees the sum without its carry.

    Loads use what they read there if there was no carry.
    """
    address = base + index.zext(16)
    unfixed = cat(base[8:], address[:8])
    if settled:
        cpu.dummy(unfixed)
    else:
        with cpu.when(address[8:] != base[8:]):
            cpu.dummy(unfixed)
    return address


def _in_zero_page(cpu: M6502, index: Value) -> Value:
    base = cpu.operand()
    cpu.dummy(base.zext(16))
    return (base + index).zext(16)


def _pointer(cpu: M6502, at: Value) -> Value:
    """An address read from page zero; its high byte may stand at 0 behind a low one at 0xFF."""
    low = cpu.read(at)
    return cat(cpu.read((at[:8] + 1).zext(16)), low)


def _crossing(operand: str, syntax: str, parts: Callable[[M6502], tuple[Value, Value]]) -> Mode:
    """A mode whose address is the sum of *parts*."""

    def address(cpu: M6502, settled: bool) -> Value:
        return indexed(cpu, *parts(cpu), settled)

    return Mode(operand, syntax, address, parts=parts)


def absolute_x(cpu: M6502) -> tuple[Value, Value]:
    """Absolute, indexed by X."""
    return cpu.operand16(), cpu.x


def absolute_y(cpu: M6502) -> tuple[Value, Value]:
    """Absolute, indexed by Y."""
    return cpu.operand16(), cpu.y


def indirect_y(cpu: M6502) -> tuple[Value, Value]:
    """The address stands in page zero at the operand; Y is added to it."""
    return _pointer(cpu, cpu.operand().zext(16)), cpu.y


#: By the names of the grids in instructions.py.
MODES = {
    "imm": Mode("n:8", "#{n}", immediate, "operand"),
    "zpg": Mode("zp:8", "{zp}", zero_page),
    "zpx": Mode("zp:8", "{zp},x", zero_page_x),
    "zpy": Mode("zp:8", "{zp},y", zero_page_y),
    "abs": Mode("nn:16", "{nn}", absolute),
    "abx": _crossing("nn:16", "{nn},x", absolute_x),
    "aby": _crossing("nn:16", "{nn},y", absolute_y),
    "izx": Mode("zp:8", "({zp},x)", indirect_x),
    "izy": _crossing("zp:8", "({zp}),y", indirect_y),
}
