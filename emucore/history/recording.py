"""Recordings: the state a run began with, what was pressed in it and when, and how it ended.

Played back, a recording gives the same state to the bit, on any engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emucore.base.errors import MachineError, UserError
from emucore.base.files import about, read_bounded, write_atomically
from emucore.base.medium import Medium
from emucore.body.events import LAST_FRAME, NAMED, Event, Script
from emucore.body.runner import Runner
from emucore.history import former, slots, snapshot
from emucore.history.container import HEADER_MOST, pack, unpack

KIND = "recording"
#: Events that change nothing when they happen again.
ABSOLUTE = ("press", "move", "aim")
#: Bytes that the events of a recording may take, as JSON: what is left of the header has room too.
EVENTS_MOST = HEADER_MOST - (1 << 20)


class Recorder:
    """Listens to *machine* from now on, until :meth:`save`.

    What is pressed, switched, typed and restarted repeats, wherever in a frame, and so does what a
    hook presses; what is poked into memory or registers does not: playing back finds the end to be
    another then.  Raises :class:`MachineError` if another recorder listens already.
    """

    def __init__(self, machine: Runner) -> None:
        if machine.heard is not None:
            raise MachineError(f"{machine.board.name} is recorded already")
        self.machine = machine
        self._start = machine.frame
        self._header = snapshot.describe(machine)
        self._body = snapshot.contents(machine)
        self._media = slots.Held()
        for medium in machine.media.values():
            self._hold(medium)
        self._events = bytearray()  # as they are written: a fifth of what lists take
        self._held: dict[str, str] = {}
        self._broken = ""
        self._reached = 0  # in the midst of a frame
        machine.heard = self._hear

    def _hold(self, medium: Medium | None) -> None:
        if medium is not None:
            self._media.add(medium)

    def _hear(self, kind: str, name: str, value: str) -> None:
        if self._broken:
            return
        if kind == "state":
            self._broken = "a state was loaded while recording"
        elif kind in ABSOLUTE:
            if self._held.get(name) == value:  # players that are programs press in every frame
                return
            self._held[name] = value
        elif kind == "restart":
            self._held.clear()
        elif kind == "insert":
            self._hold(self.machine.media[name])
        self._reach()
        self._add(kind, name, value)
        if kind == "restart":
            self._start -= self.machine.frame  # which will be 0 then
            self._reached = 0

    def _reach(self) -> None:
        """Have the frame be run to where the machine is in it.

        A time tells the boundary between two instructions of one CPU.  Where several are within
        their turns, as when a hook is called, it does not.
        """
        machine = self.machine
        if machine.running and len(machine.board.cpus) > 1:
            self._broken = "a hook pressed something"
        time = machine.time if machine.running else machine.within
        if time and not machine.stopped and time != self._reached:
            self._add("until", "", str(time))
            self._reached = time

    def _add(self, kind: str, name: str, value: str) -> None:
        event = [self.machine.frame - self._start, kind, name, value]
        self._events += json.dumps(event, separators=(",", ":")).encode() + b","
        if len(self._events) > EVENTS_MOST:
            self._broken = "more was pressed than a recording can hold"
            self._events.clear()

    def save(self, path: Path) -> None:
        """Stop listening and write the recording, at once or not at all; may raise OSError.

        :class:`MachineError` if what happened cannot be repeated: the machine was given another
        state meanwhile, as by rewinding, a hook pressed something on a board of several CPUs, or
        more was pressed than :data:`EVENTS_MOST`.
        """
        self.machine.heard = None
        if self._broken:
            raise MachineError(f"{path}: not written: {self._broken}")
        if self.machine.within and not self.machine.stopped:
            self.machine.run_until(self.machine.within)  # where a hook ended it: its picture too
        self._reach()
        media = {"held": self._media.rows} if self._media.rows else {}
        header = {
            "state": self._header,
            **media,
            "events": json.loads(b"[" + self._events[:-1] + b"]"),
            "frames": self.machine.frame - self._start + self.machine.stopped,
            "end": self.machine.state_sha256(),
            "ends": snapshot.fingerprint(self.machine, self._header),
        }
        write_atomically(path, pack(KIND, header, self._body + self._media.contents()))


@dataclass(frozen=True)
class Recording:
    """A recording that was put into a machine: run ``frames`` frames with ``script``, and finish.

    ``end`` is the state's SHA-256 after that, in the version that recorded it, whose fields are in
    ``header``; ``ends`` are hashes of each, where that version wrote them.  A program that ended in
    the last frame does again.
    """

    frames: int
    script: Script
    end: str
    header: dict[str, Any]
    ends: list[str] | None = None

    def play(self, machine: Runner) -> bool:
        """Repeat all of it; whether it ends as it was recorded."""
        for frame in range(self.frames):
            for event in self.script.events(machine, frame):
                event.apply(machine)
            machine.run_frames(1)
        return self.finish(machine)

    def finish(self, machine: Runner) -> bool:
        """Do what came after the last frame; whether the state is the one that was recorded."""
        for event in self.script.events(machine, self.frames):
            event.apply(machine)
        end = snapshot.sha256(machine, self.header)
        if end is not None or self.ends is None:
            return end == self.end
        now = snapshot.fingerprint(machine, self.header)
        return all(a in (None, b) for a, b in zip(now, self.ends, strict=True))


def start(machine: Runner, path: Path) -> Recording:
    """Put *machine* into the state that the recording in *path* began with.

    Media that it has with it need not be in the slots; what it only names must be, or have been.
    Raises :class:`MachineError` for a file that is no recording of such a machine,
    :class:`OSError` for one that cannot be read; the machine is untouched then.
    """
    limit = snapshot.limit(machine) + slots.HELD_MOST
    try:
        header, body = unpack(KIND, read_bounded(path, limit), limit)
        frames, end, state = header.get("frames"), header.get("end"), header.get("state")
        if not _is_frame(frames) or not isinstance(end, str) or not isinstance(state, dict):
            raise UserError("damaged recording: no state, length or end")
        end_of_state = slots.length(header, body)
        media = slots.held(header, body[end_of_state:])
        script = Script(_events(machine, header.get("events"), media))
        ends = _ends(header, state)
        offered = [medium for medium in media.values() if isinstance(medium, Medium)]
        snapshot.restore(machine, state, body[:end_of_state], offered)
    except UserError as error:
        raise MachineError(about(path, error)) from None
    assert isinstance(frames, int)
    return Recording(frames, script, end, state, ends)


def _ends(header: dict[str, Any], state: dict[str, Any]) -> list[str] | None:
    """One hash of each of the *state*'s fields at the end, if the file has them."""
    ends, fields = header.get("ends"), state.get("fields")
    if ends is not None and not (
        isinstance(ends, list)
        and isinstance(fields, list)
        and len(ends) == len(fields)
        and all(isinstance(end, str) for end in ends)
    ):
        raise UserError("damaged recording: not a hash for each field")
    return ends


