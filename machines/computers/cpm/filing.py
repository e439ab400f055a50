"""BDOS calls on files (CP/M 2.2 Interface Guide, section 2).

Nothing is kept between two calls but what the program's FCBs and the box's state say, so a save
state needs no open files.  Results are those of the Guide: directory code 0, or 255 for none.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from machines.computers.cpm.drive import RECORD, RECORDS_MOST, Drive
from machines.computers.cpm.memory import Fcb, Memory

NONE = 0xFF
WILD = ord("?")
BLOCK_RECORDS = 16  # blocks of 2 KiB, as the disk parameter block says
DELETED = 0xE5


class DiskError(Exception):
    """What BDOS reports as "Bdos Err On A: …" before it ends the program."""


class Filing:
    """Functions 15 to 23, 30, 33 to 36 and 40; *state* is the record of the box's Traps."""

    def __init__(self, memory: Memory, state: Any, drive: Drive) -> None:
        self.memory = memory
        self.state = state
        self.drive = drive
        self.functions: dict[int, Callable[[Fcb], int]] = {
            15: self.open,
            16: self.close,
            17: self.search_first,
            18: self.search_next,
            19: self.delete,
            20: self.read_sequential,
            21: self.write_sequential,
            22: self.make,
            23: self.rename,
            30: self.set_attributes,
            33: self.read_random,
            34: self.write_random,
            35: self.size,
            36: self.set_random,
            40: self.write_random,
        }

    def call(self, function: int, address: int) -> int:
        """Do *function* on the FCB at *address*.  Raises :class:`DiskError`."""
        # a search goes on with the FCB that began it, whatever DE holds
        fcb = Fcb(self.memory, self.state.search_fcb & 0xFFFF if function == 18 else address)
        drive = fcb.drive
        if drive and drive != WILD:
            self.select(drive - 1)
        else:
            self.select(self.state.drive)
        try:
            return self.functions[function](fcb)
        except DiskError:
            raise
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise DiskError("R/O") from None
            raise DiskError("Bad Sector") from None

    def select(self, drive: int) -> None:
        """:class:`DiskError` for any drive but A."""
        if drive:
            raise DiskError("Select")

    # -- the directory ----------------------------------------------------------------------

    def _files(self) -> dict[bytes, Path]:
        """All files belong to user 0."""
        return self.drive.files() if self.state.user == 0 else {}

    def _find(self, fcb: Fcb) -> Path | None:
        return self._files().get(fcb.name)

    def _matching(self, pattern: bytes) -> Iterator[tuple[bytes, Path]]:
        for name, path in self._files().items():
            if all(p in (WILD, n) for p, n in zip(pattern, name, strict=True)):
                yield name, path

    def open(self, fcb: Fcb) -> int:
        """Function 15; an ambiguous name opens the first file that it matches."""
        for name, path in self._matching(fcb.name):
            total = self.drive.records(path)
            extent = fcb.extent & 31
            if extent and extent * 128 >= total:
                return NONE
            fcb.set_name(name)
            fcb.set_extent(extent, total)
            return 0
        return NONE

    def close(self, fcb: Fcb) -> int:
        """Function 16; there is nothing left to write."""
        return 0 if self._find(fcb) else NONE

    def search_first(self, fcb: Fcb) -> int:
        """Function 17."""
        self.state.search_fcb = fcb.address
        self.state.search_extent = -1
        self.state.search_name[:] = bytes(11)
        return self._search(fcb)

    def search_next(self, fcb: Fcb) -> int:
        """Function 18."""
        return self._search(fcb)

    def _search(self, fcb: Fcb) -> int:
        """The first directory entry behind the last one found, to the DMA address."""
        everything = fcb.drive == WILD
        pattern = b"?" * 11 if everything else fcb.name
        last = bytes(self.state.search_name), self.state.search_extent
        for name, path in self._matching(pattern):
            total = self.drive.records(path)
            for extent in range(max(1, -(-total // 128))):
                wanted = everything or fcb.extent in (WILD, extent & 31)
                if wanted and (name, extent) > last:
                    self.state.search_name[:] = name
                    self.state.search_extent = extent
                    self._show(name, extent, total)
                    return 0
        return NONE

    def _show(self, name: bytes, extent: int, total: int) -> None:
        """A directory record with one entry, the other three deleted."""
        records = max(0, min(128, total - extent * 128))
        blocks = [i + 1 if i * BLOCK_RECORDS < records else 0 for i in range(8)]
        entry = bytes((0, *name, extent & 31, 0, extent >> 5, records))
        entry += b"".join(block.to_bytes(2, "little") for block in blocks)
        self.memory.write(self.state.dma, entry.ljust(RECORD, bytes((DELETED,))))

    def delete(self, fcb: Fcb) -> int:
        """Function 19: all files that match."""
        self._check_writable()
        found = list(self._matching(fcb.name))
        for _, path in found:
            path.unlink()
        return 0 if found else NONE

    def make(self, fcb: Fcb) -> int:
        """Function 22; 255, as for a full directory, if it is there or has no proper name."""
        self._check_writable()
        try:
            if self.state.user or self._find(fcb):
                return NONE
            self.drive.make(fcb.name)
        except (FileExistsError, FileNotFoundError):
            return NONE
        fcb.set_extent(fcb.extent & 31, 0)
        return 0

    def rename(self, fcb: Fcb) -> int:
        """Function 23."""
        self._check_writable()
        path = self._find(fcb)
        if path is None:
            return NONE
        try:
            self.drive.rename(path, fcb.new_name)
        except (FileExistsError, FileNotFoundError):
            return NONE
        return 0

    def set_attributes(self, fcb: Fcb) -> int:
        """Function 30; attributes are not kept."""
        return 0 if self._find(fcb) else NONE

    def size(self, fcb: Fcb) -> int:
        """Function 35: the random record number behind the file's end."""
        path = self._find(fcb)
        if path is None:
            return NONE
        fcb.random = self.drive.records(path)
        return 0

    # -- records ----------------------------------------------------------------------------

    def read_sequential(self, fcb: Fcb) -> int:
        """Function 20: 0, or 1 at the file's end."""
        path, record = self._find(fcb), fcb.record
        if path is None:
            return NONE
        data = self.drive.read(path, record) if record < RECORDS_MOST else b""
        if not data:
            return 1
        self.memory.write(self.state.dma, data)
        fcb.advance(record, self.drive.records(path))
        return 0

    def write_sequential(self, fcb: Fcb) -> int:
        """Function 21: 0, or 2 for a full disk."""
        record = fcb.record
        result = self._write(fcb, record)
        path = self._find(fcb)
        if result == 0 and path is not None:
            fcb.advance(record, self.drive.records(path))
        return result

    def _write(self, fcb: Fcb, record: int) -> int:
        self._check_writable()
        path = self._find(fcb)
        if path is None:
            return NONE
        if record >= RECORDS_MOST:
            return 2
        try:
            self.drive.write(path, record, self.memory.read(self.state.dma, RECORD))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                return 2
            raise
        return 0

    def _check_writable(self) -> None:
        if not self.drive.writable or self.state.read_only & 1:
            raise DiskError("R/O")

    def read_random(self, fcb: Fcb) -> int:
        """Function 33: 0; 1 no data there; 4 no such extent; 6 beyond any disk."""
        path, record = self._find(fcb), fcb.random
        if path is None:
            return NONE
        if record >= RECORDS_MOST:
            return 6
        total = self.drive.records(path)
        data = self.drive.read(path, record)
        if not data:
            return 1 if record >> 7 <= max(0, total - 1) >> 7 else 4
        fcb.seek(record, total)
        self.memory.write(self.state.dma, data)
        return 0

    def write_random(self, fcb: Fcb) -> int:
        """Functions 34 and 40 (what is left out in between reads as zero): 0, 2 full, 6 beyond."""
        record = fcb.random
        if record >= RECORDS_MOST:
            return 6
        result = self._write(fcb, record)
        path = self._find(fcb)
        if result == 0 and path is not None:
            fcb.seek(record, self.drive.records(path))
        return result

    def set_random(self, fcb: Fcb) -> int:
        """Function 36: the random record number of the sequential position."""
        fcb.random = fcb.record
        return 0
