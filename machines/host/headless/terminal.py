"""A machine's console on the standard streams: a terminal, or a pipe of what is typed."""

from __future__ import annotations

import contextlib
import os
import select
import stat
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from emucore.base.errors import UserError
from emucore.board.inputs import returns
from emucore.body.events import Event
from emucore.body.runner import Runner
from emucore.machine import Machine
from machines.host.base.stopping import Stop
from machines.host.headless.headless import Outcome, Quit, run

if TYPE_CHECKING:
    from emucore.history.nvram import Nvram

#: Ctrl-]: ends the session.  Every other key, Ctrl-C too, belongs to the machine.
ESCAPE = 0x1D
HINT = "emu: Ctrl-] ends the session"


class Typed:
    """A source of what comes from *descriptor*, which is read when the machine has room for it.

    While the machine waits for a key, so does this process, instead of running idle frames: for
    *patience* seconds a frame, None for as long as it takes.
    """

    def __init__(self, descriptor: int, patience: float | None = None) -> None:
        self._descriptor = descriptor
        self._patience = patience

    def _read(self, machine: Runner) -> bytes | None:
        """What has come; nothing at the end, None if there was nothing yet."""
        room = machine.keyboard_room()
        patience = self._patience if machine.waiting else 0.0
        if not room or not select.select([self._descriptor], [], [], patience)[0]:
            return None
        try:
            return os.read(self._descriptor, room)
        except OSError:  # the terminal has gone
            return b""


class Keyboard(Typed):
    """What a person types on a terminal."""

    def events(self, machine: Runner, frame: int) -> Iterable[Event]:
        """What was typed since the last frame; raises :class:`Quit` for Ctrl-]."""
        typed = self._read(machine)
        if typed is None:
            return []
        if not typed or ESCAPE in typed:
            raise Quit
        return [Event("type", "", typed.decode("latin-1"))]

    def next(self, frame: int) -> int | None:
        """A person may type at any time."""
        return frame


class Pipe(Typed):
    """What another program, or a file, types: every byte as it is, but line ends are Return.

    At its end nothing more is typed, and a program that waits for a key waits in vain.
    """

    def __init__(self, descriptor: int, patience: float | None = None) -> None:
        super().__init__(descriptor, patience)
        self._over = False
        self._after_return = False

    def events(self, machine: Runner, frame: int) -> Iterable[Event]:
        """What has come since the last frame."""
        typed = self._read(machine)
        if typed is None:
            return []
        self._over = not typed
        if self._after_return:
            typed = typed.removeprefix(b"\n")  # of a line end that came in two pieces
        self._after_return = typed.endswith(b"\r")
        keys = returns(typed)
        return [Event("type", "", keys.decode("latin-1"))] if keys else []

    def next(self, frame: int) -> int | None:
        """More may come until the end."""
        return None if self._over else frame


def piped(patience: float | None) -> Pipe | None:
    """The standard input, if it is a pipe, a socket or a file: neither a terminal nor a device."""
    if os.name != "posix":  # where there is no waiting for a pipe
        return None
    try:
        descriptor = sys.stdin.fileno()
        kind = os.fstat(descriptor).st_mode
    except (AttributeError, OSError, ValueError):  # it is closed, or something else in its place
        return None
    if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or stat.S_ISREG(kind):
        return Pipe(descriptor, patience)
    return None


def interactive() -> bool:
    """Whether a person sits at both ends of the standard streams."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


@contextlib.contextmanager
def keyboard() -> Iterator[Keyboard]:
    """The terminal's keyboard, key by key and without echo, until the block ends."""
    try:
        import termios
    except ImportError:
        raise UserError("a console needs a POSIX terminal here: give --input FILE") from None
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    raw = termios.tcgetattr(descriptor)
    raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
    raw[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, raw)
        yield Keyboard(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def converse(machine: Machine, frames: int | None, stop: Stop, nvram: Nvram) -> Outcome:
    """Run *machine* in real time with the terminal as its console, until *stop* at most.

    *nvram* is told of every frame.
    """
    assert machine.console is not None
    if not interactive():
        raise UserError(
            f"{machine.board.name} has no screen: play it on a terminal, or use emu run"
        )
    machine.console.sink = show
    print(HINT, file=sys.stderr)
    with keyboard() as source:
        then = [lambda _: nvram.frame()]
        outcome = run(machine, source, frames=frames, paced=True, stop=stop, after_frame=then)
    if machine.summary():
        print(f"emu: {machine.board.name}: {machine.summary()}", file=sys.stderr)
    return outcome


def show(data: bytes) -> None:
    """Print what a machine prints: on a terminal as it is, into a file without the returns."""
    text = data.decode("latin-1")
    sys.stdout.write(text if sys.stdout.isatty() else text.replace("\r", ""))
    sys.stdout.flush()