def _is_frame(number: object) -> bool:
    return type(number) is int and 0 <= number <= LAST_FRAME


def _events(machine: Runner, rows: Any, media: dict[str, Medium | str]) -> list[tuple[int, Event]]:
    if not isinstance(rows, list):
        raise UserError("damaged recording: no list of events")
    events, known = [], slots.known(machine)
    for row in rows:
        if not isinstance(row, list) or len(row) != 4 or not _is_frame(row[0]):
            raise UserError("damaged recording: an event without frame, kind, name and value")
        event = _of_now(machine, Event(row[1], row[2], row[3]))
        if event is not None:
            try:
                event.check(machine)
            except UserError as error:
                raise UserError(f"damaged recording: {error}") from None
            if event.kind == "insert":
                event = replace(event, medium=_medium(event, media, known))
            events.append((row[0], event))
    return events


def _medium(event: Event, media: dict[str, Medium | str], known: dict[str, Medium]) -> Medium:
    """What *event* puts in: one of a recording's *media*, or, where it only names it, one that is
    *known*."""
    medium = media.get(event.value)
    if medium is None:
        raise UserError("damaged recording: a medium that it does not describe")
    if isinstance(medium, Medium):
        return medium
    if event.value not in known:
        where = f"--media {event.name}=FILE"
        raise UserError(f"{medium}, which it does not hold, goes in: {where}")
    return known[event.value]


def _of_now(machine: Runner, event: Event) -> Event | None:
    """*event* with the name that its input, switch or slot has now; None if it has gone."""
    if event.kind not in NAMED or not isinstance(event.name, str):
        return event
    name = former.part(machine.board, event.name)
    return None if name is None else replace(event, name=name)
