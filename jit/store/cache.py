"""Compiled objects on disk, shared by every process of a user and safe against each other.

What is in the files is machine code, so they are used only from a folder that nobody else may write
(:mod:`jit.store.private`), and only if their keyed check is right: the key is a secret beside the
settings.  A file is named by the hash of everything its contents depend on (:func:`key`), and
appears by an atomic rename; so a file is whole, ours and right, or it is ignored and made anew.
The folder is bounded: the least recently used files go first.  Where there can be no cache, that
costs the time to compile again, and is said once.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import sys
import time
from functools import cache
from importlib import metadata, util
from pathlib import Path

from emucore.base.errors import UserError
from emucore.base.files import lock, user_folder
from jit.base import forks
from jit.llvm.native import host
from jit.store.private import Folder, Refused
from jit.store.private import folder as private_folder

#: Bytes that the folder may hold, and the part of them that a process stores between two looks at
#: all of it: each process beside the first may bring it above the limit by so much.
LIMIT = 256 << 20
PART = 16
#: Bytes that a file may have.
MOST = 64 << 20
#: Seconds after which what a process was writing is taken for left behind, where files cannot be
#: locked.
STALE = 3600.0

_WHOLE = re.compile(r"[0-9a-f]{64}\.o")
_PART = re.compile(r"[0-9a-f]{64}\.\w+\.tmp")
_MAGIC = b"emucore2"
_DIGEST = 32
_HEAD = len(_MAGIC) + _DIGEST  # bytes of a file before the object
_SECRET, _SECRET_BYTES = "cache.key", 32

#: Bytes that this process has stored in a folder since it looked at it.
_stored: dict[Path, int] = {}
#: Secrets by the folders that they are in, and cache folders that were swept.
_secrets: dict[Path, bytes] = {}
_swept: set[Path] = set()
_said = False
_lock = forks.lock(forks.Order.DISK)


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
    """The object *name*, or None if there is none that is whole and ours."""
    with _lock:
        try:
            secret = _secret()
            with private_folder(folder()) as here:
                _sweep_once(here)
                with contextlib.suppress(OSError):  # whatever it is, it is no object of ours
                    return _checked(here, name, secret)
        except FileNotFoundError:
            pass
        except (OSError, UserError) as error:
            _say(error)
    return None


def _checked(here: Folder, name: str, secret: bytes) -> bytes | None:
    data = here.read(f"{name}.o", MOST)
    image = data[_HEAD:]
    if not hmac.compare_digest(data[:_HEAD], _head(secret, name, image)):
        return None
    here.touch(f"{name}.o")
    return image


def _head(secret: bytes, name: str, image: bytes) -> bytes:
    """What the file of *image* begins with, if it is of that name."""
    check = hmac.new(secret, name.encode(), "sha256")
    check.update(image)
    return _MAGIC + check.digest()


def store(name: str, image: bytes) -> None:
    """Keep *image* under *name*; without effect where the folder cannot be written."""
    with _lock:
        try:
            data = _head(_secret(), name, image) + image
            with private_folder(folder(), make=True) as here:
                _sweep_once(here)
                _write(here, name, data)
                if _is_time_to_trim(here.path, len(data)):
                    _trim(here)
        except (OSError, UserError) as error:
            _say(error)


def is_writable() -> bool:
    """Whether an object that another process stores will be found here."""
    with _lock:
        try:
            _secret()
            with private_folder(folder(), make=True) as here:
                return os.access(here.path, os.W_OK)
        except (OSError, UserError):
            return False


def _write(here: Folder, name: str, data: bytes) -> None:
    """It is locked while it is not whole, so that what a killed process leaves behind is known."""
    for _ in range(3):
        part = f"{name}.{os.urandom(8).hex()}.tmp"
        descriptor = here.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with open(descriptor, "wb") as file:
                lock(descriptor, wait=False)
                file.write(data)
            here.replace(part, f"{name}.o")
        except FileNotFoundError:  # another swept it away before it was locked
            continue
        except BaseException:
            with contextlib.suppress(OSError):
                here.remove(part)
            raise
        return


def _say(error: OSError | UserError) -> None:
    """Say, once, that there is no cache, why, and what that costs."""
    global _said
    if _said:
        return
    _said = True
    reason = str(error)
    if isinstance(error, OSError) and error.strerror:
        reason = f"{error.strerror}: {error.filename or folder()}"
    reason = "".join(c if c.isprintable() else repr(c)[1:-1] for c in reason)
    with contextlib.suppress(Exception):  # there may be no standard error
        print(
            f"emu: warning: no cache of compiled code: {reason}; every start compiles anew, which "
            "takes seconds (EMUCORE_CACHE and EMUCORE_CONFIG name other folders)",
            file=sys.stderr,
            flush=True,
        )


# -- the secret -----------------------------------------------------------------------------------


def _secret() -> bytes:
    """This user's, from beside the settings; made if there is none."""
    path = user_folder("EMUCORE_CONFIG", "config").absolute()
    if path not in _secrets:
        with private_folder(path, make=True, group=True) as here:
            _secrets[path] = _read_secret(here) or _new_secret(here)
    return _secrets[path]


