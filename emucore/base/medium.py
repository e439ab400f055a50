"""A medium: what is put into a machine's slot, a cartridge, a disk or a tape, as bytes.

Its identity is the SHA-256 of its content, which is what a machine can read of it: without the
header that a file of it may have, and whatever the file is called.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from emucore.base.errors import UserError, plain
from emucore.base.files import read_bounded

#: What there is to put into slots.
KINDS = ("cartridge", "disk", "tape")
#: The identity of nothing, in an empty slot.
NOTHING = bytes(32)


@dataclass(frozen=True)
class Medium:
    """*content* as it was made, and the pieces of it that were *written* since: offset and bytes.

    ``head`` and ``tail`` are what a file of it has before and behind the content, ``source`` that
    file, or the zip or folder that it is *inside*.  A *protected* one is not written to; a
    *through* one is written into its own file.
    """

    content: bytes
    name: str = ""
    kind: str = ""
    written: tuple[tuple[int, bytes], ...] = ()
    protected: bool = False
    head: bytes = b""
    tail: bytes = b""
    source: Path | None = None
    inside: bool = False
    through: bool = False

    @cached_property
    def identity(self) -> bytes:
        """SHA-256 of the content as it was made."""
        return hashlib.sha256(self.content).digest()

    @property
    def sha256(self) -> str:
        """The same in hexadecimal."""
        return self.identity.hex()

    @cached_property
    def sha1(self) -> str:
        """SHA-1 of the content as it was made, in hexadecimal."""
        return hashlib.sha1(self.content, usedforsecurity=False).hexdigest()

    @cached_property
    def crc32(self) -> int:
        """CRC-32 of the content as it was made."""
        return zlib.crc32(self.content)

    @cached_property
    def key(self) -> str:
        """A hash that tells it from every other medium, as it is now."""
        if not self.written and not self.protected:
            return self.sha256
        digest = hashlib.sha256(self.identity + bytes((self.protected,)))
        for at, data in self.written:
            digest.update(f":{at}:{len(data)}:".encode() + data)
        return digest.hexdigest()

    def now(self) -> bytes:
        """The content as it is now."""
        content = bytearray(self.content)
        for at, data in self.written:
            data = data[: max(0, len(content) - at)]  # the last unit may be a part only
            content[at : at + len(data)] = data
        return bytes(content)

    def file(self) -> bytes:
        """A whole file of it as it is now."""
        return self.head + self.now() + self.tail

    @property
    def where(self) -> str:
        """Where it came from, in messages."""
        if self.source is None:
            return self.called()
        return f"{self.source}: {plain(self.name)}" if self.inside else str(self.source)

    def called(self) -> str:
        """What it is called in messages."""
        return f"{self.name or self.kind or 'a medium'!r:.60} (SHA-256 {self.sha256[:12]}…)"

    def with_writes(self, written: tuple[tuple[int, bytes], ...]) -> Medium:
        """The same medium with other pieces written."""
        return replace(self, written=written)


def read_medium(path: Path, kind: str, most: int) -> Medium:
    """The file *path* of at most *most* bytes, all of it content; its name is the file's.

    Raises :class:`UserError` for what is none or empty, :class:`OSError` where it cannot be read.
    """
    content = read_bounded(path, most)
    if not content:
        raise UserError(f"{path}: empty, no {kind}")
    return Medium(content, path.name, kind, source=path)
