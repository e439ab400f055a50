"""Files that are read whole within bounds and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from emucore.errors import UserError


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

    Readers see the old file or the new one, never a part.  Raises :class:`OSError`.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)  # mkstemp made it private; a normal file is not
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Write *data* to *path*, replacing it in one step.  Raises :class:`OSError`."""
    with replacing(path) as file:
        file.write(data)
