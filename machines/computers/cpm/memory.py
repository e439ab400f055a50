"""The box's memory as the operating system sees it, and file control blocks in it."""

from __future__ import annotations

from emucore.machine import Machine
from machines.computers.cpm.traps import FIRST


class Memory:
    """All 64 KiB: RAM, and the system's page on top.  Addresses wrap."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._ram = machine.arena["ram"]
        self._page = machine.arena["traps.page"]

    def __getitem__(self, address: int) -> int:
        address &= 0xFFFF
        return int(self._ram[address] if address < FIRST else self._page[address - FIRST])

    def __setitem__(self, address: int, value: int) -> None:
        address &= 0xFFFF
        if address < FIRST:
            self._machine.poke("ram", address, value & 0xFF)
        else:
            self._page[address - FIRST] = value & 0xFF

    def read(self, address: int, count: int) -> bytes:
        """*count* bytes from *address*."""
        return bytes(self[address + i] for i in range(count))

    def write(self, address: int, data: bytes) -> None:
        """Store *data* from *address*."""
        for i, value in enumerate(data):
            self[address + i] = value

    def word(self, address: int) -> int:
        """Two bytes, low byte first."""
        return self[address] | self[address + 1] << 8


class Fcb:
    """A file control block (CP/M 2.2 Interface Guide, section 2): 36 bytes at *address*."""

    def __init__(self, memory: Memory, address: int) -> None:
        self._memory = memory
        self.address = address

    @property
    def drive(self) -> int:
        """0 the current drive, 1 A … 16 P; ``?`` matches all in a search."""
        return self._memory[self.address]

    @property
    def name(self) -> bytes:
        """Name and type, 11 bytes, without the attribute bits, in capitals."""
        return self.name_at(1)

    @property
    def new_name(self) -> bytes:
        """The second name of a rename."""
        return self.name_at(17)

    def name_at(self, offset: int) -> bytes:
        """An 11-byte name at *offset*."""
        raw = self._memory.read(self.address + offset, 11)
        return bytes(b & 0x7F for b in raw).upper()

    def set_name(self, name: bytes) -> None:
        """Store name and type."""
        self._memory.write(self.address + 1, name)

    @property
    def extent(self) -> int:
        """The extent (of 128 records) in EX, or ``?`` in a search."""
        return self._memory[self.address + 12]

    @property
    def record(self) -> int:
        """Number of the record that is read or written next in sequence: S2, EX and CR."""
        memory, at = self._memory, self.address
        return ((memory[at + 14] & 15) * 32 + (memory[at + 12] & 31)) * 128 + memory[at + 32]

    def seek(self, record: int, total: int) -> None:
        """Set S2, EX and CR to *record*, and RC for a file of *total* records."""
        extent = record >> 7
        self._memory[self.address + 32] = record & 127
        self.set_extent(extent, total)

    def set_extent(self, extent: int, total: int) -> None:
        """Set S2, EX and RC."""
        at = self.address
        self._memory[at + 12] = extent & 31
        self._memory[at + 14] = extent >> 5 & 15
        self._memory[at + 15] = max(0, min(128, total - extent * 128))

    def advance(self, record: int, total: int) -> None:
        """After *record*; a CR of 128 stays in its extent until the next transfer."""
        self.set_extent(record >> 7, total)
        self._memory[self.address + 32] = (record & 127) + 1

    @property
    def random(self) -> int:
        """The random record number, R0 to R2."""
        return int.from_bytes(self._memory.read(self.address + 33, 3), "little")

    @random.setter
    def random(self, record: int) -> None:
        self._memory.write(self.address + 33, record.to_bytes(3, "little"))
