"""Instruction encodings as bit strings, as a manual prints them.

    "10 001 r:3!"                              one 8-bit unit; r is fixed when decoded
    "00 r:3! 110 n:8"                          an operand byte follows the opcode
    "11001101 nn:16"                           an operand word: low unit first
    "imm[12|10:5] rs2:5 rs1:5 000 imm[4:1|11] 1100011"    one field in pieces, as RISC-V writes it

Bits run from the most significant of the first unit; blanks only separate.  ``-`` is any bit.
``!`` marks a *static* field: each of its values becomes an instruction of its own, and Python may
branch on it.  A unit of nothing but plain fields is an *operand* unit: it is not decoded, and the
instruction's function fetches it itself, at its own place on the bus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


class EncodingError(Exception):
    """A malformed bit string; the message quotes it."""


@dataclass(frozen=True)
class Piece:
    """``size`` bits: bit ``field_lo`` up of a field are bit ``unit_lo`` up of unit ``unit``."""

    unit: int
    unit_lo: int
    field_lo: int
    size: int


@dataclass(frozen=True)
class Field:
    """A named operand field of ``width`` bits, in one or more pieces."""

    name: str
    width: int
    static: bool
    pieces: tuple[Piece, ...]

    @property
    def mask(self) -> int:
        """The bits that are encoded; of a branch's distance, all but the lowest."""
        return sum((1 << p.size) - 1 << p.field_lo for p in self.pieces)


@dataclass(frozen=True)
class Encoding:
    """A parsed bit string: per unit the bits that are fixed, and the fields."""

    text: str
    unit: int
    masks: tuple[int, ...]
    values: tuple[int, ...]
    fields: tuple[Field, ...]
    operand: tuple[bool, ...]

    @property
    def length(self) -> int:
        """Units in all."""
        return len(self.masks)

    @property
    def opcode_units(self) -> int:
        """Units up to the last that decides what the instruction is."""
        return max(i for i, plain in enumerate(self.operand) if not plain) + 1

    def encode(self, fields: Mapping[str, int]) -> list[int]:
        """The units with *fields* (unsigned) put in; ``-`` bits are 0."""
        units = list(self.values)
        for field in self.fields:
            value = fields[field.name]
            if value & ~field.mask or value < 0:
                raise EncodingError(f"{field.name}={value} does not fit bits {field.mask:#b}")
            for p in field.pieces:
                units[p.unit] |= (value >> p.field_lo & (1 << p.size) - 1) << p.unit_lo
        return units

    def decode(self, units: list[int]) -> dict[str, int] | None:
        """The fields of *units*, or None where they are not of this encoding."""
        if len(units) < self.length:
            return None
        if any(u & m != v for u, m, v in zip(units, self.masks, self.values, strict=False)):
            return None
        return {
            f.name: sum(
                (units[p.unit] >> p.unit_lo & (1 << p.size) - 1) << p.field_lo for p in f.pieces
            )
            for f in self.fields
        }


_TOKEN = re.compile(r"([01-]+)|([a-z]\w*):(\d+)(!?)|([a-z]\w*)\[([\d:|]+)\](!?)")


