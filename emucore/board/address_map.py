"""The map of an address space: what answers where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from emucore.board.errors import BoardError
from emucore.device import Device
from emucore.ir.ops import Space
from emucore.kernel.layout import DEVICE, RAM, ROM, TAPPED, WATCH

#: CPU cycles, or a device and its function that tells them.
Waits: TypeAlias = "int | tuple[Device, str]"


@dataclass(frozen=True)
class Memory:
    """A piece of the arena: a memory of its own, or an array field of a device."""

    field: str
    size: int
    offset: int = 0


@dataclass(frozen=True)
class Bank:
    """Which of a memory's equal parts a window shows: the value of a device's field, modulo; none,
    while the field *enable*, if it has one, is 0."""

    device: Device | None
    register: str
    enable: str = ""


#: What a window is that is there in frames that nobody looks at, and only then.
UNSEEN = Bank(None, "")


@dataclass(frozen=True)
class Range:
    """One row of an address map; addresses inclusive, ``mirror`` bits are not decoded."""

    start: int
    end: int
    mirror: int
    kind: int
    memory: Memory | None = None
    device: Device | None = None
    read: str | None = None
    write: str | None = None
    waits: Waits = 0
    bank: Bank | None = None
    #: Whether it answers reads, and writes; what does not is left to the rows below.
    reads: bool = True
    writes: bool = True


class AddressMap:
    """The map of one address space of one CPU.  Earlier rows win where rows overlap.

    A device that only reads or only writes leaves the other to the rows below it.  Unmapped reads
    give ``open_bus``; writes to nothing vanish.  *waits* are CPU cycles before the access: a
    number, or a device and the name of its function ``(self, offset, time) -> cycles``.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.ranges: list[Range] = []
        self.open_bus = 0xFF

    def rom(
        self,
        start: int,
        end: int,
        memory: Memory,
        *,
        mirror: int = 0,
        waits: Waits = 0,
        over: bool = False,
    ) -> None:
        """Memory that only reads; writes vanish, or if it lies *over* others go to them."""
        self._add(Range(start, end, mirror, ROM, memory, waits=waits, writes=not over))

    def ram(
        self,
        start: int,
        end: int,
        memory: Memory,
        *,
        mirror: int = 0,
        waits: Waits = 0,
        unseen: bool = False,
    ) -> None:
        """Memory that reads and writes; one smaller than the window repeats in it.

        *unseen* is a way for writes past the rows below, in frames that are not drawn: where a
        picture chip watches memory, so as to draw in time what is about to change.
        """
        bank = UNSEEN if unseen else None
        if unseen and memory.size < end - start + 1:
            raise BoardError(f"{memory.field} does not fill {start:#x}..{end:#x}")
        reads = not unseen  # which nobody watches
        row = Range(start, end, mirror, RAM, memory, waits=waits, bank=bank, reads=reads)
        self._add(row)

    def bank(
        self,
        start: int,
        end: int,
        memory: Memory,
        device: Device,
        register: str,
        *,
        mirror: int = 0,
        writable: bool = False,
        enable: str = "",
        waits: Waits = 0,
        reads: bool = True,
        writes: bool = True,
    ) -> None:
        """A window on the part of *memory* that *register* of *device* chooses.

        While the field *enable* of the device is 0 it is not there.  Without *reads*, or without
        *writes*, those go to the rows below: a window may read one part and write another.
        """
        for name in filter(None, (register, enable)):
            if name not in device.fields or device.fields[name].shape:
                raise BoardError(f"{type(device).__name__} has no register {name}")
        bank, kind = Bank(device, register, enable), RAM if writable else ROM
        row = Range(start, end, mirror, kind, memory, None, None, None, waits, bank, reads, writes)
        self._add(row)

    def device(
        self,
        start: int,
        end: int,
        device: Device,
        *,
        read: str | None = None,
        write: str | None = None,
        mirror: int = 0,
        waits: Waits = 0,
        tapped: bool = False,
    ) -> None:
        """Functions of a device.  Their offset counts from *start*.

        A *tapped* device is also told why it is accessed: kind (index of ``ops.KINDS``) and width
        in bits are added to the offset from bits ``kernel.TAP_KIND`` and ``TAP_WIDTH`` up.
        """
        for name in (read, write):
            if name is not None and name not in device.functions:
                raise BoardError(f"{type(device).__name__} has no function {name}")
        kind = TAPPED if tapped else DEVICE
        self._add(Range(start, end, mirror, kind, None, device, read, write, waits))

    def watch(self, start: int, end: int, device: Device, write: str, *, mirror: int = 0) -> None:
        """Let a device see writes (byte by byte) before they go on to the rows below.

        For a chip that shares a latch, or a picture that must be drawn up to the beam before its
        memory changes.
        """
        if write not in device.functions:
            raise BoardError(f"{type(device).__name__} has no function {write}")
        self._add(Range(start, end, mirror, WATCH, None, device, write=write))

    def _add(self, row: Range) -> None:
        if not isinstance(row.waits, int) and row.waits[1] not in row.waits[0].functions:
            raise BoardError(f"{type(row.waits[0]).__name__} has no function {row.waits[1]}")
        top = (1 << self.space.bits) - 1
        if not 0 <= row.start <= row.end <= top or row.mirror & ~top:
            raise BoardError(f"{row.start:#x}..{row.end:#x} is not in {self.space}")
        if row.mirror & (row.start | row.end):
            raise BoardError(f"{row.start:#x}..{row.end:#x} has bits of its mirror {row.mirror:#x}")
        self.ranges.append(row)
