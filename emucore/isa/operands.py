"""Operands as they are written, and as a field of the encoding stores them.

:func:`written` and :func:`stored` are each other's inverse: the disassembler uses one, the
assembler the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from emucore.ir.ops import mask, signed
from emucore.isa.isa import Number, Relative


class OperandError(Exception):
    """A number that its field cannot hold; the message is one line and names the number."""


@dataclass(frozen=True)
class Place:
    """Where an instruction is: its address and length in bytes, and the address space's bits."""

    address: int
    length: int
    bits: int

    def origin(self, operand: Relative) -> int:
        """The address that *operand*'s distance counts from."""
        return self.address if operand.from_start else self.address + self.length


def written(operand: Number | Relative, width: int, raw: int, place: Place) -> int:
    """The number that a field of *width* bits holding *raw* is written as."""
    if isinstance(operand, Relative):
        return (place.origin(operand) + signed(raw, width)) & mask(place.bits)
    return (signed(raw, width) if operand.signed else raw) * operand.scale


def stored(operand: Number | Relative, width: int, value: int, place: Place) -> int:
    """What a field of *width* bits holds for the written number *value*.

    Raises :class:`OperandError` where it does not fit.  A field of 8 bits or more that is not
    declared signed takes negative numbers too, as two's complement.
    """
    if isinstance(operand, Relative):
        return _distance(operand, width, value, place)
    if value % operand.scale or value % operand.align:
        raise OperandError(f"operand {value} is not a multiple of {operand.scale * operand.align}")
    number = value // operand.scale
    low = -(1 << (width - 1)) if operand.signed or width >= 8 else 0
    high = mask(width - 1) if operand.signed else mask(width)
    if not low <= number <= high:
        limits = f"{low * operand.scale} to {high * operand.scale}"
        kind = f"{'signed ' if operand.signed else ''}{width} bit{'s' if width > 1 else ''}"
        raise OperandError(f"operand {value} does not fit {kind} ({limits})")
    return number & mask(width)


def _distance(operand: Relative, width: int, target: int, place: Place) -> int:
    """The signed distance to *target*, the shorter way round the address space."""
    if not 0 <= target <= mask(place.bits):
        raise OperandError(f"target {target:#x} is no address of {place.bits} bits")
    distance = signed((target - place.origin(operand)) & mask(place.bits), place.bits)
    if distance % operand.align:
        raise OperandError(f"target {target:#x} is not a multiple of {operand.align} away")
    low, high = -(1 << (width - 1)), mask(width - 1)
    if not low <= distance <= high:
        raise OperandError(
            f"target {target:#x} is {distance} bytes away, out of range ({low} to {high})"
        )
    return distance & mask(width)
