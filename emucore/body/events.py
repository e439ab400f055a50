"""What people do to a machine, as data: buttons, switches and typed text, by the frame.

An event happens between two frames, or at a time that another tells, so a list of them with their
frame numbers repeats a session exactly, on every engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from emucore.base.errors import UserError
from emucore.base.medium import Medium
from emucore.body.runner import Runner

#: Frames that a ``tap`` of a script holds its button, unless it says otherwise.
TAP_FRAMES = 4

#: The last frame a script may name: a year at 60 frames a second.
LAST_FRAME = 60 * 60 * 60 * 24 * 366


@dataclass(frozen=True)
class Event:
    """What happened, to what, and how.

    ``press`` (value "1" or "0") and ``switch`` (value its setting) have a *name*; ``type`` has a
    value, Latin-1 text of one byte a character; ``restart`` has neither.  ``until`` has the master
    time up to which the frame is run first, for what happens in its midst.  ``insert`` has a slot's
    name and the *medium*, whose key is its value; ``eject`` has a slot's name.
    """

    kind: str
    name: str
    value: str
    medium: Medium | None = field(default=None, compare=False, repr=False)

    def apply(self, machine: Runner) -> None:
        """Let it happen.  Raises :class:`UserError` for what the machine does not have."""
        if self.kind == "press":
            machine.press(self.name, self.value == "1")
        elif self.kind == "switch":
            machine.set_switch(self.name, self.value)
        elif self.kind == "type":
            machine.type(self.value.encode("latin-1"))
        elif self.kind == "restart":
            machine.restart()
        elif self.kind == "insert" and self.medium is not None:
            machine.insert(self.name, self.medium)
        elif self.kind == "eject":
            machine.eject(self.name)
        elif self.kind == "until":
            end = (machine.frame + 1) * machine.board.frame_ticks
            machine.run_until(min(int(self.value), end))
        else:
            raise UserError(f"no input event {self.kind!r}")


class Source(Protocol):
    """Where a run's events come from.  Frames count from the start of the run."""

    def events(self, machine: Runner, frame: int) -> Iterable[Event]:
        """Those due before *frame* is run.  Asked once for each frame that :meth:`next` names."""

    def next(self, frame: int) -> int | None:
        """The first frame from *frame* on that may have events; None if none is to come."""


class Script:
    """A source that knows every event beforehand."""

    def __init__(self, events: Iterable[tuple[int, Event]]) -> None:
        self._by_frame: dict[int, list[Event]] = {}
        for frame, event in events:
            self._by_frame.setdefault(frame, []).append(event)
        self._frames = deque(sorted(self._by_frame))

    def events(self, machine: Runner, frame: int) -> Sequence[Event]:
        """Those due before *frame* is run."""
        return self._by_frame.get(frame, [])

    def next(self, frame: int) -> int | None:
        """The first frame from *frame* on that has events."""
        while self._frames and self._frames[0] < frame:
            self._frames.popleft()
        return self._frames[0] if self._frames else None


class Text:
    """A source that types a text as fast as the machine's keyboard buffer takes it."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def events(self, machine: Runner, frame: int) -> Iterable[Event]:
        """As much of the text as there is room for."""
        room = machine.keyboard_room()
        piece, self._rest = self._rest[:room], self._rest[room:]
        return [Event("type", "", piece.decode("latin-1"))] if piece else []

    def next(self, frame: int) -> int | None:
        """The next frame, until everything is typed."""
        return frame if self._rest else None


def returns(text: bytes) -> bytes:
    """*text* with every line end as the Return key sends it."""
    return text.replace(b"\r\n", b"\r").replace(b"\n", b"\r")


def read_script(machine: Runner, data: bytes, name: str) -> Script:
    """The input script *data*; *name* is that of its file, for messages.

    Lines of ``FRAME press BUTTON``, ``FRAME release BUTTON``, ``FRAME tap BUTTON [FRAMES]`` and
    ``FRAME switch NAME=SETTING``, ``FRAME insert SLOT=FILE`` and ``FRAME eject SLOT``; from ``#``
    on a line is a comment.  Frame 0 is the first one run.  Raises :class:`UserError` naming file
    and line, :class:`OSError` for a medium that cannot be read.
    """
    events: list[tuple[int, Event]] = []
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: not text: {error.reason} at byte {error.start}") from None
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if words:
            try:
                events += _script_line(machine, words)
            except UserError as error:
                raise UserError(f"{name}:{number}: {error}") from None
    return Script(events)


def _script_line(machine: Runner, words: list[str]) -> list[tuple[int, Event]]:
    if len(words) > 3 and words[1] == "insert":  # names of files have spaces
        words = [*words[:2], " ".join(words[2:])]
    if len(words) not in (3, 4) or (len(words) == 4 and words[1] != "tap"):
        raise UserError("expected FRAME press|release|tap|switch|insert|eject NAME")
    frame, verb, what = _count(words[0]), words[1], words[2]
    if verb == "insert":
        slot, _, path = what.partition("=")
        medium = machine.media.read(slot, Path(path))
        return [(frame, Event("insert", slot, medium.key, medium))]
    if verb == "eject":
        return [(frame, Event("eject", machine.media.slot(what).name, ""))]
    if verb == "switch":
        name, _, setting = what.partition("=")
        machine.panel.switch(name, setting)
        return [(frame, Event("switch", name, setting))]
    machine.panel.button(what)
    press, release = Event("press", what, "1"), Event("press", what, "0")
    if verb == "tap":
        hold = _count(words[3]) if len(words) == 4 else TAP_FRAMES
        return [(frame, press), (frame + hold, release)]
    if verb == "press":
        return [(frame, press)]
    if verb == "release":
        return [(frame, release)]
    raise UserError(f"{verb!r} is not press, release, tap, switch, insert or eject")


def _count(word: str) -> int:
    if not (word.isascii() and word.isdigit()) or len(word) > 12 or int(word) > LAST_FRAME:
        raise UserError(f"{word!r} is not a number of frames")
    return int(word)
