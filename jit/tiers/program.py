"""The program in a CPU's memory, as a translator may rely on it.

It relies on plain memory that only CPUs write.  Writes by CPUs are seen, and what was made from the
bytes before goes; but bytes that change over and over are not worth that, and are left alone.  So
are bytes that have hooks: translated code ends in front of them.
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from emucore.board import CpuPart
from emucore.body.guest import Guest
from emucore.kernel import layout as k
from jit.devices.stores import written
from jit.regions.memory_map import plain
from jit.tiers.heat import REMEMBERED

#: Times that a byte may change under a translation; they are forgotten by half in so many seconds.
PATIENCE, FORGET = 4, 10.0


class GuestProgram:
    """The program space of one CPU of a machine."""

    def __init__(self, machine: Guest, part: CpuPart) -> None:
        self._machine = machine
        self._part = part
        space = part.isa.space
        self.base = machine.base(part)
        self.plain = plain(machine, part, space)
        #: The version of the machine's hooks that this heeds.
        self.heeded = machine.hooks.version
        self._mask = (1 << space.bits) - 1
        self._bits = space.page_bits
        self._reads = machine.layout.fields[f"{part.name}.{space.name}.reads"].offset // 8
        self._banked = [r for r in part.spaces[space.name].ranges if r.bank is not None and r.reads]
        self._fields = [
            (device, name, machine.layout.fields[f"{device.name}.{name}"])
            for device in machine.board.devices.values()
            for name in device.fields
        ]
        #: Addresses that have hooks.
        self.hooked: frozenset[int] = frozenset()
        self._changes: dict[int, int] = {}
        self._forgot = time.monotonic()

    def heed_hooks(self) -> bool:
        """Look where plain memory is now: where it has hooks, it is not; whether it was elsewhere
        before."""
        before = self.plain
        self.plain = plain(self._machine, self._part, self._part.isa.space)
        self.heeded = self._machine.hooks.version
        return before != self.plain

    def is_current(self) -> bool:
        """Whether the machine has no other hooks than those that this heeds."""
        return self.heeded == self._machine.hooks.version

    def offset(self, address: int) -> int | None:
        """Arena offset of the program byte at *address*; None if it cannot be relied on."""
        address &= self._mask
        if address in self.hooked:
            return None
        entry = self._machine.words[self._reads + (address >> self._bits)]
        if entry == k.SLOW or self._changes.get(address, 0) >= PATIENCE:
            return None
        if any(r.start <= address & ~r.mirror & self._mask <= r.end for r in self._banked):
            return None
        at = self.base + entry + address
        for device, name, field in self._fields:
            if field.offset <= at < field.end:  # a device's, which may write it at any moment
                return None if name in written(device) else at
        return at

    def peek(self, address: int, width: int) -> int | None:
        """See :data:`jit.regions.region.Peek`."""
        value = 0
        for i in range(width // 8):
            at = self.offset(address + i)
            if at is None:
                return None
            value |= self._machine.arena.memory[at] << 8 * i
        return value

    def changed(self, addresses: list[int]) -> None:
        """These bytes were found other than a translation of them had them."""
        if len(self._changes) > REMEMBERED:
            self._changes.clear()
        for address in addresses:
            self._changes[address] = self._changes.get(address, 0) + 1

    def forget(self) -> bool:
        """Forget old changes if it is time to; whether bytes may be relied on again for that."""
        now = time.monotonic()
        if now - self._forgot < FORGET or not self._changes:
            return False
        self._forgot = now
        counts = list(self._changes.items())  # at once: the machine runs on
        self._changes = {a: count // 2 for a, count in counts if count > 1}
        return any(count >= PATIENCE > count // 2 for _, count in counts)

    def open(self, marks: npt.NDArray[np.uint8], bits: int) -> None:
        """Tell translated code the longest part of the main memory without *marks*, of which there
        is one for each 2**bits bytes of the arena."""
        main = self.plain.main(writing=True)
        if main is None:
            return
        to_address = -self.base - main.entry
        first, last = (main.start - to_address >> bits, main.end - to_address >> bits)
        edges = np.concatenate(([-1], np.flatnonzero(marks[first : last + 1]), [last + 1 - first]))
        longest = int(np.argmax(np.diff(edges)))
        start, end = (
            (int(granule) + first << bits) + to_address
            for granule in (edges[longest] + 1, edges[longest + 1])
        )
        start, end = max(start, main.start), min(end, main.end + 1)
        if end - start < _LEAST:
            start, end = -(1 << 62), -(1 << 62) + _LEAST  # where no address is
        words, header = self._machine.words, self.base // 8
        words[header + k.OPEN], words[header + k.OPEN_SIZE] = start, end - start


#: Bytes: no access is wider, and where fewer are open none must fit.
_LEAST = 8
