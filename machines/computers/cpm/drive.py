"""Drive A: one folder of the host, and nothing outside it.

A file is visible if its name is a CP/M name in either case (eight letters, a dot, three), and it is
a regular file whose real path, links resolved, is in the folder.  Names that come from programs
are looked up among those; none is ever handed to the host as a path.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

RECORD = 128
#: The most a CP/M 2.2 file can have: 8 MiB.
RECORDS_MOST = 65536
EOF = b"\x1a"

# Printable, and neither a delimiter of CP/M's command line nor special to a host's file system.
_CHAR = r"[!#-)+\-0-9@A-Z^-z{}~]"
_NAME = re.compile(rf"({_CHAR}{{1,8}})(?:\.({_CHAR}{{0,3}}))?", re.IGNORECASE)
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])", re.IGNORECASE)  # on Windows


def cpm_name(host: str) -> bytes | None:
    """The 11 bytes of a directory entry for a host's file name; None if it cannot be one."""
    match = _NAME.fullmatch(host)
    if not host.isascii() or match is None or _DEVICES.fullmatch(match[1]):
        return None
    stem, extension = match[1].upper(), (match[2] or "").upper()
    return f"{stem:8}{extension:3}".encode()


def host_name(name: bytes) -> str | None:
    """The host's name for a new file of 11-byte *name*; None if that is no proper name."""
    text = name.decode("latin-1")
    stem, extension = text[:8].rstrip(" "), text[8:].rstrip(" ")
    host = f"{stem}.{extension}" if extension else stem
    return host if cpm_name(host) == name else None


class Drive:
    """The files of *folder*.  Methods raise :class:`OSError` for what the host refuses."""

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        self.root = Path(os.path.realpath(folder))
        self.writable = writable

    def files(self) -> dict[bytes, Path]:
        """Paths in the folder by 11-byte name, in order of name.

        Of host names that differ in case only, the first in ASCII order is taken.
        """
        found: dict[bytes, Path] = {}
        for entry in sorted(os.scandir(self.root), key=lambda e: e.name):
            name = cpm_name(entry.name)
            if name is not None and name not in found and self._real(Path(entry.path)):
                found[name] = Path(entry.path)
        return dict(sorted(found.items()))

    def find(self, name: bytes) -> Path | None:
        """The path in the folder of the file *name*, or None."""
        return self.files().get(name)

    def _real(self, path: Path) -> Path | None:
        """The regular file that *path* leads to, if that is in the folder."""
        real = Path(os.path.realpath(path))
        return real if real.is_relative_to(self.root) and real.is_file() else None

    def _open(self, path: Path, flags: int) -> int:
        real = self._real(path)
        if real is None:
            raise FileNotFoundError(path)
        return os.open(real, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))

    @staticmethod
    def records(path: Path) -> int:
        """Length of a file in records, the last maybe begun only."""
        return min(RECORDS_MOST, -(-path.stat().st_size // RECORD))

    def read(self, path: Path, record: int) -> bytes:
        """One record, filled up with ^Z; empty behind the end."""
        descriptor = self._open(path, os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as file:
            file.seek(record * RECORD)
            data = file.read(RECORD)
        return data.ljust(RECORD, EOF) if data else b""

    def write(self, path: Path, record: int, data: bytes) -> None:
        """Put one record; a file that ended within a record before is filled up with ^Z there."""
        descriptor = self._open(path, os.O_RDWR)
        with os.fdopen(descriptor, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size % RECORD and record * RECORD > size:
                file.write(EOF * (RECORD - size % RECORD))
            file.seek(record * RECORD)
            file.write(data)

    def make(self, name: bytes) -> Path:
        """A new empty file; :class:`OSError` if it is there already or has no proper name."""
        path = self._new(name)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(path, flags, 0o666))
        return path

    def rename(self, path: Path, name: bytes) -> None:
        """Give a file another name; :class:`OSError` if that is taken or not proper."""
        os.rename(path, self._new(name))

    def _new(self, name: bytes) -> Path:
        """The path for a file *name*; nothing may have that name, not even something unseen."""
        host = host_name(name)
        if host is None:
            raise FileNotFoundError(f"no file can be called {name!r}")
        if any(cpm_name(entry) == name for entry in os.listdir(self.root)):
            raise FileExistsError(host)
        return self.root / host