def _read_secret(here: Folder) -> bytes | None:
    """None if there is none; one that others could read or write goes."""
    try:
        descriptor = here.open(_SECRET, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except Refused:
        here.remove(_SECRET)
        return None
    with open(descriptor, "rb") as file:
        if os.name == "posix" and os.fstat(descriptor).st_mode & 0o077:
            here.remove(_SECRET)
            return None
        found = file.read(_SECRET_BYTES + 1)
    return found if len(found) == _SECRET_BYTES and any(found) else None


def _new_secret(here: Folder) -> bytes:
    """The first process to lock the file writes it, and so does one after it if it was killed."""
    descriptor = here.open(_SECRET, os.O_RDWR | os.O_CREAT)
    with open(descriptor, "r+b", buffering=0) as file:
        lock(descriptor, wait=True)
        found = file.read(_SECRET_BYTES + 1) or b""
        if len(found) != _SECRET_BYTES or not any(found):
            found = os.urandom(_SECRET_BYTES)
            file.seek(0)
            file.truncate()
            file.write(found)
            os.fsync(descriptor)
    return found


# -- what is dropped ------------------------------------------------------------------------------


def _sweep_once(here: Folder) -> None:
    """Drop what killed processes left behind, when this process first comes."""
    if here.path in _swept:
        return
    _swept.add(here.path)
    for name in here.names():
        if _PART.fullmatch(name):
            with contextlib.suppress(OSError):
                if _is_left_behind(here, name):
                    here.remove(name)


def _is_left_behind(here: Folder, name: str) -> bool:
    """Whether nobody writes it any more."""
    try:
        descriptor = here.open(name, os.O_RDONLY)
    except Refused:
        return True
    try:
        free = lock(descriptor, wait=False)
        age = time.time() - os.fstat(descriptor).st_mtime
        return age > STALE if free is None else free
    finally:
        os.close(descriptor)


def _is_time_to_trim(root: Path, size: int) -> bool:
    """Count *size* bytes more; whether it is the first time, or enough have come together."""
    stored = _stored.get(root, LIMIT) + size
    due = stored >= LIMIT // PART
    _stored[root] = 0 if due else stored
    return due


def _trim(here: Folder) -> None:
    """Drop the least recently used files, so that there is room until the next time.

    Files of other names are none of ours.
    """
    files = []
    for name in here.names():
        if _WHOLE.fullmatch(name):
            with contextlib.suppress(OSError):
                status = here.status(name)
                files.append((status.st_mtime, status.st_size, name))
    total = 0
    for _, size, name in sorted(files, reverse=True):
        total += size
        if total > LIMIT - LIMIT // PART:
            with contextlib.suppress(OSError):
                here.remove(name)
