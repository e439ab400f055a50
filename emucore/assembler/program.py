"""What the assembler makes: bytes at addresses, symbols, and which line made what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

#: Bytes that :meth:`Program.image` makes at most: segments far apart are no image.
MAX_IMAGE = 1 << 26

_ROW, _SHOWN = 8, 4096  # bytes a line of the listing, and of one statement


@dataclass(frozen=True)
class Segment:
    """Bytes in a row from *address*."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        """The address behind the last byte."""
        return self.address + len(self.data)


@dataclass(frozen=True)
class Row:
    """A source line of the listing with the bytes it made (none for labels and comments)."""

    path: str
    line: int
    text: str
    address: int
    data: bytes


@dataclass(frozen=True)
class Program:
    """An assembled program.

    ``segments`` are in order of address and do not touch; ``entry`` is what ``end`` named, else
    the first segment's address; ``rows`` are the source lines in the order assembled.
    """

    isa: str
    segments: tuple[Segment, ...]
    symbols: dict[str, int]
    rows: tuple[Row, ...]
    entry: int

    @property
    def origin(self) -> int:
        """The lowest address."""
        return self.segments[0].address if self.segments else 0

    def image(self, origin: int | None = None, fill: int = 0) -> bytes:
        """All segments in one, from *origin* (the lowest address), gaps filled with *fill*.

        Raises :class:`ValueError` where something lies below *origin*, or 64 MiB are too few.
        """
        if not self.segments:
            return b""
        start = self.origin if origin is None else origin
        size = self.segments[-1].end - start
        if self.origin < start:
            raise ValueError(f"code at {self.origin:#x} lies below the image's start {start:#x}")
        if size > MAX_IMAGE:
            raise ValueError(f"segments too far apart for one image: {size} bytes")
        image = bytearray([fill]) * size
        for segment in self.segments:
            image[segment.address - start : segment.end - start] = segment.data
        return bytes(image)

    @cached_property
    def source(self) -> dict[int, tuple[str, int]]:
        """File and line by the address of the first byte that the line made."""
        return {row.address: (row.path, row.line) for row in self.rows if row.data}

    def listing(self) -> str:
        """Addresses, bytes and source, as text; the symbols below."""
        lines = []
        digits = 8 if any(row.address > 0xFFFF for row in self.rows) else 4
        for row in self.rows:
            first = row.data[:_ROW].hex(" ")
            place = f"{row.address:0{digits}x}" if row.data else " " * digits
            lines.append(f"{place}  {first:{3 * _ROW}} {row.line:5} {row.text}".rstrip())
            for at in range(_ROW, min(len(row.data), _SHOWN), _ROW):
                more = row.data[at : at + _ROW].hex(" ")
                lines.append(f"{row.address + at:0{digits}x}  {more}")
            if len(row.data) > _SHOWN:
                lines.append(f"{' ' * digits}  and {len(row.data) - _SHOWN:,} bytes more")
        return "\n".join([*lines, "", self.symbol_table()])

    def symbol_table(self) -> str:
        """``name equ value`` a line, by value: source that another program can include."""
        digits = 8 if any(value > 0xFFFF for value in self.symbols.values()) else 4
        ordered = sorted(self.symbols.items(), key=lambda item: (item[1], item[0]))
        lines = (f"{name} equ {_hex(value, digits)}" for name, value in ordered)
        return "".join(f"{line}\n" for line in lines)


def _hex(value: int, digits: int) -> str:
    return f"{'-' if value < 0 else ''}0x{abs(value):0{digits}x}"
