"""Writing a picture as PNG (ISO/IEC 15948), in the few lines that needs; and how large one is."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emucore.files import opened

MAGIC = b"\x89PNG\r\n\x1a\n"


def png(picture: npt.NDArray[np.uint8]) -> bytes:
    """A PNG file of a (height, width, 3) array of red, green, blue bytes."""
    height, width, _ = picture.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = picture.reshape(height, 3 * width)
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b"")
    return MAGIC + b"".join(_chunk(name, data) for name, data in chunks)


def png_size(path: Path) -> tuple[int, int] | None:
    """Width and height that a PNG file has by its head; None for another file.

    Raises :class:`OSError` where it cannot be read, :class:`UserError` where it is no file.
    """
    with opened(path) as file:
        head = file.read(24)
    if len(head) < 24 or head[:8] != MAGIC or head[12:16] != b"IHDR":
        return None
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:], "big")


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return len(data).to_bytes(4, "big") + name + data + check.to_bytes(4, "big")
