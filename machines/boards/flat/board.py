"""The board: a CPU, RAM, and where the console is; the exams of :mod:`roms_test` run on it too."""

from __future__ import annotations

from dataclasses import dataclass

from emucore.board import AddressMap, Board
from emucore.ir.ops import Space
from emucore.isa import Isa
from machines.boards.flat.console import Console

FRAMES_A_SECOND = 50
#: The console's registers: data and control.
PORTS = (0, 1)
#: The same in memory, by their distance from its end.
DATA, CONTROL = 0x100, 0xFC
#: RAM in bytes, at most, unless one says how much.
USUAL_MOST = 1 << 18


@dataclass(frozen=True)
class Shape:
    """What a flat board is made of: *size* bytes of RAM are at address *at*.

    The console's registers, data and control, are *ports* (of which 8 bits are decoded), or over
    the memory *cells*; None is nowhere.  *open_bus* is what ports give that nothing answers.
    """

    chip: Isa
    size: int = 1 << 16
    at: int = 0
    ports: tuple[int, int] | None = None
    cells: tuple[int, int] | None = None
    open_bus: int = 0xFF
    clock_hz: int = 4_000_000

    @classmethod
    def usual(cls, chip: Isa) -> Shape:
        """As :mod:`machines.boards.flat` has it: ports if there are any, and RAM everywhere.

        Of a space that is larger than so much RAM, it is at the beginning; of one of 32 bits and
        more, in the middle, where RISC-V has it.
        """
        top = 1 << chip.space.bits
        size, at = min(top, USUAL_MOST), 0 if chip.space.bits < 32 else top >> 1
        if isinstance(getattr(chip.cpu, "io", None), Space):
            return cls(chip, size, at, ports=PORTS)
        return cls(chip, size, at, cells=(top - DATA, top - CONTROL))

    @property
    def ram(self) -> range:
        """The addresses that are RAM."""
        return range(self.at, self.at + self.size)

    def holds(self, start: int, end: int) -> bool:
        """Whether all from *start* up to *end* is RAM."""
        return self.ram.start <= start <= end <= self.ram.stop

    def board(self) -> Board:
        """One master tick is one CPU cycle."""
        title = f"{self.chip.title} with RAM and a console"
        frame = self.clock_hz // FRAMES_A_SECOND
        board = Board("flat", title, self.clock_hz, frame_ticks=frame)
        part = board.cpu("cpu", self.chip)
        console, memory = board.device("console", Console()), part.spaces[self.chip.space.name]
        if self.cells is not None:
            _place(memory, self.cells, console)
        if "io" in part.spaces:
            part.io.open_bus = self.open_bus
            if self.ports is not None:
                _place(part.io, self.ports, console, (1 << part.io.space.bits) - 1 & ~0xFF)
        memory.ram(self.ram[0], self.ram[-1], board.ram("ram", self.size))
        # a state is of this board alone
        places = {"at": self.at, "clock": self.clock_hz}
        for name, registers in (("port", self.ports), ("cell", self.cells)):
            places |= {f"{name}{i}": at for i, at in enumerate(registers or ())}
        board.hashed.update(places)
        board.call_host(console, "ended")
        board.call_host(console, "full")
        return board


def _place(space: AddressMap, at: tuple[int, int], console: Console, mirror: int = 0) -> None:
    """Have the two registers of *console* answer in *space*."""
    for address, read, write in zip(at, ("take", "count"), ("put", "end"), strict=True):
        space.device(address, address, console, read=read, write=write, mirror=mirror)
