"""The arena: everything a machine holds, in one flat buffer laid out by name at build time.

Each field belongs to a section.  ``state`` is what the machine can change by running: it is hashed,
saved and compared.  ``output`` is the picture and what only drawing needs: a file has it too, and
all else is the same without it; ``heard`` are samples on their way to the host.  ``const`` (ROM,
tables of the address map) is fixed by the description and the media.  ``derived`` (page tables,
deadlines, host pointers) follows from the others and is rebuilt after a load.  ``content`` is what
is in a slot: its identity is state, and so are the units of it that were written
(:mod:`emucore.board.slot`).  Offsets, never addresses, link one field to another.
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
        sections = [
            _join([f for f in self.fields.values() if f.section == section])
            for section in ("state", "output")
        ]
        self._segments, self._outputs = sections

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
        other._outputs = self._outputs
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

    def outputs(self) -> bytes:
        """The bytes of the output section."""
        return b"".join(self.memory[a:b] for a, b in self._outputs)

    def with_state(
        self, data: bytes | memoryview, outputs: bytes | None = None
    ) -> npt.NDArray[np.uint8]:
        """What :attr:`bytes` would be with the state that :meth:`state` gave, and the outputs
        of :meth:`outputs` (None: those that there are).

        :class:`ValueError` if the size differs, :class:`MachineError` for one with a medium that is
        not known any more.
        """
        image = self.bytes.copy()
        at = _put(image, self._segments, data)
        for sheet in self.sheets:
            at = self._put_units(image, sheet, data, at)
        if at != len(data) or (
            outputs is not None and _put(image, self._outputs, outputs) != len(outputs)
        ):
            raise ValueError("a state of another machine")
        return image

    def _put_units(
        self, image: npt.NDArray[np.uint8], sheet: Sheet, data: bytes | memoryview, at: int
    ) -> int:
        """Have the medium that *image* has in *sheet* be there, and the units of it that were
        written, which *data* has from *at* on; where they end in it."""
        units = sheet.marked(image)
        end = at + len(units) * sheet.unit
        if end > len(data):
            raise ValueError("a state of another machine")
        identity = sheet.identified(image)
        before = sheet.identified(self.bytes)
        if identity != before or len(units) or len(sheet.marked(self.bytes)):
            self._fill(image, sheet, identity)
            rows = np.frombuffer(data[at:end], np.uint8)
            sheet.units(image)[units] = rows.reshape(-1, sheet.unit)
        return end

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


def _put(
    image: npt.NDArray[np.uint8], segments: list[tuple[int, int]], data: bytes | memoryview
) -> int:
    """Have *segments* of *image* be what *data* begins with; where that ends in it."""
    if len(data) < sum(b - a for a, b in segments):
        raise ValueError("a state of another machine")
    at = 0
    for a, b in segments:
        image.data[a:b] = data[at : at + b - a]
        at += b - a
    return at


def _join(fields: list[ArenaField]) -> list[tuple[int, int]]:
    """Byte ranges of *fields* in order of offset, neighbours joined."""
    segments: list[tuple[int, int]] = []
    for field in sorted(fields, key=lambda f: f.offset):
        if segments and segments[-1][1] >= field.offset:
            segments[-1] = (segments[-1][0], max(field.end, segments[-1][1]))
        else:
            segments.append((field.offset, field.end))
    return segments
