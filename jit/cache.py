"""Compiled objects on disk, shared by every process of a user and safe against each other.

A file is named by the hash of everything its contents depend on (:func:`key`), carries its own
checksum, and appears by an atomic rename; so a file is whole and right, or it is ignored and made
anew.  The folder is bounded: the least recently used files go first.  An unwritable folder only
costs the time to compile again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import threading
from functools import cache
from importlib import metadata, util
from pathlib import Path

from emucore.files import user_folder
from jit.native import host

#: Bytes that the folder may hold, and the part of them that a process stores between two looks at
#: all of it: each process beside the first may bring it above the limit by so much.
LIMIT = 256 << 20
PART = 16

_OURS = re.compile(r"[0-9a-f]{64}\.(o|\w+\.tmp)")
_MAGIC = b"emucore1"
_DIGEST = 32
_HEAD = len(_MAGIC) + _DIGEST  # bytes of a file before the object

#: Bytes that this process has stored in a folder since it looked at it.
_stored: dict[Path, int] = {}
_lock = threading.Lock()


def folder() -> Path:
    """The cache folder: ``EMUCORE_CACHE``, or the platform's."""
    return user_folder("EMUCORE_CACHE", "cache")


@cache
def sources(*packages: str) -> str:
    """Hash of every Python source of the packages: names and contents."""
    digest = hashlib.sha256()
    for package in packages:
        spec = util.find_spec(package)
        for root in (spec.submodule_search_locations or []) if spec else []:
            for path in sorted(Path(root).rglob("*.py")):
                digest.update(str(path.relative_to(root)).encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _environment() -> str:
    """What else compiled code depends on: host and compilers."""
    versions = [metadata.version(name) for name in ("llvmlite", "numba", "numpy")]
    return "\n".join([*host(), *versions, sources("emucore", "jit")])


def key(*parts: object) -> str:
    """File name for an object made from *parts*, our sources, the host and the compilers."""
    text = repr((_environment(), *map(str, parts)))
    return hashlib.sha256(text.encode()).hexdigest()


def load(name: str) -> bytes | None:
    """The object *name*, or None if there is none that is whole."""
    path = folder() / f"{name}.o"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    image = data[_HEAD:]
    if data[:_HEAD] != _MAGIC + hashlib.sha256(image).digest():
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return image


def store(name: str, image: bytes) -> None:
    """Keep *image* under *name*; without effect where the folder cannot be written."""
    root = folder()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=root, prefix=f"{name}.", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + hashlib.sha256(image).digest() + image)
            os.replace(temporary, root / f"{name}.o")
        except BaseException:
            os.unlink(temporary)
            raise
        if _is_time_to_trim(root, len(image)):
            _trim(root)
    except OSError:
        return


def _is_time_to_trim(root: Path, size: int) -> bool:
    """Count *size* bytes more; whether it is the first time, or enough have come together."""
    with _lock:
        stored = _stored.get(root, LIMIT) + _HEAD + size
        due = stored >= LIMIT // PART
        _stored[root] = 0 if due else stored
        return due


def _trim(root: Path) -> None:
    """Drop the least recently used files, so that there is room until the next time, and what
    crashes left behind.

    Files of other names are none of ours.
    """
    files = []
    for path in root.iterdir():
        if not _OURS.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError):
            status = path.stat()
            files.append((status.st_mtime, status.st_size, path))
    total = 0
    newest = max((time for time, _, _ in files), default=0.0)
    for time, size, path in sorted(files, reverse=True):
        total += size
        stale = path.suffix == ".tmp" and time < newest - 3600
        if total > LIMIT - LIMIT // PART or stale:
            with contextlib.suppress(OSError):
                path.unlink()
