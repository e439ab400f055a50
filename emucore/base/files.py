"""Reading files within bounds, writing them whole or not at all, and the folders of a user."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import platform
import re
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO

from emucore.base.errors import UserError

if sys.platform != "win32":
    import fcntl

#: What a file that is none is called.
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def user_folder(variable: str, kind: str) -> Path:
    """A folder of the user's: what *variable* of the environment names, else the platform's.

    *kind* is platformdirs' word: ``cache``, ``config``, ``data``, ``pictures``.  It need not be
    there yet.  Who has no home, as in many containers, has a private folder among the temporary
    files.
    """
    named = os.environ.get(variable) if variable else None
    if named:
        return Path(named)
    import platformdirs

    if has_home():
        with contextlib.suppress(RuntimeError, KeyError):
            own = platformdirs.PlatformDirs("emucore", appauthor=False)
            path: Path = getattr(own, f"user_{kind}_path")
            if path.is_absolute():
                return path
    return _without_home() / kind


def has_home() -> bool:
    """Whether this user has a home folder, by the environment or the list of users."""
    return os.path.isabs(os.path.expanduser("~"))


@functools.cache
def _without_home() -> Path:
    """The user's folder among the temporary files; a new one where somebody else has that name."""
    user = getattr(os, "getuid", int)()
    path = Path(tempfile.gettempdir()) / f"emucore-{user}"
    with contextlib.suppress(OSError):
        path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode) and (status.st_uid, status.st_mode & 0o77) == (user, 0):
            return path
    return Path(tempfile.mkdtemp(prefix="emucore-"))


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The regular file *path*, open for reading.

    :class:`UserError` for a pipe or a device, none of which is waited for; :class:`OSError` for a
    folder and for what cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        if not stat.S_ISREG(mode):
            kind = _KINDS.get(stat.S_IFMT(mode), "something else")
            raise UserError(f"{path}: {kind}, not a regular file")
    except BaseException:
        os.close(descriptor)
        raise
    with os.fdopen(descriptor, "rb") as file:
        yield file


_AT_ONCE = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of the regular file *path*; :class:`UserError` if there are more than *most*.

    This is how every file is read that comes from somewhere: see :func:`opened`.
    """
    with opened(path) as file:
        data = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else None
    if data is None or len(data) > most:  # it may grow while it is read
        raise UserError(f"{path}: larger than {most:,} bytes")
    return data


def about(path: Path, error: Exception) -> str:
    """What is wrong with *path*, which is named once."""
    text = str(error)
    return text if text.startswith(f"{path}: ") else f"{path}: {text}"


def read_stream(file: BinaryIO | BufferedIOBase, name: str, most: int) -> bytes:
    """All of a stream; :class:`UserError`, calling it *name*, for more than *most* bytes."""
    data = file.read(most + 1)
    if len(data) > most:
        raise UserError(f"{name}: larger than {most:,} bytes")
    return data


def read_text(path: Path, most: int) -> str:
    """The UTF-8 text in *path*, read by :func:`read_bounded`; :class:`UserError` if it is none."""
    try:
        return read_bounded(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from None


#: New files are called so, by their host: another's locks may not be seen here.
_NEW = f".emu-{zlib.crc32(platform.node().encode()):08x}-"


def _new_beside(target: Path) -> tuple[Path, BinaryIO]:
    """A new file in the folder of *target*, locked for as long as it is open."""
    while True:
        new = target.with_name(_NEW + os.urandom(8).hex())
        file = new.open("x+b")  # as any new file: readable for whom the umask says
        lock(file.fileno(), wait=False)
        if os.fstat(file.fileno()).st_nlink or os.name != "posix":
            return new, file
        file.close()  # it was swept away before it was locked


def _sweep(folder: Path) -> None:
    """Remove the new files that killed processes of this host left behind in *folder*."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if re.fullmatch(re.escape(_NEW) + "[0-9a-f]{16}", name):
                with contextlib.suppress(OSError, UserError), opened(folder / name) as file:
                    if lock(file.fileno(), wait=False):
                        os.unlink(folder / name)


def lock(descriptor: int, *, wait: bool) -> bool | None:
    """Whether the open file is this process's now, until it is closed or the process ends; None
    where files cannot be locked."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of *path* when the block ends without an exception.

    A reader sees the old file or the new one, after a power failure too.  A link stays a link: what
    it leads to is replaced.  What is no regular file (a pipe, ``/dev/null``) has nothing to be
    kept, and is written to as it stands.  Raises :class:`OSError` where the folder cannot be
    written or the disk is full; nothing is left behind then, nor after an exception in the block.
    What a killed process left goes when the next file is written to that folder.
    """
    if path.exists() and not path.is_file():
        try:
            with path.open("wb") as special:
                yield special
        except OSError as error:
            error.filename = error.filename or os.fspath(path)
            raise
        return
    target = Path(os.path.realpath(path))
    _sweep(target.parent)
    try:
        new, file = _new_beside(target)
    except OSError as error:
        error.filename = os.fspath(path)
        raise
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                new.chmod(target.stat().st_mode & 0o777)
            if os.name == "posix":  # while it is locked: others would take it for left behind
                new.replace(target)
        if os.name != "posix":
            new.replace(target)
    except BaseException as error:
        new.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, os.fspath(new)):
            error.filename = os.fspath(path)  # a full disk does not say what was not written
        raise


def write_atomically(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write *data* (text as UTF-8) to *path*: a reader sees the old file or the new one.

    Raises :class:`OSError` where the folder cannot be written; nothing is left behind then.
    """
    with replacing(Path(path)) as file:
        file.write(data.encode() if isinstance(data, str) else data)
