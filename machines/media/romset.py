"""Media from the host: bounded reading of files, folders and zips, and ROM sets found by hash.

A ROM is recognised by its CRC-32 and SHA-1, never by its name, which only appears in messages.
What is wrong with them is a :class:`MachineError` of one line that names what was looked for and
where; :class:`OSError` is raised for what the host cannot read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from emucore.base.errors import UserError
from emucore.base.files import opened, read_bounded
from emucore.machine import MachineError

if TYPE_CHECKING:
    from zipfile import ZipFile

#: Files of a folder or zip beyond this number are refused: it is no set of ROMs.
MOST_FILES = 1000
#: So is a zip beyond this size, in bytes.
MOST_BYTES = 64 << 20

#: And one whose list of files has more bytes.
DIRECTORY_MOST = 1 << 20

#: A zip's end-of-directory record, the locator of a large one's, and the most behind the former.
_END, _END_64, _END_MOST = b"PK\x05\x06", b"PK\x06\x07", 0xFFFF + 22 + 20
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class Rom:
    """One chip of a set: its usual name, contents, and where they belong in the memory."""

    name: str
    at: int
    size: int
    crc32: int
    sha1: str

    def __str__(self) -> str:
        return f"{self.name} ({self.size:,} bytes, CRC {self.crc32:08x})"

    def is_(self, data: bytes) -> bool:
        """Whether *data* are its contents."""
        return (
            len(data) == self.size
            and zlib.crc32(data) == self.crc32
            and hashlib.sha1(data, usedforsecurity=False).hexdigest() == self.sha1
        )


@dataclass(frozen=True)
class RomSet:
    """The ROMs of a game."""

    name: str
    title: str
    roms: tuple[Rom, ...]


def is_set(path: Path) -> bool:
    """Whether *path* is what ROM sets come in: a folder or a zip."""
    if path.is_dir():
        return True
    with _opened(path) as file:
        return file.read(4) in _ZIP_MAGIC


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most *limit*."""
    with _opened(path):
        return read_bounded(path, limit)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file *path*; whatever is wrong with it is a :class:`MachineError`."""
    try:
        with opened(path) as file:
            yield file
    except FileNotFoundError:
        raise MachineError(f"{path}: no such file or folder") from None
    except UserError as error:
        raise MachineError(str(error)) from None


def read_files(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of at most *limit* bytes in a folder or zip."""
    return _folder(path, limit) if path.is_dir() else _zip(path, limit)


def _folder(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    found = sorted(p for p in path.iterdir() if p.is_file())
    if len(found) > MOST_FILES:
        raise MachineError(f"{path}: more than {MOST_FILES} files")
    for file in found:
        if file.stat().st_size <= limit:
            yield file.name, read_bounded(file, limit)


def _zip(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    import zipfile  # only here: it is slow to import

    try:
        with _opened(path) as packed, _archive(path, packed) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            if len(entries) > MOST_FILES:
                raise MachineError(f"{path}: more than {MOST_FILES} files")
            for entry in entries:
                if entry.file_size > limit:
                    continue
                if entry.flag_bits & 1:
                    raise MachineError(f"{path}: {entry.filename!r:.80} is encrypted")
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    # others may ask for gigabytes before the first byte is out
                    raise MachineError(f"{path}: {entry.filename!r:.80} is not deflated")
                with archive.open(entry) as file:
                    data = file.read(limit + 1)  # whatever size the directory claims
                if len(data) <= limit:
                    yield entry.filename, data
    except MachineError:
        raise
    except Exception as error:  # zipfile lets nearly any kind through from a damaged archive
        raise MachineError(f"{path}: a damaged or unknown zip ({error})") from None


def _archive(path: Path, packed: BinaryIO) -> ZipFile:
    """The zip in the file *packed*, if it and its directory may be read.

    The directory's size is in the record at the file's end; all that may be taken for that is
    looked at.
    """
    from zipfile import ZipFile

    size = packed.seek(0, os.SEEK_END)
    if size > MOST_BYTES:
        raise MachineError(f"{path}: larger than {MOST_BYTES:,} bytes")
    packed.seek(max(0, size - _END_MOST))
    end = packed.read()
    at = end.find(_END)
    while at >= 0:
        size = int.from_bytes(end[at + 12 : at + 16], "little")
        if size > DIRECTORY_MOST or end[at - 20 : at - 16] == _END_64:
            raise MachineError(f"{path}: its directory is too large for a set of ROMs")
        at = end.find(_END, at + 1)
    return ZipFile(packed)


def find_set(path: Path, sets: Sequence[RomSet]) -> tuple[RomSet, list[bytes]]:
    """The set in the folder or zip *path*, and its ROMs' contents in the set's order.

    Where none is complete, the error names what the nearest one lacks.
    """
    largest = max(rom.size for s in sets for rom in s.roms)
    files = list(read_files(path, largest))
    best, missing = None, list[Rom]()
    for candidate in sets:
        found = [next((d for _, d in files if rom.is_(d)), None) for rom in candidate.roms]
        whole = [data for data in found if data is not None]
        if len(whole) == len(found):
            return candidate, whole
        lacks = [r for r, data in zip(candidate.roms, found, strict=True) if data is None]
        if best is None or len(lacks) < len(missing):
            best, missing = candidate, lacks
    assert best is not None
    raise MachineError(f"{path}: {_complaint(best, missing, files)}")


def _complaint(best: RomSet, missing: list[Rom], files: list[tuple[str, bytes]]) -> str:
    """What *best* lacks; a file of the right name with other contents is called bad."""
    by_name = {Path(name).name.lower(): data for name, data in files}
    parts = []
    for rom in missing:
        data = by_name.get(rom.name.lower())
        if data is None:
            parts.append(f"{rom} is missing")
        else:
            parts.append(f"{rom} is bad: {len(data):,} bytes, CRC {zlib.crc32(data):08x}")
    looked = f"{len(files)} file{'s' if len(files) != 1 else ''} looked at"
    return f"no complete set of {best.name!r}: {'; '.join(parts)} ({looked}, by CRC-32 and SHA-1)"
