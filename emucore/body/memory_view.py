"""Memory as a CPU addresses it, for people and scripts: ``machine.memory[0x2400:0x2410]``.

Looking does not disturb: nothing is told of it, no clock moves, and a device is not asked.  So what
is no memory reads as the space's open bus, and only memory that the CPU can write takes a value.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, overload

from emucore.base.errors import ArgumentError, BadType, BadValue, OutOfRange
from emucore.board import AddressMap, CpuPart, Range
from emucore.kernel.layout import RAM, ROM, SLOW, WATCH
from emucore.plan.arena import Arena, Layout
from emucore.plan.plan import Plan

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Bytes that are copied at once, at most: all of a space that is wider is more than anyone means.
COPY_MOST = 1 << 28


class Holder(Protocol):
    """What has the memory."""

    arena: Arena
    layout: Layout
    plan: Plan
    words: memoryview[int]

    def store(self, at: int, value: int) -> None:
        """Store a byte at offset *at* of the arena."""


class AddressSpace:
    """One space of one CPU: an int for an address, bytes for a slice; addresses do not wrap.

    Raises :class:`OutOfRange` (an :class:`IndexError`) beyond the space.  Assigning raises
    :class:`MachineError` where there is no RAM; nothing is changed then.

    >>> import machines
    >>> memory = machines.load("invaders").memory
    >>> memory[0x2000:0x2003] = b"abc"
    >>> memory[0x2001], memory[0x2000:0x2003]
    (98, b'abc')

    numpy takes all of it, or a stretch, at once.  A :meth:`view` is live:

    >>> import numpy
    >>> numpy.asarray(memory).shape
    (65536,)
    >>> ram = numpy.frombuffer(memory.view(0x2000, 0x4000), "u1")
    >>> memory[0x2002] = 7
    >>> ram[:3].tolist()
    [97, 98, 7]
    """

    def __init__(self, machine: Holder, part: CpuPart, map_: AddressMap) -> None:
        self.machine = machine
        self.part = part
        self.map = map_

    def __len__(self) -> int:
        return 1 << self.map.space.bits

    def __repr__(self) -> str:
        return f"<{self.part.name}.{self.map.space.name}: {self.map.space.bits} address bits>"

    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> bytes: ...
    def __getitem__(self, key: int | slice) -> int | bytes:
        if not isinstance(key, slice):
            return self._read(self._checked(key))
        addresses = self._addresses(key)
        if addresses.step != 1:
            return bytes(self._read(address) for address in addresses)
        return b"".join(self._pieces(addresses.start, addresses.stop))

    def __setitem__(self, key: int | slice, value: SupportsIndex | Iterable[SupportsIndex]) -> None:
        if isinstance(key, slice):
            addresses = list(self._addresses(key))
        else:
            addresses = [self._checked(key)]
        data = _bytes(value)
        if len(data) != len(addresses):
            raise BadValue("value", f"{len(data)} bytes for {len(addresses)} addresses")
        places = [self._find(address, writing=True) for address in addresses]
        if None in places:
            at = addresses[places.index(None)]
            raise ArgumentError("address", f"{self!r}: no RAM at {at:#x}")
        for place, byte in zip(places, data, strict=True):
            assert place is not None
            self.machine.store(place, byte)

    def __iter__(self) -> Iterator[int]:
        return (self._read(address) for address in range(len(self)))

    def __buffer__(self, flags: int) -> memoryview:
        """All of it as the CPU sees it now, a copy (the buffer protocol, from Python 3.12)."""
        return memoryview(self[:])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[np.uint8]:
        """All of it as the CPU sees it now, for numpy: a copy."""
        import numpy as np

        if copy is False:
            raise BadValue("copy", f"{self!r}: all of it is a copy; view() is not")
        return np.frombuffer(bytearray(self[:]), np.uint8).astype(dtype or np.uint8, copy=False)

    def view(self, start: int, stop: int) -> memoryview:
        """The bytes from *start* up to *stop* themselves: what they are now, whenever it is read.

        It cannot be written to: assign to the space, so that engines that translate heed it.
        Raises :class:`MachineError` where that is not one piece of one memory.
        """
        self._checked(start)
        if not start < stop <= len(self):
            raise OutOfRange("stop", f"{stop:#x} is no end of a stretch of {self!r}")
        first, address = self._find(start, writing=False), start
        while first is not None and address < stop:
            row = self._row(address, writing=False)
            place = self._find(address, writing=False)
            shown = row is not None and row.bank is not None and row.bank.device is not None
            if row is None or shown or place != first + address - start:
                first = None
            address = max(address + 1, self._plain_until(address))
        if first is None:
            text = f"{self!r}: {start:#x} to {stop:#x} is not one piece of one memory"
            raise ArgumentError("stop", text)
        return self.machine.arena.memory[first : first + stop - start].toreadonly()

    def _addresses(self, key: slice) -> range:
        try:
            addresses = range(*key.indices(len(self)))
        except TypeError:
            raise BadType("address", f"{self!r}: {key} are no addresses") from None
        if len(addresses) > COPY_MOST:
            raise BadValue("address", f"{self!r}: {len(addresses):,} bytes at once are too many")
        return addresses

    def _checked(self, address: int) -> int:
        if not hasattr(address, "__index__"):
            raise BadType("address", f"{self!r}: {address!r:.40} is no address")
        if not 0 <= address < len(self):
            raise OutOfRange("address", f"{address:#x} is not in {self!r}")
        return address

    def look(self, address: int) -> int | None:
        """The byte of memory at *address*; None where there is none."""
        place = self._find(address, writing=False)
        return None if place is None else self.machine.arena.memory[place]

    def _pieces(self, address: int, stop: int) -> Iterator[bytes | memoryview]:
        """The bytes up to *stop*: memory by runs of whole pages, what is left one by one."""
        memory = self.machine.arena.memory
        while address < stop:
            end = min(stop, self._plain_until(address))
            if end > address:
                place = self._find(address, writing=False)
                assert place is not None
                yield memory[place : place + end - address]
                address = end
            else:
                yield bytes((self._read(address),))
                address += 1

    def _plain_until(self, address: int) -> int:
        """The end of the pages from *address* on that are one piece of memory; *address* if none.

        The kernel's page tables tell, but of a bank only that it is memory: which one is shown
        there may have changed since.  So a run of banked memory is a page.
        """
        bits, words = self.map.space.page_bits, self.machine.words
        if not bits:
            return address
        table = self.machine.plan.word(f"{self.part.name}.{self.map.space.name}.reads")
        page, pages = address >> bits, len(self) >> bits
        entry = words[table + page]
        if entry == SLOW:
            return address
        page += 1
        if not any(row.bank is not None for row in self.map.ranges):
            while page < pages and words[table + page] == entry:
                page += 1
        return page << bits

    def _read(self, address: int) -> int:
        byte = self.look(address)
        return self.map.open_bus if byte is None else byte

    def _find(self, address: int, *, writing: bool) -> int | None:
        """Arena offset of the byte at *address*; None where the CPU would reach no memory."""
        row = self._row(address, writing=writing)
        return None if row is None else self._place(row, (address & ~row.mirror) - row.start)

    def _row(self, address: int, *, writing: bool) -> Range | None:
        """The range of memory that *address* is in; None where the CPU would reach none.

        What answers is what :mod:`emucore.kernel.kernel`'s ``find`` has answer.
        """
        for row in self.map.ranges:
            if row.start <= address & ~row.mirror <= row.end:
                if row.kind <= RAM:
                    if not (row.writes if writing else row.reads) or self._is_off(row):
                        continue
                    return None if writing and row.kind == ROM else row
                if row.kind != WATCH and (row.write if writing else row.read) is not None:
                    return None
        return None

    def _is_off(self, row: Range) -> bool:
        """Whether it is a window that is switched off."""
        if row.bank is None or row.bank.device is None or not row.bank.enable:
            return False
        return not self.machine.arena[f"{row.bank.device.name}.{row.bank.enable}"][0]

    def _place(self, row: Range, at: int) -> int:
        memory = row.memory
        assert memory is not None
        start = self.machine.layout.fields[memory.field].offset + memory.offset
        if row.bank is None or row.bank.device is None:
            return start + at % memory.size
        window = row.end - row.start + 1
        register = self.machine.arena[f"{row.bank.device.name}.{row.bank.register}"]
        return start + int(register[0]) % max(1, memory.size // window) * window + at


def _bytes(value: Any) -> bytes:
    """*value* as bytes: of a number, numpy's too, it makes one, not as many zeros as it says."""
    try:
        return bytes([operator.index(value)])
    except TypeError:
        pass
    except ValueError:
        raise BadValue("value", f"{value!r:.40} is not in range(0, 256)") from None
    try:
        return bytes(value)
    except (TypeError, ValueError):
        raise BadValue("value", f"{value!r:.40}: no bytes, each in range(0, 256)") from None
