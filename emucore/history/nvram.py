"""What outlasts power-off, in files: battery RAM, clocks, best scores, what was written on disks.

A board declares the bytes (:meth:`emucore.board.Board.keep`), clocks and slots.  Whoever runs a
machine for a person tells an :class:`Nvram` of each frame and of each state that came another way:

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

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from emucore.base.errors import MachineError
from emucore.body.front import Front
from emucore.history import snapshot
from emucore.history.battery import Battery
from emucore.history.keeping import Keeping
from emucore.history.written import Disks


class Nvram:
    """What *machine* has that outlasts it, and its files in *folder*: one for each medium that has
    a battery (a cartridge in any board that takes it), for each disk, and one for each board, CPU
    and ROMs.  Without a folder, only what is written into disks' own files is kept.

    A machine that is recorded when this is made keeps nothing.  *wall* is the time of day.
    """

    def __init__(
        self, machine: Front, folder: Path | None, wall: Callable[[], float] = time.time
    ) -> None:
        self.machine = machine
        board = machine.board
        #: Whether there is anything to do at all.
        self.active = machine.heard is None and bool(board.kept or board.clocks or board.slots)
        #: What that is, in words.
        self.what = "best scores" if any(k.fresh for k in board.kept) else "batteries and disks"
        #: The file of what belongs to the board.
        self.path = (folder or Path()) / f"{snapshot.label(machine)}.nvram"
        self.batteries: list[Battery] = []
        self.disks: Disks | None = None
        if not self.active:
            return
        self.disks = machine.keeper = Disks(machine, folder)
        if folder is not None:
            media = [*(k.medium for k in board.kept), *(c.medium for c in board.clocks)]
            for medium in dict.fromkeys(media):
                path = folder / f"{medium}.nvram" if medium else self.path
                kept = [k for k in board.kept if k.medium == medium]
                clocks = [c for c in board.clocks if c.medium == medium]
                self.batteries.append(Battery(machine, path, kept, clocks, wall))

    def _each(self) -> Iterable[Keeping]:
        if self.active and self.machine.heard is None:
            yield from self.batteries
            yield from self.disks.disks.values() if self.disks else ()

    def read(self) -> None:
        """Read the files, if there are; a machine that was just switched on is given its batteries
        and disks.

        Raises :class:`MachineError` for a file that is none of such a machine: a battery's is put
        aside when another is written.  :class:`OSError` for one that cannot be read.
        """
        steps: list[Callable[[], None]] = [battery.read for battery in self.batteries]
        if self.disks is not None and not self.machine.frame:
            steps.append(self.disks.begin)
        _all(steps)

    def power_on(self) -> None:
        """The machine was switched off and on.  Raises :class:`OSError` as :meth:`save` does."""
        _all([b.power_on for b in self.batteries] if list(self._each()) else [])

    def other_state(self) -> None:
        """The machine has a state that no frame led to: it stays as it is.

        Raises :class:`OSError` as :meth:`save` does, for what had changed before.
        """
        _all([each.other_state for each in self._each()])

    def frame(self) -> None:
        """A frame was run.  Raises :class:`OSError` where a change cannot be written."""
        for each in self._each():
            each.frame()

    def save(self) -> None:
        """Write what has changed, each file at once or not at all.  Raises :class:`OSError`."""
        _all([each.leave if isinstance(each, Battery) else each.save for each in self._each()])


def _all(steps: Iterable[Callable[[], None]]) -> None:
    """Do all of *steps*, and raise what went wrong first."""
    problems = list[Exception]()
    for step in steps:
        try:
            step()
        except (OSError, MachineError) as error:
            problems.append(error)
    if problems:
        raise problems[0]
