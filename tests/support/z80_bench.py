"""A Z80 on a flat memory: the reference engine with a log of every bus access."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from emucore.body.registers import Registers
from emucore.cpus.z80 import Z80, z80
from emucore.ir.ops import Access
from emucore.plan.cpu_layout import size
from emucore.reference.evaluate import Reference


class Event(NamedTuple):
    """A bus access: the clock, one of :data:`emucore.ir.ops.KINDS`, and what was transferred."""

    clock: int
    kind: str
    address: int
    value: int


class Bench:
    """Memory without wait states, logged in ``events``.

    ``ports(address)`` answers an input, ``hardware(cycle)`` an interrupt acknowledge.
    """

    def __init__(self) -> None:
        self.memory = bytearray(0x10000)
        self.events: list[Event] = []
        self.ports: Callable[[int], int] = lambda address: 0xFF
        self.hardware: Callable[[int], int] = lambda cycle: 0xFF
        self.registers = Registers(Z80, memoryview(bytearray(size(Z80))), 0)
        self.registers.reset()
        self.engine = Reference(z80, self.registers, self)

    def __getitem__(self, name: str) -> int:
        return self.registers[name]

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        if access.space is Z80.mem:
            value = self.memory[address]
        elif access.space is Z80.io:
            value = self.ports(address)
        else:
            value = self.hardware(address)
        self.events.append(Event(clock, access.kind, address, value))
        return value, clock

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        if access.space is Z80.mem:
            self.memory[address] = value
        self.events.append(Event(clock, access.kind, address, value))
        return clock

    def load(self, address: int, *code: int) -> None:
        """Put bytes into memory from *address* on, around its end."""
        for i, byte in enumerate(code):
            self.memory[address + i & 0xFFFF] = byte

    def set(self, **registers: int) -> None:
        """Set registers by name."""
        for name, value in registers.items():
            self.registers[name] = value

    def step(self) -> int:
        """One step of the engine; the cycles that it took."""
        before = self["clock"]
        self.engine.step()
        return self["clock"] - before
