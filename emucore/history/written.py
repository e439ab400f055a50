"""What a machine writes on the disks in its slots, kept: beside them, or in their own files.

A file of a medium is not changed unless it is put in with ``through``.  Otherwise what was written
is in a file of its own, and is there again when the medium, known by its content and name, is put
into a slot.
"""

from __future__ import annotations

import errno
import re
from pathlib import Path

import numpy as np

from emucore.base.errors import MachineError, UserError
from emucore.base.files import about, read_bounded, write_atomically
from emucore.base.medium import Medium
from emucore.board.slot import Slot
from emucore.body.front import Front
from emucore.history.container import HEADER_MOST, pack, unpack
from emucore.history.keeping import Keeping, put_aside

KIND = "written"


class Disk(Keeping):
    """What is written on the medium in *slot* of *machine*, which *folder* has files of; without
    one, only media with ``through`` are written."""

    def __init__(self, machine: Front, slot: Slot, folder: Path | None) -> None:
        self._slot, self._folder = slot, folder
        self._sheet = next(s for s in machine.arena.sheets if s.name == slot.name)
        #: The medium as it was put in, and what its own file may have by now.
        self.medium: Medium | None = None
        self._files: set[bytes] = set()
        #: Files that could not be read.
        self._damaged: set[Path] = set()
        super().__init__(machine)
        self.follow(machine.media[slot.name])

    def _look(self) -> bytes:
        """The numbers of the units that were written, and these."""
        memory = self.machine.arena.bytes
        units = self._sheet.marked(memory)
        if not len(units):
            return b""
        return units.astype("<i8").tobytes() + self._sheet.units(memory)[units].tobytes()

    def _written(self, data: bytes) -> tuple[tuple[int, bytes], ...]:
        """What :meth:`_look` gave, as a medium has it."""
        unit = self._slot.unit
        count = len(data) // (unit + 8)
        numbers = np.frombuffer(data, "<i8", count).tolist()
        return tuple(
            (number * unit, data[8 * count + i * unit : 8 * count + (i + 1) * unit])
            for i, number in enumerate(numbers)
        )

    def follow(self, medium: Medium | None) -> None:
        """*medium* is in the slot, as it was put in."""
        self.medium = medium
        self._files = {medium.file(), medium.with_writes(()).file()} if medium else set()
        self._seen, self.changed = self._look(), False
        self._kept = self._seen

    def path(self, medium: Medium) -> Path | None:
        """The file of what is written on *medium*, if it is kept."""
        if medium.through:
            return medium.source
        if self._folder is None:
            return None
        name = re.sub(r"[^\w-]", "_", Path(medium.name).stem)[:40]
        return self._folder / f"{name}-{medium.sha256[:24]}.{KIND}"

    def earlier(self, medium: Medium) -> Medium:
        """*medium* with what was written on it earlier.

        Raises :class:`MachineError` for a file of it that is none, :class:`OSError` for one that
        cannot be read.
        """
        path = self.path(medium)
        if path is None or medium.through or medium.written:
            return medium
        most = self._slot.capacity // self._slot.unit * (self._slot.unit + 8)
        try:
            header, body = unpack(KIND, read_bounded(path, HEADER_MOST + most), most)
            if (header.get("medium"), header.get("unit")) != (medium.sha256, self._slot.unit):
                raise UserError("written on another medium")
            written = self._written(body)
            numbers = [at // self._slot.unit for at, _ in written]
            if len(body) % (self._slot.unit + 8) or numbers != sorted(set(numbers)):
                raise UserError("not the units of a medium")
            if (
                numbers
                and not 0 <= numbers[0] <= numbers[-1] < self._slot.capacity // self._slot.unit
            ):
                raise UserError("beyond the medium's end")
        except FileNotFoundError:
            return medium
        except UserError as error:
            self._damaged.add(path)
            raise MachineError(about(path, error)) from None
        except OSError:
            self._damaged.add(path)
            raise
        return medium.with_writes(written)

    def other_state(self) -> None:
        """See :class:`Keeping`.  It may be another medium's by now."""
        super().other_state()
        there = self.machine.media[self._slot.name]
        if there is None or self.medium is None or there.identity != self.medium.identity:
            self.medium = there

    def _write(self) -> None:
        medium = self.medium
        path = None if medium is None else self.path(medium)
        if medium is None or path is None:
            return
        if medium.through:
            self._write_through(medium, path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path in self._damaged:
            put_aside(path)
            self._damaged.discard(path)
        header = {"medium": medium.sha256, "unit": self._slot.unit, "name": medium.name}
        write_atomically(path, pack(KIND, header, self._seen))

    def _write_through(self, medium: Medium, path: Path) -> None:
        """Write the file of *medium* anew, if it is still as it was read or written."""
        now = medium.with_writes(self._written(self._seen)).file()
        try:
            same = read_bounded(path, len(now)) in self._files
        except FileNotFoundError:
            same = True
        except UserError:
            same = False
        if not same:
            raise OSError(errno.ESTALE, "not written: others have changed it", str(path))
        write_atomically(path, now)
        self._files = {now}


class Disks:
    """All slots of *machine* that can write: a :class:`emucore.body.media.Keeper`."""

    def __init__(self, machine: Front, folder: Path | None) -> None:
        slots = machine.board.slots.values()
        self.disks = {s.name: Disk(machine, s, folder) for s in slots if s.writable}

    def begin(self) -> None:
        """Give the media that are in the slots what was written on them earlier.

        Raises as :meth:`Disk.earlier` does.
        """
        for name, disk in self.disks.items():
            medium = disk.medium
            if medium is not None and not medium.written:
                again = self.given(name, medium)
                if again is not medium:
                    disk.machine.media.write(name, again.written)
                    disk.follow(again)

    def given(self, slot: str, medium: Medium) -> Medium:
        """See :class:`emucore.body.media.Keeper`; raises as :meth:`Disk.earlier` does."""
        disk = self.disks.get(slot)
        if disk is None:
            return medium
        path = disk.path(medium)
        for other in self.disks.values():
            if other is not disk and other.medium and path and other.path(other.medium) == path:
                raise MachineError(f"{medium.called()} is in another slot, and is written there")
        return disk.earlier(medium)

    def put(self, slot: str, medium: Medium | None) -> None:
        """See :class:`emucore.body.media.Keeper`."""
        if slot in self.disks:
            self.disks[slot].follow(medium)

    def taken(self, slot: str) -> None:
        """See :class:`emucore.body.media.Keeper`; raises :class:`OSError`."""
        if slot in self.disks:
            disk = self.disks[slot]
            disk.frame()  # what was written since the last one
            disk.save()

    def save(self) -> None:
        """See :class:`emucore.body.media.Keeper`; raises :class:`OSError`."""
        for slot in self.disks:
            self.taken(slot)
