"""Cheats: bytes of memory that are held at a value, as an Action Replay holds them.

They are written when they are set and again before each frame, so a program may change one for at
most a frame.  To be exact to the instruction, hook the writes instead (:meth:`Machine.hook`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from emucore.base.errors import ArgumentError, UnknownName
from emucore.body.body import Body


class Cheats(Mapping[int, int]):
    """The frozen bytes of the first CPU's memory, by address."""

    def __init__(self, values: Mapping[int, int] | None = None) -> None:
        self.frozen = dict(values or {})

    def freeze(self, machine: Body, address: int, data: bytes) -> None:
        """Hold *data* at *address*; :class:`MachineError` where there is no RAM."""
        machine.memory[address : address + len(data)] = data
        self.frozen.update(enumerate(data, address))

    def unfreeze(self, address: int, size: int) -> None:
        """Let the bytes go; those that are not frozen are a mistake."""
        for at in range(address, address + size):
            if at not in self.frozen:
                raise UnknownName("address", f"{at:#x} is not frozen")
        for at in range(address, address + size):
            del self.frozen[at]

    def clear(self) -> None:
        """Let all go."""
        self.frozen.clear()

    def apply(self, machine: Body) -> None:
        """Write them: a frame begins."""
        memory = machine.memory
        for address, value in self.frozen.items():
            with contextlib.suppress(ArgumentError):  # a bank of ROM is shown there now
                memory[address] = value

    def __getitem__(self, address: int) -> int:
        return self.frozen[address]

    def __iter__(self) -> Iterator[int]:
        return iter(self.frozen)

    def __len__(self) -> int:
        return len(self.frozen)

    def __repr__(self) -> str:
        return f"Cheats({', '.join(f'{a:#x}: {v:#x}' for a, v in self.frozen.items())})"
