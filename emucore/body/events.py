"""What people do to a machine, as data: inputs, switches and typed text, by the frame.

An event happens between two frames, or at a time that another tells, so a list of them with their
frame numbers repeats a session exactly, on every engine.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from emucore.base.errors import UserError
from emucore.base.medium import Medium
from emucore.board.inputs import Axis, Dial, Gun, as_typed, returns
from emucore.board.typist import ROOM
from emucore.body.runner import Runner

#: Frames that a ``tap`` of a script holds its button, unless it says otherwise.
TAP_FRAMES = 4

#: The last frame a script may name: a year at 60 frames a second.
LAST_FRAME = 60 * 60 * 60 * 24 * 366


@dataclass(frozen=True)
class Event:
    """What happened, to what, and how.

    With a *name* and a value: ``press`` ("1" or "0"), ``move`` (an axis, to a number), ``turn`` (a
    dial, by a number), ``aim`` (a gun, at a dot, "120 80", or "off" the picture), ``switch`` (its
    setting).  ``type`` has a value, Latin-1 text of one byte a character; ``restart`` has neither.
    ``until`` has the master time up to which the frame is run first, for what happens in its midst.
    ``insert`` has a slot's name and the *medium*, whose key is its value; ``eject`` has a slot's
    name.
    """

    kind: str
    name: str
    value: str
    medium: Medium | None = field(default=None, compare=False, repr=False)

    def check(self, machine: Runner) -> None:
        """:class:`UserError` unless it can happen to *machine*."""
        if not all(isinstance(text, str) for text in (self.kind, self.name, self.value)):
            raise UserError("an event that is not text")
        self._kind().check(machine, self)

    def apply(self, machine: Runner) -> None:
        """Let it happen.  Raises :class:`UserError` for what the machine does not have."""
        self._kind().apply(machine, self)

    def _kind(self) -> _Kind:
        if self.kind not in _KINDS:
            raise UserError(f"no input event {self.kind!r:.20}")
        return _KINDS[self.kind]


def _number(text: str) -> int:
    """The number that *text* is; :class:`UserError` if it is none, or of more than 18 digits."""
    digits = text[text.startswith("-") :]
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise UserError(f"{text!r:.20} is not a number")
    return int(text)


def _dot(text: str) -> tuple[int, int] | tuple[None, None]:
    """The dot that a gun's event has."""
    x, space, y = text.partition(" ")
    return (None, None) if text == "off" else (_number(x), _number(y if space else ""))


@dataclass(frozen=True)
class _Kind:
    """How an event of a kind is checked, and what it does: functions of machine and event."""

    check: Callable[[Runner, Event], object]
    apply: Callable[[Runner, Event], object]


def _check_press(machine: Runner, event: Event) -> None:
    machine.panel.button(event.name)
    if event.value not in ("0", "1"):
        raise UserError(f"{event.value!r:.20} is not pressed or released")


def _check_text(machine: Runner, event: Event) -> None:
    text = as_typed(event.value)
    if machine.panel.typing is not None and len(text) > ROOM:
        raise UserError(f"{len(text)} characters are typed at a time: {ROOM} at most")
    if not machine.panel.typeable(text):
        raise UserError(f"{machine.board.name} has no keys for all of {event.value!r:.40}")


def _check_time(machine: Runner, event: Event) -> None:
    if _number(event.value) < 0:
        raise UserError(f"{event.value!r:.20} is no time to run until")


def _run_until(machine: Runner, event: Event) -> None:
    machine.run_until(min(int(event.value), machine.frame_ends))


def _insert(machine: Runner, event: Event) -> None:
    if event.medium is None:
        raise UserError(f"nothing to put into {event.name}")
    machine.insert(event.name, event.medium)


_KINDS: Mapping[str, _Kind] = {
    "press": _Kind(_check_press, lambda m, e: m.press(e.name, e.value == "1")),
    "move": _Kind(
        lambda m, e: m.panel.find(e.name, Axis).check(_number(e.value)),
        lambda m, e: m.move(e.name, _number(e.value)),
    ),
    "turn": _Kind(
        lambda m, e: m.panel.find(e.name, Dial).check(_number(e.value)),
        lambda m, e: m.turn(e.name, _number(e.value)),
    ),
    "aim": _Kind(
        lambda m, e: m.panel.find(e.name, Gun).check(*_dot(e.value)),
        lambda m, e: m.aim(e.name, *_dot(e.value)),
    ),
    "switch": _Kind(
        lambda m, e: m.panel.switch(e.name, e.value),
        lambda m, e: m.set_switch(e.name, e.value),
    ),
    "insert": _Kind(lambda m, e: m.media.slot(e.name), _insert),
    "eject": _Kind(lambda m, e: m.media.slot(e.name), lambda m, e: m.eject(e.name)),
    "type": _Kind(_check_text, lambda m, e: m.type(e.value.encode("latin-1"))),
    "restart": _Kind(lambda m, e: None, lambda m, e: m.reset()),
    "until": _Kind(_check_time, _run_until),
}
#: Events of an input or a slot, which has a name that may have changed since.
NAMED = ("press", "move", "turn", "aim", "switch", "insert", "eject")


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


