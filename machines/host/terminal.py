"""A machine's console on the terminal that the program was started from."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterable, Iterator

from emucore.errors import UserError
from emucore.events import Event
from emucore.machine import Machine
from machines.host.headless import Outcome, Quit, run

#: Ctrl-]: ends the session.  Every other key, Ctrl-C too, belongs to the machine.
ESCAPE = 0x1D
HINT = "emu: Ctrl-] ends the session"


class Keyboard:
    """A source of what is typed on the terminal *descriptor*.

    While the machine waits for a key, so does this process, instead of running idle frames.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def events(self, machine: Machine, frame: int) -> Iterable[Event]:
        """What was typed since the last frame; raises :class:`Quit` for Ctrl-]."""
        room = machine.keyboard_room()
        patience = None if machine.waiting else 0.0
        if not room or not select.select([self._descriptor], [], [], patience)[0]:
            return []
        try:
            typed = os.read(self._descriptor, room)
        except OSError:  # the terminal has gone
            typed = b""
        if not typed or ESCAPE in typed:
            raise Quit
        return [Event("type", "", typed.decode("latin-1"))]

    def next(self, frame: int) -> int | None:
        """A person may type at any time."""
        return frame


def interactive() -> bool:
    """Whether a person sits at both ends of the standard streams."""
    return sys.stdin.isatty() and sys.stdout.isatty()


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


def converse(machine: Machine, frames: int | None = None) -> Outcome:
    """Run *machine* in real time with the terminal as its console, for *frames* or to its end."""
    assert machine.console is not None
    if not interactive():
        raise UserError(
            f"{machine.board.name} has no screen: play it on a terminal, or use emu run"
        )
    machine.console.sink = show
    print(HINT, file=sys.stderr)
    with keyboard() as source:
        return run(machine, source, frames=frames, paced=True)


def show(data: bytes) -> None:
    """Print what a machine prints: on a terminal as it is, into a file without the returns."""
    text = data.decode("latin-1")
    sys.stdout.write(text if sys.stdout.isatty() else text.replace("\r", ""))
    sys.stdout.flush()
