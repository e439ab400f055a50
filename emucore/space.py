"""Memory as a CPU addresses it, for people and scripts: ``machine.memory[0x2400:0x2410]``.

Looking does not disturb: nothing is told of it, no clock moves, and a device is not asked.  So what
is no memory reads as the space's open bus, and only memory that the CPU can write takes a value.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from emucore.board import AddressMap, CpuPart, Range
from emucore.errors import UserError
from emucore.kernel import RAM, ROM, SLOW, WATCH

if TYPE_CHECKING:
    from emucore.machine import Machine


class AddressSpace:
    """One space of one CPU: an int for an address, bytes for a slice; addresses do not wrap.

    Raises :class:`IndexError` beyond the space.  Assigning raises :class:`UserError` where there is
    no RAM; nothing is changed then.
    """

    def __init__(self, machine: Machine, part: CpuPart, map_: AddressMap) -> None:
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
        start, stop, step = key.indices(len(self))
        if step != 1:
            return bytes(self._read(address) for address in range(start, stop, step))
        return b"".join(self._pieces(start, stop))

    def __setitem__(self, key: int | slice, value: SupportsIndex | Iterable[SupportsIndex]) -> None:
        if isinstance(key, slice):
            addresses = list(range(*key.indices(len(self))))
        else:
            addresses = [self._checked(key)]
        data = _bytes(value)
        if len(data) != len(addresses):
            raise ValueError(f"{len(data)} bytes for {len(addresses)} addresses")
        places = [self._find(address, writing=True) for address in addresses]
        if None in places:
            raise UserError(f"{self!r}: no RAM at {addresses[places.index(None)]:#x}")
        for place, byte in zip(places, data, strict=True):
            assert place is not None
            self.machine.store(place, byte)

    def _checked(self, address: int) -> int:
        if not 0 <= address < len(self):
            raise IndexError(f"{address:#x} is not in {self!r}")
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
        """Arena offset of the byte at *address*; None where the CPU would reach no memory.

        What answers is what :mod:`emucore.kernel`'s ``find`` has answer.
        """
        for row in self.map.ranges:
            seen = address & ~row.mirror
            if row.start <= seen <= row.end:
                if writing and row.kind == ROM:
                    return None
                if row.kind <= RAM:
                    return self._place(row, seen - row.start)
                if row.kind != WATCH and (row.write if writing else row.read) is not None:
                    return None
        return None

    def _place(self, row: Range, at: int) -> int:
        memory = row.memory
        assert memory is not None
        start = self.machine.layout.fields[memory.field].offset + memory.offset
        if row.bank is None:
            return start + at % memory.size
        window = row.end - row.start + 1
        register = self.machine.arena[f"{row.bank.device.name}.{row.bank.register}"]
        return start + int(register[0]) % max(1, memory.size // window) * window + at


def _bytes(value: Any) -> bytes:
    """*value* as bytes: of a number, numpy's too, it makes one, not as many zeros as it says."""
    try:
        return bytes([operator.index(value)])
    except TypeError:
        return bytes(value)
