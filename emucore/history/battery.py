"""Bytes that a battery keeps, or a game's best scores; a clock that goes on with the power off."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from emucore.base.errors import MachineError, UserError
from emucore.base.files import about, read_bounded, write_atomically
from emucore.board import Kept, KeptClock
from emucore.body.front import Front
from emucore.device import Record, as_python
from emucore.history import former, validate
from emucore.history.container import HEADER_MOST, pack, unpack
from emucore.history.keeping import Keeping, put_aside

KIND = "nvram"
#: Seconds that a clock has gone on at most: a century.
LONGEST = 3_200_000_000


class Battery(Keeping):
    """Bytes and clocks of *machine*, and their file *path*; *wall* is the time of day in seconds
    since 1970.

    A clock ticks all the time: its registers are written along with the bytes, and at the end.
    """

    def __init__(
        self,
        machine: Front,
        path: Path,
        kept: Iterable[Kept],
        clocks: Iterable[KeptClock] = (),
        wall: Callable[[], float] = time.time,
    ) -> None:
        rows, self._clocks, self._wall = list(kept), list(clocks), wall
        self.path = path
        self._damaged = False
        fields = [(k.memory.field, k.memory.offset + k.start, k.size) for k in rows]
        self._size = sum(size for *_, size in fields)
        for clock in self._clocks:
            fields += [(f"{clock.device.name}.{name}", 0, 8) for name in clock.registers]
        #: Field, place in it and size, as the file has them; and where in the arena that is.
        self._fields = [list(field) for field in fields]
        self._places = [(machine.layout.fields[n].offset + at, size) for n, at, size in fields]
        self._fresh = b"".join(k.fresh or bytes(k.size) for k in rows)
        #: Whether the program sets the bytes up, and has: before, they mean nothing.
        self._sets_up = any(k.fresh for k in rows)
        self._alive = not self._sets_up
        self.restless = not self._sets_up  # a table that is being set up is not one
        #: What the clocks showed after the last frame.
        self._shown = b""
        super().__init__(machine)

    def _look(self) -> bytes:
        memory = self.machine.arena.memory
        now = b"".join([bytes(memory[at : at + size]) for at, size in self._places])
        self._shown = now[self._size :]
        return now[: self._size]

    def read(self) -> None:
        """Read the file, if there is one; a machine that was just switched on is given its battery.

        Raises :class:`MachineError` for a file that is none of such a machine: it is put aside
        when another is written.  :class:`OSError` for one that cannot be read.
        """
        size = sum(size for _, size in self._places)
        try:
            header, body = unpack(KIND, read_bounded(self.path, HEADER_MOST + size), size)
            fields = former.places(self.machine, header.get("fields"))
            if fields != self._fields or len(body) != size:
                raise UserError("what it keeps are other bytes than this version's")
            since = self._since(header.get("wall"))
            if self._clocks:
                self._check(body)
        except FileNotFoundError:
            return
        except UserError as error:
            self._damaged = True
            raise MachineError(about(self.path, error)) from None
        except OSError:
            self._damaged = True
            raise
        self._kept = body[: self._size]
        if self.machine.frame:
            self.other_state()
        else:
            self._give(body[self._size :], since)

    def _since(self, wall: Any) -> int:
        """Seconds that have passed since *wall*, which is from a file."""
        if not self._clocks:
            return 0
        if isinstance(wall, bool) or not isinstance(wall, (int, float)) or not math.isfinite(wall):
            raise UserError("no time of day at which its clock was read")
        return min(max(0, int(self._wall() - wall)), LONGEST)

    def _check(self, body: bytes) -> None:
        """:class:`UserError` if no clock can have what the file has."""
        trial = self.machine.arena.copy()
        for (at, size), piece in zip(self._places, self._pieces(body), strict=True):
            trial.memory[at : at + size] = piece
        validate.check(self.machine, trial)

    def _pieces(self, body: bytes) -> list[bytes]:
        at, pieces = 0, []
        for _, size in self._places:
            pieces.append(body[at : at + size])
            at += size
        return pieces

    def power_on(self) -> None:
        """The machine was switched off and on.  Raises :class:`OSError` as :meth:`save` does."""
        shown = self._shown
        try:
            self.leave()
        finally:
            self._give(shown, 0)

    def _give(self, shown: bytes, seconds: int) -> None:
        """Give the machine what was kept, and clocks that have gone on for *seconds*."""
        self._alive = not self._sets_up
        if self._alive and self._kept is not None:
            self._put(self._kept + shown)
            self._pass(seconds)
        self._seen, self.changed = self._look(), False

    def _pass(self, seconds: int) -> None:
        machine = self.machine
        for clock in self._clocks:
            at = machine.layout.fields[clock.device.name].offset
            record = Record(machine.arena.memory, at, type(clock.device))
            as_python(clock.device.functions[clock.passed])(record, seconds, machine.time)
        machine.refresh()

    def other_state(self) -> None:
        """See :class:`Keeping`."""
        super().other_state()
        self._alive = not self._sets_up or any(self._seen)

    def _has_changed(self) -> bool:
        if self._sets_up and self._seen == self._fresh:
            self._alive = True
            if self._kept is not None:
                self._put(self._kept)
                self._seen = self._kept
            return False
        return self._alive and self._seen != self._kept

    def save(self) -> None:
        """Write what has changed, at once or not at all.  Raises :class:`OSError`.

        Bytes that are all zero are no table, but one that is being set up.
        """
        if not self._sets_up or any(self._seen):
            super().save()

    def leave(self) -> None:
        """Write what has changed, and the clocks.  Raises :class:`OSError`."""
        self.changed = self.changed or bool(self._clocks)
        self.save()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._damaged:
            put_aside(self.path)
            self._damaged = False
        header: dict[str, Any] = {"machine": self.machine.board.name, "fields": self._fields}
        if self._clocks:
            header["wall"] = self._wall()
        write_atomically(self.path, pack(KIND, header, self._seen + self._shown))

    def _put(self, data: bytes) -> None:
        where = (place for at, size in self._places for place in range(at, at + size))
        for place, value in zip(where, data, strict=False):  # clocks may be left as they are
            self.machine.store(place, value)
