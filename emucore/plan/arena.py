"""The arena: everything a machine holds, in one flat buffer laid out by name at build time.

Each field belongs to a section.  ``state`` is what the machine can change by running: it is hashed,
saved and compared.  ``output`` is the picture and what only drawing needs: a file has it too, and
all else is the same without it; ``heard`` are samples on their way to the host.  ``const`` (ROM,
tables of the address map) is fixed by the description and the media.  ``derived`` (page tables,
deadlines, host pointers) follows from the others and is rebuilt after a load.  Offsets, never
addresses, link one field to another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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


class Layout:
    """Collects fields and gives them offsets."""

    def __init__(self) -> None:
        self.fields: dict[str, ArenaField] = {}
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
        other._allocate(len(self.bytes))
        other.bytes[:] = self.bytes
        return other

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        field = self.fields[name]
        base, shape = field.dtype.subdtype or (field.dtype, ())
        piece = self.bytes[field.offset : field.end].view(base)
        return piece.reshape(shape) if shape else piece

    def state(self) -> bytes:
        """The bytes of the state section."""
        return b"".join(self.memory[a:b] for a, b in self._segments)

    def outputs(self) -> bytes:
        """The bytes of the output section."""
        return b"".join(self.memory[a:b] for a, b in self._outputs)

    def with_state(
        self, data: bytes | memoryview, outputs: bytes | None = None
    ) -> npt.NDArray[np.uint8]:
        """What :attr:`bytes` would be with the state section that :meth:`state` gave, and the
        outputs of :meth:`outputs` (None: those that there are).

        :class:`ValueError` if the size differs.
        """
        image = self.bytes.copy()
        for segments, whole in ((self._segments, data), (self._outputs, outputs)):
            if whole is None:
                continue
            if len(whole) != sum(b - a for a, b in segments):
                raise ValueError("a state of another machine")
            at = 0
            for a, b in segments:
                image.data[a:b] = whole[at : at + b - a]
                at += b - a
        return image

    def set_state(self, data: bytes | memoryview) -> None:
        """Put back what :meth:`state` gave, at once; :class:`ValueError` if the size differs."""
        self.bytes[:] = self.with_state(data)

    def sha256(self) -> str:
        """Hash of the state section, in hexadecimal."""
        digest = hashlib.sha256()
        for a, b in self._segments:
            digest.update(self.memory[a:b])
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
