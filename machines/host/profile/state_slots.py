"""Numbered save states of one machine with its media, each with a picture."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from emucore.base.files import write_atomically
from emucore.history import snapshot
from emucore.machine import Machine
from machines.host.base.png import png


class Slots:
    """The states of *machine* in a folder of its own below *root*: board, CPU and ROMs decide."""

    def __init__(self, root: Path, machine: Machine) -> None:
        self.machine = machine
        self.folder = root / snapshot.label(machine)

    def path(self, slot: int) -> Path:
        """The state in *slot*, whether it is there or not."""
        return self.folder / f"{slot}.state"

    def picture(self, slot: int) -> Path | None:
        """The picture of the state in *slot*, if there is one."""
        path = self.folder / f"{slot}.png"
        return path if path.exists() and self.path(slot).exists() else None

    def saved(self, slot: int) -> str:
        """When *slot* was written, in local time; nothing if it is empty."""
        try:
            moment = self.path(slot).stat().st_mtime
        except OSError:
            return ""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))

    def save(self, slot: int) -> None:
        """Write the machine's state.  Raises :class:`OSError`; the old state stays then."""
        self.folder.mkdir(parents=True, exist_ok=True)
        snapshot.save(self.machine, self.path(slot))
        with contextlib.suppress(OSError):  # a state without a picture is a state
            write_atomically(self.folder / f"{slot}.png", png(self.machine.screen))

    def load(self, slot: int) -> None:
        """Give the machine the state in *slot*.

        Raises :class:`FileNotFoundError` for an empty slot and what
        :func:`emucore.history.snapshot.load` does; the machine is untouched then.
        """
        snapshot.load(self.machine, self.path(slot))
