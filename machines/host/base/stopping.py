"""Signals that end a program: Ctrl-C, ``kill``, a terminal that is closed.

They come at any time, and what was asked for is to be written nevertheless.  Exit codes are those
of a shell: 128 and the signal's number.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

Handler = Callable[[int, FrameType | None], None]

#: The signals, as far as the host has them.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Stopped(KeyboardInterrupt):
    """A signal asks the program to end, with the exit code ``code``."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


@contextlib.contextmanager
def handled(handler: Handler) -> Iterator[None]:
    """Let *handler* take the signals, except those that are ignored, until the block ends."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        for number, old in before.items():
            if old not in (signal.SIG_IGN, None):
                signal.signal(number, handler)
        yield
    finally:
        for number, old in before.items():
            if old not in (signal.SIG_IGN, None):
                signal.signal(number, old)


def leave(number: int, frame: FrameType | None) -> None:
    """End the process at once: while modules are imported, there is nothing to lose."""
    os._exit(128 + number)


#: Signals that were raised: in some places what is raised is swallowed.
_raised: list[int] = []


def interrupt(number: int, frame: FrameType | None) -> None:
    """Raise :class:`Stopped`."""
    _raised.append(number)
    sys.unraisablehook = _silent  # where it cannot be raised, as in a callback, it is not told
    raise Stopped(number)


def _silent(unraisable: object) -> None:
    pass


class _Woken(BaseException):
    """Ends what waits."""


class Stop:
    """Whether to stop, for what looks when it suits; ``code`` is the exit code then."""

    def __init__(self) -> None:
        self.code = 0
        self._waiting = False

    def __bool__(self) -> bool:
        return self.code != 0

    def note(self, number: int, frame: FrameType | None) -> None:
        """The handler: the first signal is noted, a second one raises :exc:`KeyboardInterrupt`."""
        again, self.code = bool(self.code), 128 + number
        if self._waiting:
            raise _Woken
        if again:
            interrupt(number, frame)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Around what may wait for long and harmlessly ends where a signal comes."""
        self._waiting = True
        try:
            yield
        except _Woken:
            pass
        finally:
            self._waiting = False


@contextlib.contextmanager
def noted() -> Iterator[Stop]:
    """While the block runs, signals are noted."""
    if _raised:
        raise Stopped(_raised.pop())
    stop = Stop()
    with handled(stop.note):
        yield stop
