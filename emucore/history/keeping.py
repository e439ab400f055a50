"""What a machine has that outlasts it: when it has changed, and when that is written."""

from __future__ import annotations

import contextlib
from pathlib import Path

from emucore.body.front import Front

#: Seconds of the machine's time for which it stands still before it is written.
REST = 3.0
#: And the most for which what never stands still waits.
PATIENCE = 15.0


def put_aside(path: Path) -> None:
    """Give the file *path*, which could not be read, another name, before one is written there."""
    with contextlib.suppress(FileNotFoundError):
        path.replace(path.with_suffix(".damaged"))


class Keeping:
    """Something of *machine* that is written to a file; a subclass looks at it and writes it."""

    #: Whether it is also written while it changes all the time.
    restless = True

    def __init__(self, machine: Front) -> None:
        self.machine = machine
        board = machine.board
        rate = board.clock_hz / max(1, board.frame_ticks)
        self._rest, self._patience = round(REST * rate), round(PATIENCE * rate)
        #: Whether what there is differs from the file.
        self.changed = False
        self._due = self._latest = 0
        #: What the file has, if there is one, and what there was after the last frame.
        self._kept: bytes | None = None
        self._seen = self._look()

    def _look(self) -> bytes:
        """What there is now."""
        raise NotImplementedError

    def _write(self) -> None:
        """Write what was seen.  Raises :class:`OSError`."""
        raise NotImplementedError

    def frame(self) -> None:
        """A frame was run.  Raises :class:`OSError` where a change cannot be written."""
        now, frame = self._look(), self.machine.frame
        if now != self._seen:
            if not self.changed:
                self._latest = frame + self._patience
            self._seen, self._due = now, frame + self._rest
            self.changed = self._has_changed()
            if self.changed and self.restless and frame >= self._latest:
                self.save()
        elif self.changed and frame >= self._due:
            self.save()

    def _has_changed(self) -> bool:
        return self._seen != self._kept

    def other_state(self) -> None:
        """The machine has a state that no frame led to: it stays as it is.

        Raises :class:`OSError` as :meth:`save` does, for what had changed before.
        """
        try:
            self.save()
        finally:
            self._seen, self.changed = self._look(), False

    def save(self) -> None:
        """Write what has changed, at once or not at all.  Raises :class:`OSError`."""
        if self.changed:
            self._due = self.machine.frame + self._rest  # where it fails, it is tried again then
            self._latest = self.machine.frame + self._patience
            self._write()
            self._kept, self.changed = self._seen, False
