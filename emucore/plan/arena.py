"""The arena: everything a machine holds, in one flat buffer laid out by name at build time.

Each field belongs to a section.  ``state`` is what the machine can change by running: it is hashed,
saved and compared.  ``const`` (ROM, tables of the address map) is fixed by the description and the
media.  ``derived`` (page tables, deadlines, host pointers) follows from the other two and is
rebuilt after a load.  ``content`` is what is in a slot: its identity is state, and so are the units
of it that were written (:mod:`emucore.board.slot`).  Offsets, never addresses, link one field to
another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.base.errors import MachineError
from emucore.base.medium import NOTHING, Medium

ALIGN = 64


@dataclass(frozen=True)
class ArenaField:
    """A named piece of the buffer; ``dtype`` includes its shape."""

    name: str
    offset: int
    dtype: np.dtype[Any]
    section: str

    @property
    def end(self) -> int:
        """Offset behind it."""
        return self.offset + self.dtype.itemsize


@dataclass(frozen=True)
class Sheet:
    """Where the medium in the slot *name* lies: its content, its identity, and the marks of its
    units (of *unit* bytes each) that were written; None where none can be."""

    name: str
    content: ArenaField
    identity: ArenaField
    written: ArenaField | None
    unit: int

    def units(self, memory: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The content in *memory*, a row for each unit."""
        return memory[self.content.offset : self.content.end].reshape(-1, self.unit)

    def marked(self, memory: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
        """Numbers of the units that were written."""
        if self.written is None:
            return np.zeros(0, np.intp)
        return np.flatnonzero(memory[self.written.offset : self.written.end])

    def identified(self, memory: npt.NDArray[np.uint8]) -> bytes:
        """The medium's identity; zeros for none."""
        return memory[self.identity.offset : self.identity.end].tobytes()


class Layout:
    """Collects fields and gives them offsets."""

    def __init__(self) -> None:
        self.fields: dict[str, ArenaField] = {}
        self.media: list[Sheet] = []
        self.size = 0

    def add(
        self,
        name: str,
        dtype: npt.DTypeLike,
        section: str,
        *,
        at: int | None = None,
        align: int = ALIGN,
    ) -> ArenaField:
        """Place a field behind the last one, or at offset *at* inside a piece reserved before."""
        if name in self.fields:
            raise ValueError(f"arena field {name} twice")
        kind = np.dtype(dtype)
        offset = -(-self.size // align) * align if at is None else at
        field = self.fields[name] = ArenaField(name, offset, kind, section)
        self.size = max(self.size, field.end)
        return field


class Arena:
    """A buffer of a layout: ``arena["video.pixels"]`` is a numpy view, ``memory`` all bytes."""

    def __init__(self, layout: Layout) -> None:
        self.fields = layout.fields
        self.sheets = layout.media
        #: The media that may be in its slots, by identity; those of clones too.
        self.known: dict[bytes, Medium] = {}
        self._allocate(-(-layout.size // 8) * 8)
        self._segments = _join([f for f in self.fields.values() if f.section == "state"])

    def _allocate(self, size: int) -> None:
        raw = np.zeros(size + ALIGN, np.uint8)
        skip = -raw.ctypes.data % ALIGN
        self.bytes: npt.NDArray[np.uint8] = raw[skip : skip + size]
        self.memory = self.bytes.data
        self.address: int = self.bytes.ctypes.data

    def copy(self) -> Arena:
        """Another arena with the same contents in every section."""
        other = object.__new__(Arena)
        other.fields, other._segments = self.fields, self._segments
        other.sheets, other.known = self.sheets, self.known
        other._allocate(len(self.bytes))
        other.bytes[:] = self.bytes
        return other

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        field = self.fields[name]
        base, shape = field.dtype.subdtype or (field.dtype, ())
        piece = self.bytes[field.offset : field.end].view(base)
        return piece.reshape(shape) if shape else piece

    def state(self) -> bytes:
        """The bytes of the state section, and behind them the units of media that were written."""
        return b"".join([*(self.memory[a:b] for a, b in self._segments), *self._units()])

    def _units(self) -> Iterator[bytes]:
        for sheet in self.sheets:
            yield sheet.units(self.bytes)[sheet.marked(self.bytes)].tobytes()

    def with_state(self, data: bytes | memoryview) -> npt.NDArray[np.uint8]:
        """What :attr:`bytes` would be with the state that :meth:`state` gave.

        :class:`ValueError` if the size differs, :class:`MachineError` for one with a medium that is
        not known any more.
        """
        at = sum(b - a for a, b in self._segments)
        if len(data) < at or (len(data) > at and not self.sheets):
            raise ValueError("a state of another machine")
        image, end = self.bytes.copy(), len(data)
        at = 0
        for a, b in self._segments:
            image.data[a:b] = data[at : at + b - a]
            at += b - a
        for sheet in self.sheets:
            units = sheet.marked(image)
            size = len(units) * sheet.unit
            if at + size > end:
                raise ValueError("a state of another machine")
            identity = sheet.identified(image)
            before = sheet.identified(self.bytes)
            if identity != before or len(units) or len(sheet.marked(self.bytes)):
                self._fill(image, sheet, identity)
                rows = np.frombuffer(data[at : at + size], np.uint8)
                sheet.units(image)[units] = rows.reshape(-1, sheet.unit)
            at += size
        if at != end:
            raise ValueError("a state of another machine")
        return image

    def fill(self, sheet: Sheet) -> None:
        """Have the medium that is identified in *sheet* be there as it was made."""
        self._fill(self.bytes, sheet, sheet.identified(self.bytes))

    def _fill(self, image: npt.NDArray[np.uint8], sheet: Sheet, identity: bytes) -> None:
        content = b""
        if identity != NOTHING:
            if identity not in self.known:
                what = f"SHA-256 {identity.hex()[:12]}…"
                raise MachineError(f"{sheet.name}: what this state has in it is not here ({what})")
            content = self.known[identity].content
        whole = image.data[sheet.content.offset : sheet.content.end]
        whole[: len(content)] = content
        whole[len(content) :] = bytes(len(whole) - len(content))

    def set_state(self, data: bytes | memoryview) -> None:
        """Put back what :meth:`state` gave, at once; :class:`ValueError` if the size differs."""
        self.bytes[:] = self.with_state(data)

    def sha256(self) -> str:
        """Hash of the state section, in hexadecimal."""
        digest = hashlib.sha256()
        for a, b in self._segments:
            digest.update(self.memory[a:b])
        for units in self._units():
            digest.update(units)
        return digest.hexdigest()


def _join(fields: list[ArenaField]) -> list[tuple[int, int]]:
    """Byte ranges of *fields* in order of offset, neighbours joined."""
    segments: list[tuple[int, int]] = []
    for field in sorted(fields, key=lambda f: f.offset):
        if segments and segments[-1][1] >= field.offset:
            segments[-1] = (segments[-1][0], max(field.end, segments[-1][1]))
        else:
            segments.append((field.offset, field.end))
    return segments