def read_text(machine: Runner, data: bytes, name: str) -> Text:
    """The text *data*, to be typed; its line ends become the Return key."""
    return Text(returns(data))


def read_script(machine: Runner, data: bytes, name: str) -> Script:
    """The input script *data*; *name* is that of its file, for messages.

    Lines of ``FRAME press BUTTON``, ``FRAME release BUTTON``, ``FRAME tap BUTTON [FRAMES]``,
    ``FRAME move AXIS VALUE``, ``FRAME turn DIAL COUNTS``, ``FRAME aim GUN X Y`` or ``off``,
    ``FRAME switch NAME=SETTING``, ``FRAME insert SLOT=FILE``, ``FRAME eject SLOT`` and
    ``FRAME type "TEXT"``, with JSON's escapes; from ``#`` on a line is a comment.  Frame 0 is the
    first one run.  Raises :class:`UserError` naming file and line, :class:`OSError` for a medium
    that cannot be read.
    """
    events: list[tuple[int, Event]] = []
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: not text: {error.reason} at byte {error.start}") from None
    for number, line in enumerate(lines, 1):
        try:
            for frame, event in _script_line(machine, line):
                event.check(machine)
                events.append((frame, event))
        except UserError as error:
            raise UserError(f"{name}:{number}: {error}") from None
    return Script(events)


def _script_line(machine: Runner, line: str) -> list[tuple[int, Event]]:
    words = line.split(None, 2)
    if len(words) == 3 and words[1] == "type" and words[0] != "#":
        return [(_count(words[0]), Event("type", "", _quoted(words[2])))]
    line = line.partition("#")[0].rstrip()
    words = line.split()
    if not words:
        return []
    if len(words) < 3:
        raise UserError(f"expected FRAME {'|'.join(_VERBS)} NAME …")
    frame, verb, what, more = _count(words[0]), words[1], words[2], words[3:]
    press, release = Event("press", what, "1"), Event("press", what, "0")
    if verb == "tap" and len(more) < 2:
        hold = _count(more[0]) if more else machine.panel.button(what).impulse or TAP_FRAMES
        return [(frame, press), (frame + hold, release)]
    if verb in ("press", "release") and not more:
        return [(frame, press if verb == "press" else release)]
    if verb in ("move", "turn") and len(more) == 1:
        return [(frame, Event(verb, what, more[0]))]
    if verb == "aim" and (len(more) == 2 or more == ["off"]):
        return [(frame, Event(verb, what, " ".join(more)))]
    if verb == "switch" and not more:
        name, _, setting = what.partition("=")
        return [(frame, Event("switch", name, setting))]
    if verb == "insert":  # names of files have spaces
        slot, _, path = line.split(None, 2)[2].partition("=")
        medium = machine.media.read(slot, Path(path))
        return [(frame, Event("insert", slot, medium.key, medium))]
    if verb == "eject" and not more:
        return [(frame, Event("eject", what, ""))]
    if verb in _SCRIPTED:
        raise UserError(f"expected FRAME {_SCRIPTED[verb]}")
    raise UserError(f"{verb!r:.20} is not {', '.join(_VERBS[:-1])} or {_VERBS[-1]}")


#: What is written behind the frame.
_SCRIPTED = {
    "press": "press BUTTON",
    "release": "release BUTTON",
    "tap": "tap BUTTON [FRAMES]",
    "move": "move AXIS VALUE",
    "turn": "turn DIAL COUNTS",
    "aim": "aim GUN X Y, or off",
    "switch": "switch NAME=SETTING",
    "insert": "insert SLOT=FILE",
    "eject": "eject SLOT",
}
_VERBS = (*_SCRIPTED, "type")


def _quoted(text: str) -> str:
    """The text in quotes that *text* begins with; there may be a comment behind it."""
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        value, end = None, 0
    if not isinstance(value, str) or text[end:].partition("#")[0].strip():
        raise UserError('expected FRAME type "TEXT"')
    return value


def _count(word: str) -> int:
    if not (word.isascii() and word.isdigit()) or len(word) > 12 or int(word) > LAST_FRAME:
        raise UserError(f"{word!r} is not a number of frames")
    return int(word)
