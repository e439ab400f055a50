"""Reading files within bounds, writing them whole or not at all, and the folders of a user."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from emucore.errors import UserError


def user_folder(variable: str, kind: str) -> Path:
    """A folder of the user's: what *variable* of the environment names, else the platform's.

    *kind* is platformdirs' word: ``cache``, ``config``, ``data``.  It need not be there yet.
    """
    named = os.environ.get(variable)
    if named:
        return Path(named)
    import platformdirs

    path: Path = getattr(platformdirs, f"user_{kind}_path")("emucore", appauthor=False)
    return path


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of *path*; :class:`UserError` if there are more than *most*.

    Raises :class:`OSError` where the file cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise UserError(f"{path}: larger than {most:,} bytes")
    return data


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of *path* when the block ends without an exception.

    A reader sees the old file or the new one, after a power failure too.  A link stays a link: what
    it leads to is replaced.  What is no regular file (a pipe, ``/dev/null``) has nothing to be
    kept, and is written to as it stands.  Raises :class:`OSError` where the folder cannot be
    written or the disk is full; nothing is left behind then, nor after an exception in the block.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    new = target.with_name(f".emu-{os.urandom(8).hex()}")
    try:
        with new.open("x+b") as file:  # as any new file: readable for whom the umask says
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            new.chmod(target.stat().st_mode & 0o777)
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
