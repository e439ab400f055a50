"""A CPU with RAM and a console: the smallest machine that exam programs run on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from emucore.board import Board
from emucore.cpus import isa
from emucore.device import NEVER, Device, array, integer, line
from emucore.machine import Machine

TEXT = 1 << 16  # bytes of text kept


class Console(Device):
    """Collects text, ends the run, and calls the host, at a write to its address 0, 1 or 2."""

    count: int = integer()
    text = array("u1", TEXT)
    ended: int = line()
    called: int = line()

    def command(self, offset: int, value: int, time: int) -> None:
        if offset == 0:
            self.text[self.count % TEXT] = value & 0xFF
            self.count += 1
        elif offset == 1:
            self.ended = time
        else:
            self.called = time


@dataclass(frozen=True)
class Shape:
    """A flat machine: CPU, RAM, where the console is, and what ports give that nothing answers.

    *size* bytes of RAM are at address *at*.  The console's three addresses are at the *ports*, or
    over the memory *cells*, from a number up (of a port 8 bits are decoded); None is nowhere.
    """

    cpu: str
    size: int = 1 << 16
    at: int = 0
    ports: int | None = None
    cells: int | None = None
    open_bus: int = 0xFF

    def board(self) -> Board:
        """The board; one master tick is one CPU cycle."""
        chip = isa(self.cpu)
        board = Board(f"flat-{chip.name}", f"{chip.title} with RAM", clock_hz=1_000_000)
        part = board.cpu("cpu", chip)
        console = board.device("console", Console())
        if self.cells is not None:
            part.mem.device(self.cells, self.cells + 2, console, write="command")
        if self.ports is not None:
            upper = (1 << part.io.space.bits) - 1 & ~0xFF
            part.io.device(self.ports, self.ports + 2, console, write="command", mirror=upper)
        if "io" in part.spaces:
            part.io.open_bus = self.open_bus
        part.mem.ram(self.at, self.at + self.size - 1, board.ram("ram", self.size))
        board.call_host(console, "ended")
        board.call_host(console, "called")
        return board


@functools.cache
def _machine(shape: Shape, engine: str) -> Machine:
    machine = Machine(shape.board())
    machine.use(engine)
    return machine


class Flat:
    """A machine of a shape, just powered on, for one exam program.

    Machines are made once and used again: there is one :class:`Flat` of a shape at a time.
    """

    def __init__(self, shape: Shape, engine: str) -> None:
        self.machine = _machine(shape, engine)
        self.machine.power_on()
        self.machine.host = None
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

    def stays(self) -> bool:
        """Run one instruction; whether it jumped to itself."""
        pc = self.pc
        self.machine.run_until(self.clock + 1)
        return self.pc == pc

    @property
    def text(self) -> str:
        """What the console was given."""
        arena = self.machine.arena
        data = bytes(arena["console.text"][: int(arena["console.count"][0])])
        return data.decode("latin-1").replace("\r", "\n")

    @property
    def clock(self) -> int:
        """CPU cycles since the start."""
        return self.registers["clock"]

    def say(self, data: bytes) -> None:
        """Put text on the console on the program's behalf."""
        arena = self.machine.arena
        count = int(arena["console.count"][0])
        for i, byte in enumerate(data):
            arena["console.text"][(count + i) % TEXT] = byte
        arena["console.count"][0] = count + len(data)

    def serve(self, service: Callable[[Flat], None]) -> None:
        """Have *service* called at each write to the console's address 2."""

        def host(machine: Machine) -> None:
            called = machine.arena["console.called"]
            if called[0] != NEVER:
                called[0] = NEVER
                service(self)

        self.machine.host = host

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