def parse(text: str, unit: int) -> Encoding:
    """Parse an encoding of *unit*-bit units; :class:`EncodingError` where it is malformed."""
    bits: list[str] = []  # one entry a bit, first bit on top: '0' '1' '-' or 'name.bit'
    widths: dict[str, int] = {}
    static: dict[str, bool] = {}
    for token in text.split():
        m = _TOKEN.fullmatch(token)
        if m is None:
            raise EncodingError(f"{token!r} in {text!r}")
        fixed, name, size, mark, split_name, split, split_mark = m.groups()
        if fixed:
            bits.extend(fixed)
        elif name:
            if name in widths or size == "0":
                raise EncodingError(f"field {name} twice or empty in {text!r}")
            widths[name], static[name] = int(size), bool(mark)
            bits.extend(_simple(name, int(size), unit, len(bits) % unit == 0))
        else:
            pieces = [f"{split_name}.{n}" for n in _ranges(split, text)]
            if any(piece in bits for piece in pieces) or len(set(pieces)) < len(pieces):
                raise EncodingError(f"a bit of {split_name} twice in {text!r}")
            if static.setdefault(split_name, bool(split_mark)) != bool(split_mark):
                raise EncodingError(f"{split_name} is static only in part in {text!r}")
            top = max(int(piece.split(".")[1]) for piece in pieces)
            widths[split_name] = max(widths.get(split_name, 0), top + 1)
            bits.extend(pieces)
    if not bits or len(bits) % unit:
        raise EncodingError(f"{len(bits)} bits are not whole {unit}-bit units: {text!r}")
    masks, values, operand = [], [], []
    found: dict[str, list[Piece]] = {name: [] for name in widths}
    for u in range(len(bits) // unit):
        mine = bits[u * unit : (u + 1) * unit]
        masks.append(int("".join("1" if b in "01" else "0" for b in mine), 2))
        values.append(int("".join("1" if b == "1" else "0" for b in mine), 2))
        names = {b.split(".")[0] for b in mine if "." in b}
        operand.append(masks[-1] == 0 and not any(static[n] for n in names))
        for i, b in enumerate(mine):
            if "." in b:
                name, number = b.split(".")
                _add(found[name], Piece(u, unit - 1 - i, int(number), 1))
    fields = tuple(Field(n, w, static[n], tuple(found[n])) for n, w in widths.items())
    if all(operand):
        raise EncodingError(f"nothing to decode in {text!r}")
    return Encoding(text, unit, tuple(masks), tuple(values), fields, tuple(operand))


def _simple(name: str, size: int, unit: int, aligned: bool) -> list[str]:
    """Bits of a whole field; one of several units has its low unit first."""
    if aligned and size > unit and size % unit == 0:
        return [f"{name}.{lo + i}" for lo in range(0, size, unit) for i in reversed(range(unit))]
    return [f"{name}.{i}" for i in reversed(range(size))]


def _ranges(split: str, text: str) -> list[int]:
    """``12|10:5`` as bit numbers, high to low in each range."""
    numbers: list[int] = []
    for part in split.split("|"):
        high, _, low = part.partition(":")
        if not high.isdigit() or not (low or high).isdigit() or int(high) < int(low or high):
            raise EncodingError(f"bits [{split}] in {text!r}")
        numbers.extend(range(int(high), int(low or high) - 1, -1))
    return numbers


def _add(pieces: list[Piece], bit: Piece) -> None:
    """Append one bit, joined to the piece it continues downwards."""
    if pieces:
        last = pieces[-1]
        if (last.unit, last.unit_lo - 1, last.field_lo - 1) == (
            bit.unit,
            bit.unit_lo,
            bit.field_lo,
        ):
            pieces[-1] = Piece(bit.unit, bit.unit_lo, bit.field_lo, last.size + 1)
            return
    pieces.append(bit)


def grid(text: str, words: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The entries of an opcode map: each an opcode in hexadecimal and *words* words behind it.

        61 adc izx   65 adc zpg   69 adc imm   6d adc abs        (two words)

    Line breaks and blanks only separate.  Raises :class:`EncodingError` for an entry cut short, or
    an opcode that is no number or stands there twice.
    """
    seen: set[int] = set()
    tokens = text.split()
    if len(tokens) % (words + 1):
        raise EncodingError(f"{tokens[-1]!r} ends a grid of {words + 1} columns too early")
    for at in range(0, len(tokens), words + 1):
        try:
            opcode = int(tokens[at], 16)
        except ValueError:
            raise EncodingError(f"{tokens[at]!r} is no opcode") from None
        if opcode in seen:
            raise EncodingError(f"opcode {tokens[at]} twice in a grid")
        seen.add(opcode)
        yield opcode, tuple(tokens[at + 1 : at + 1 + words])
