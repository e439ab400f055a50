"""What of a board outlasts power-off: bytes that a battery keeps, and clocks that it has go on."""

from __future__ import annotations

from dataclasses import dataclass

from emucore.base.medium import Medium
from emucore.board.address_map import Memory
from emucore.device import Device


@dataclass(frozen=True)
class Kept:
    """*size* bytes of *memory* from *start* that outlast power-off; see
    :mod:`emucore.history.nvram`.

    ``fresh`` is what a program makes of them when it begins, and only that is replaced by what was
    kept; without it, as where a battery keeps them, they are there from power-on.  ``medium`` names
    the medium that has the battery, if it is not the board.
    """

    memory: Memory
    start: int
    size: int
    fresh: bytes = b""
    medium: str = ""


@dataclass(frozen=True)
class KeptClock:
    """Scalar fields of *device* that a battery has go on; its function *passed*, called with
    seconds and time, is told how long the power was off.  ``medium`` is as in :class:`Kept`."""

    device: Device
    registers: tuple[str, ...]
    passed: str
    medium: str = ""


def battery(medium: Medium | None) -> str:
    """What the file of a medium's battery is called, whatever the board."""
    return "" if medium is None else f"{medium.kind}-{medium.sha256[:24]}"
