"""What outlasts power-off, in a file: a cartridge's battery RAM, a game's best scores.

A board declares the bytes (:meth:`emucore.board.Board.keep`).  Whoever runs a machine for a person
tells an :class:`Nvram` of each frame and of each state that came another way:

    nvram = Nvram(machine, folder)
    nvram.read()
    machine.run_frames(1)
    nvram.frame()
    nvram.save()

Where a program sets up its table itself, what was kept takes the table's place as soon as a frame
has made it what it is when it is fresh.  A state that is loaded is as it was saved, and nothing is
put into a machine that is recorded or plays a recording back: its past is all in the recording.
"""

from __future__ import annotations

from pathlib import Path

from emucore.base.errors import MachineError, UserError
from emucore.base.files import about, read_bounded, write_atomically
from emucore.body.front import Front
from emucore.history import former, snapshot
from emucore.history.container import HEADER_MOST, pack, unpack

KIND = "nvram"
#: Seconds of the machine's time for which the bytes stand still before they are written.
REST = 3.0


class Nvram:
    """The kept bytes of *machine*, and their file in *folder*: one for each board, CPU and ROMs.

    A machine that is recorded when this is made keeps nothing.
    """

    def __init__(self, machine: Front, folder: Path) -> None:
        self.machine = machine
        self.path = folder / f"{snapshot.label(machine)}.{KIND}"
        board = machine.board
        #: Whether there is anything to do at all.
        self.active = bool(board.kept) and machine.heard is None
        #: Whether what there is differs from the file.
        self.changed = False
        self._rest = round(REST * board.clock_hz / max(1, board.frame_ticks))
        self._due = 0
        self._kept: bytes | None = None
        self._damaged = False
        #: Field, place in it and size, as the file has them; and where in the arena that is.
        self._fields = [[k.memory.field, k.memory.offset + k.start, k.size] for k in board.kept]
        self._places = [
            (machine.layout.fields[k.memory.field].offset + k.memory.offset + k.start, k.size)
            for k in board.kept
        ]
        self._fresh = b"".join(k.fresh or bytes(k.size) for k in board.kept)
        #: Whether the program sets the bytes up, and has: before, they mean nothing.
        self._sets_up = any(k.fresh for k in board.kept)
        self._alive = not self._sets_up
        self._seen = self._bytes()

    def read(self) -> None:
        """Read the file, if there is one; a machine that was just switched on is given its battery.

        Raises :class:`MachineError` for a file that is none of such a machine: it is put aside
        when another is written.  :class:`OSError` for one that cannot be read.
        """
        if not self.active:
            return
        size = len(self._seen)
        try:
            header, body = unpack(KIND, read_bounded(self.path, HEADER_MOST + size), size)
            fields = former.places(self.machine, header.get("fields"))
            if fields != self._fields or len(body) != size:
                raise UserError("what it keeps are other bytes than this version's")
        except FileNotFoundError:
            return
        except UserError as error:
            self._damaged = True
            raise MachineError(about(self.path, error)) from None
        self._kept = body
        if self.machine.frame:
            self.other_state()
        else:
            self.power_on()

    def power_on(self) -> None:
        """The machine was switched off and on.  Raises :class:`OSError` as :meth:`save` does."""
        try:
            self.save()
        finally:
            self._alive = not self._sets_up
            if self._alive and self._kept is not None and self._free:
                self._put(self._kept)
            self._seen = self._bytes()
            self.changed = False

    def other_state(self) -> None:
        """The machine has a state that no frame led to: it stays as it is.

        Raises :class:`OSError` as :meth:`save` does, for what had changed before.
        """
        try:
            self.save()
        finally:
            self._seen = self._bytes()
            self._alive = not self._sets_up or any(self._seen)
            self.changed = False

    def frame(self) -> None:
        """A frame was run.  Raises :class:`OSError` where a change cannot be written."""
        if not self._free:
            return
        now = self._bytes()
        if now != self._seen:
            self._seen = now
            self._due = self.machine.frame + self._rest
            if self._sets_up and now == self._fresh:
                self._alive, self.changed = True, False
                if self._kept is not None:
                    self._put(self._kept)
                    self._seen = self._kept
            elif self._alive:
                self.changed = now != self._kept
        elif self.changed and self.machine.frame == self._due:
            self.save()

    def save(self) -> None:
        """Write what has changed, at once or not at all.  Raises :class:`OSError`.

        Bytes that are all zero are no table, but one that is being set up.
        """
        if not self._free or not self.changed or (self._sets_up and not any(self._seen)):
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._damaged:
            self.path.replace(self.path.with_suffix(".damaged"))
            self._damaged = False
        header = {"machine": self.machine.board.name, "fields": self._fields}
        write_atomically(self.path, pack(KIND, header, self._seen))
        self._kept = self._seen
        self.changed = False

    @property
    def _free(self) -> bool:
        return self.active and self.machine.heard is None

    def _bytes(self) -> bytes:
        memory = self.machine.arena.memory
        return b"".join([bytes(memory[at : at + size]) for at, size in self._places])

    def _put(self, data: bytes) -> None:
        where = (place for at, size in self._places for place in range(at, at + size))
        for place, value in zip(where, data, strict=True):
            self.machine.store(place, value)
