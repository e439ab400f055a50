"""What several CPUs share: where they must come in the order of time, and who waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from emucore.board import AddressMap, Board, CpuPart, Memory, Range
from emucore.device import Device
from emucore.kernel.layout import RAM, ROM


class Sharing:
    """Which devices and memories each CPU of *board* reaches, by whatever way."""

    def __init__(self, board: Board, devices: list[Device]) -> None:
        self._board = board
        self._roots = {part: root for root in board.devices.values() for part in root.all_parts()}
        # what a device's change reaches: devices wired to it, those of buses that it is a master of
        self._next: dict[Device, set[Device]] = {root: set() for root in board.devices.values()}
        self._lines: dict[Device, set[CpuPart]] = {root: set() for root in board.devices.values()}
        self._maps: dict[Device, set[AddressMap]] = {}
        for wire in board.wires:
            root = self._roots[wire.device]
            if isinstance(wire.to, CpuPart):
                self._lines[root].add(wire.to)
            elif wire.to is not None:
                self._next[root].add(self._roots[wire.to])
        for part, root in self._roots.items():
            for name, spec in part.fields.items():
                if spec.role == "bus":
                    m = getattr(part, name)
                    self._maps.setdefault(root, set()).add(m)
                    self._next[root] |= self._of_ranges(m.ranges)

    def _of_ranges(self, ranges: Iterable[Range]) -> set[Device]:
        found = set()
        for r in ranges:
            if r.device is not None:
                found.add(self._roots[r.device])
            if r.memory is not None:
                owner = self._owner(r.memory)
                if owner is not None:
                    found.add(owner)
        return found

    def _owner(self, memory: Memory) -> Device | None:
        """The device that a memory is a field of, as a whole."""
        name = memory.field.rpartition(".")[0].partition(".")[0]
        return self._board.devices.get(name)

    def _closure(self, devices: set[Device]) -> set[Device]:
        found, left = set(devices), list(devices)
        while left:
            for device in self._next[left.pop()] - found:
                found.add(device)
                left.append(device)
        return found

    @cached_property
    def _reached(self) -> dict[CpuPart, set[Device]]:
        """The devices that each CPU's accesses may look at or change."""
        return {
            part: self._closure(
                {d for m in part.spaces.values() for d in self._of_ranges(m.ranges)}
            )
            for part in self._board.cpus
        }

    @cached_property
    def _memories(self) -> dict[CpuPart, set[tuple[Memory, bool]]]:
        """The memories that each reaches, itself or by devices, and whether it writes them."""
        found: dict[CpuPart, set[tuple[Memory, bool]]] = {}
        for part in self._board.cpus:
            maps = set(part.spaces.values())
            for device in self._reached[part]:
                maps |= self._maps.get(device, set())
            ranges = [r for m in maps for r in m.ranges if r.memory is not None]
            found[part] = {(r.memory, r.kind == RAM) for r in ranges if r.memory is not None}
        return found

    def drives(self, cpu: CpuPart, other: CpuPart) -> bool:
        """Whether *cpu* may change an input line of *other*."""
        return any(other in self._lines[device] for device in self._reached[cpu])

    def shared(self, cpu_map: AddressMap, r: Range) -> bool:
        """Whether an access to the range of a map comes in its turn among those of all CPUs."""
        cpus = [part for part in self._board.cpus if cpu_map in part.spaces.values()]
        others = (
            self._board.cpus if len(cpus) > 1 else [p for p in self._board.cpus if p not in cpus]
        )
        if len(self._board.cpus) < 2 or not cpus:
            return False
        if r.device is not None:
            touched = self._closure({self._roots[r.device]})
            return any(
                touched & self._reached[other] or any(other in self._lines[d] for d in touched)
                for other in others
            )
        assert r.memory is not None
        owner = self._owner(r.memory)
        if owner is not None and any(owner in self._reached[other] for other in others):
            return True
        for other in others:
            for memory, writes in self._memories[other]:
                if _overlap(memory, r.memory) and (writes or r.kind != ROM):
                    return True
        return False


def _overlap(a: Memory, b: Memory) -> bool:
    return a.field == b.field and a.offset < b.offset + b.size and b.offset < a.offset + a.size
