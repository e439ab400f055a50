"""Interrupting Python anywhere, as Ctrl-C does: at the n-th moment at which it might."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class Stop(BaseException):
    """What comes out of nowhere."""


def moments(do: Callable[[], object]) -> int:
    """How many there are while *do* is done: as a function begins, and behind a built-in one.

    CPython looks for signals there, and where a loop goes back; between them it does not.
    """
    return _until(do, -1)


def interrupt(do: Callable[[], object], moment: int) -> bool:
    """Do *do*, and raise :class:`Stop` in it at that *moment*; whether it came to that."""
    try:
        _until(do, moment)
    except Stop:
        return True
    return False


def _until(do: Callable[[], object], last: int) -> int:
    found = 0

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal found
        generator = frame.f_code.co_flags & inspect.CO_GENERATOR  # which may be closed only
        if event in ("call", "c_return") and not generator:
            found += 1
            if found == last:
                sys.setprofile(None)
                raise Stop

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        do()
    finally:
        sys.setprofile(before)
    return found
