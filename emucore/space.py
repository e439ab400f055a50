"""Memory as a CPU addresses it, for people and scripts: ``machine.memory[0x2400:0x2410]``.

Looking does not disturb: nothing is told of it, no clock moves, and a device is not asked.  So what
is no memory reads as the space's open bus, and only memory that the CPU can write takes a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from emucore.board import AddressMap, CpuPart, Range
from emucore.errors import UserError
from emucore.kernel import RAM, ROM, WATCH

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
        if isinstance(key, slice):
            return bytes(self._read(address) for address in range(*key.indices(len(self))))
        return self._read(self._checked(key))

    def __setitem__(self, key: int | slice, value: int | bytes) -> None:
        if isinstance(key, slice):
            addresses = list(range(*key.indices(len(self))))
        else:
            addresses = [self._checked(key)]
        data = bytes([value]) if isinstance(value, int) else bytes(value)
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
