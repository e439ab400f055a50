"""Pictures in files: PNG, and how large one is."""

from __future__ import annotations

from pathlib import Path

from emucore.base.files import opened, write_atomically
from emucore.base.png import MAGIC, png
from emucore.machine import Machine

__all__ = ["png", "png_size", "screenshot"]


def screenshot(machine: Machine, folder: Path) -> Path:
    """Write the picture as the first of NAME-0001.png, NAME-0002.png … that is not in *folder*.

    Raises :class:`OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (path := folder / f"{machine.board.name}-{number:04}.png").exists():
        number += 1
    write_atomically(path, png(machine.screen))
    return path


def png_size(path: Path) -> tuple[int, int] | None:
    """Width and height that a PNG file has by its head; None for another file.

    Raises :class:`OSError` where it cannot be read, :class:`UserError` where it is no file.
    """
    with opened(path) as file:
        head = file.read(24)
    if len(head) < 24 or head[:8] != MAGIC or head[12:16] != b"IHDR":
        return None
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:], "big")
