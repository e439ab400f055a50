"""ELF executables, read with every number checked: a file is untrusted input.

Source: Tool Interface Standard, Executable and Linking Format 1.2 (1995), and the 64-bit layout of
the System V ABI.  32- and 64-bit, little- and big-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from emucore.base.errors import UserError
from emucore.base.files import read_bounded

PT_LOAD, SHT_SYMTAB = 1, 2

#: Largest image accepted unless the caller says otherwise, in bytes.
LIMIT = 1 << 28

#: Symbols, and characters of all their names: one string may be the end of another.
SYMBOLS_MOST, NAMES_MOST = 1 << 20, 1 << 25


class ElfError(UserError):
    """Not an ELF file that can be loaded; the message is one line and says why."""


@dataclass(frozen=True)
class Segment:
    """``size`` bytes at ``address``: ``data``, and zeros behind it."""

    address: int
    data: bytes
    size: int


@dataclass(frozen=True)
class Elf:
    """An executable: ``machine`` is the ELF number of its CPU (243: RISC-V, 164: Hexagon)."""

    bits: int
    big_endian: bool
    machine: int
    entry: int
    segments: tuple[Segment, ...]
    symbols: dict[str, int]


def load(path: Path, limit: int = LIMIT) -> Elf:
    """Read the file at *path*; :class:`UserError`, naming it, where it cannot be used."""
    try:
        data = read_bounded(path, limit)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    try:
        return parse(data, limit)
    except ElfError as error:
        raise ElfError(f"{path}: {error}") from None


def parse(data: bytes, limit: int = LIMIT) -> Elf:
    """The executable in *data*; neither it nor its image may exceed *limit* bytes."""
    if len(data) > limit:
        raise ElfError(f"larger than {limit} bytes")
    if data[:4] != b"\x7fELF" or len(data) < 16:
        raise ElfError("not an ELF file")
    if data[4] not in (1, 2) or data[5] not in (1, 2):
        raise ElfError(f"unknown ELF class {data[4]} or byte order {data[5]}")
    return _Reader(data, bits=32 * data[4], big_endian=data[5] == 2).elf(limit)


class _Reader:
    """Tables of one file, by the layout of its class (``bits``)."""

    def __init__(self, data: bytes, bits: int, big_endian: bool) -> None:
        self.data = data
        self.bits = bits
        self.big_endian = big_endian

    def unpack(self, what: str, at: int, layout32: str, layout64: str) -> tuple[int, ...]:
        """Numbers at *at* by a struct layout, in which P is an address-sized word."""
        layout = layout32.replace("P", "I") if self.bits == 32 else layout64.replace("P", "Q")
        layout = (">" if self.big_endian else "<") + layout
        numbers: tuple[int, ...] = struct.unpack(
            layout, self.bytes(what, at, struct.calcsize(layout))
        )
        return numbers

    def bytes(self, what: str, at: int, size: int) -> bytes:
        """*size* bytes at *at*, all of which the file must have."""
        if at + size > len(self.data):
            raise ElfError(f"{what} at {at:#x} (size {size:#x}) is past the file's end")
        return self.data[at : at + size]

    def elf(self, limit: int) -> Elf:
        header = self.unpack("header", 16, "HHIPPPIHHHHHH", "HHIPPPIHHHHHH")
        kind, machine, _, entry, ph_at, sh_at, _, _, ph_size, ph_count, sh_size, sh_count, _ = (
            header
        )
        if kind != 2:
            raise ElfError(f"type {kind} is not an executable")
        segments = []
        total = 0
        for i in range(ph_count):
            segment = self.segment(ph_at + i * ph_size)
            if segment is not None:
                total += segment.size
                if total > limit:
                    raise ElfError(f"its segments are larger than {limit} bytes")
                segments.append(segment)
        if not segments:
            raise ElfError("nothing to load")
        _check_apart(segments)
        symbols = self.symbols(sh_at, sh_size, sh_count)
        return Elf(self.bits, self.big_endian, machine, entry, tuple(segments), symbols)

    def segment(self, at: int) -> Segment | None:
        """The program header at *at*, if it is to be loaded."""
        fields = self.unpack("program header", at, "IPPPPPII", "IIPPPPPP")
        if self.bits == 32:
            kind, offset, _, address, stored, size, _, _ = fields
        else:
            kind, _, offset, _, address, stored, size, _ = fields
        if kind != PT_LOAD or size == 0:
            return None
        if stored > size or address + size > 1 << self.bits:
            raise ElfError(f"segment of {size:#x} bytes at {address:#x} holds {stored:#x}")
        return Segment(address, self.bytes("segment", offset, stored), size)

    def section(self, at: int) -> tuple[int, int, int, int]:
        """Type, offset, size and link of the section header at *at*."""
        _, kind, _, _, offset, size, link, *_ = self.unpack(
            "section header", at, "IIPPPPIIPP", "IIPPPPIIPP"
        )
        return kind, offset, size, link

    def symbols(self, at: int, size: int, count: int) -> dict[str, int]:
        """Values of all named symbols; an empty table where the file was stripped."""
        sections = [self.section(at + i * size) for i in range(count)]
        tables = [section for section in sections if section[0] == SHT_SYMTAB]
        if not tables:
            return {}
        if len(tables) > 1:
            raise ElfError(f"{len(tables)} symbol tables, of which there can be one")
        _, offset, length, link = tables[0]
        if link >= count:
            raise ElfError(f"symbol table names section {link} of {count}")
        _, names_at, names_size, _ = sections[link]
        names = self.bytes("string table", names_at, names_size)
        entry = 16 if self.bits == 32 else 24
        self.bytes("symbol table", offset, length)
        if length // entry > SYMBOLS_MOST:
            raise ElfError(f"more than {SYMBOLS_MOST:,} symbols")
        result: dict[str, int] = {}
        room = NAMES_MOST
        for symbol in range(offset, offset + length - entry + 1, entry):
            fields = self.unpack("symbol", symbol, "IPPBBH", "IBBHPP")
            name, value = fields[0], fields[1 if self.bits == 32 else 4]
            if not name:
                continue
            end = names.find(b"\0", name, name + room + 1)
            if end < 0:
                if name >= names_size:
                    raise ElfError(f"symbol name {name:#x} is past its table's end")
                what = "has no end" if name + room >= names_size else "is one too many"
                raise ElfError(f"symbol name {name:#x} {what}")
            room -= end - name
            if end > name:
                result[names[name:end].decode("utf-8", "replace")] = value
        return result


def _check_apart(segments: list[Segment]) -> None:
    """Refuse segments that share addresses: which of them would it be?"""
    end = 0
    for segment in sorted(segments, key=lambda s: s.address):
        if segment.address < end:
            raise ElfError(f"segments overlap at {segment.address:#x}")
        end = segment.address + segment.size
