"""A flat machine for exams: made once of each shape, and used again by one after the other."""

from __future__ import annotations

import functools
from collections.abc import Callable

from emucore.cpus import isa
from machines.boards.flat import machine
from machines.boards.flat.board import Shape

__all__ = ["Flat", "Shape", "shape"]


def shape(
    cpu: str,
    *,
    at: int = 0,
    port: int | None = None,
    cell: int | None = None,
    open_bus: int = 0xFF,
) -> Shape:
    """A board with 64 KiB of RAM, whose console's two registers lie side by side."""
    ports = None if port is None else (port, port + 1)
    cells = None if cell is None else (cell, cell + 1)
    return Shape(isa(cpu), at=at, ports=ports, cells=cells, open_bus=open_bus)


@functools.cache
def _machine(shape: Shape, engine: str) -> machine.Flat:
    made = machine.Flat(shape)
    made.use(engine)
    return made


class Flat:
    """A machine of a shape, just powered on, for one exam program.

    There is one :class:`Flat` of a shape at a time.
    """

    def __init__(self, shape: Shape, engine: str) -> None:
        self.machine = _machine(shape, engine)
        self.machine.printer.clear()
        self.machine.power_on()
        self.ram = self.machine.arena["ram"].data
        self.registers = self.machine.cpus["cpu"]

    def load(self, image: bytes, at: int = 0) -> None:
        """Put *image* into RAM from offset *at*."""
        self.machine.load("ram", image, at)

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self.registers["pc"]

    @pc.setter
    def pc(self, address: int) -> None:
        self.registers["pc"] = address

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.machine.printer.text.replace("\r", "\n")

    @property
    def clock(self) -> int:
        """CPU cycles since the start."""
        return self.registers["clock"]

    def say(self, data: bytes) -> None:
        """Put text on the console on the program's behalf."""
        self.machine.printer.put(data)

    def run(
        self, limit: int, slice_: int = 1_000_000, ended: Callable[[Flat], bool] | None = None
    ) -> bool:
        """Run until the program ends itself, or *ended* says so after a slice of cycles: True.

        False if *limit* cycles pass before.
        """
        while self.clock < limit:
            if not self.machine.run_until(min(self.clock + slice_, limit)):
                return True
            if ended is not None and ended(self):
                return True
        return False
