"""Reading files within bounds, writing them whole or not at all, and the folders of a user."""

from __future__ import annotations

import contextlib
import os
import tempfile
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

    A reader sees the old file or the new one, after a power failure too.  Raises :class:`OSError`
    where the folder cannot be written or the disk is full; nothing is left behind then, nor after
    an exception in the block.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException as error:
        os.unlink(name)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = os.fspath(path)  # a full disk does not say what was not written
        raise


def write_atomically(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write *data* (text as UTF-8) to *path*: a reader sees the old file or the new one.

    Raises :class:`OSError` where the folder cannot be written; nothing is left behind then.
    """
    with replacing(Path(path)) as file:
        file.write(data.encode() if isinstance(data, str) else data)
