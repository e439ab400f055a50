"""A CPU with RAM and a console: the smallest machine that exam programs run on."""

from __future__ import annotations

from collections.abc import Callable

from emucore.board import Board
from emucore.device import NEVER, Device, array, integer, line
from emucore.isa import Isa
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


def flat_board(isa: Isa, size: int, at: int = 0, *, ports: int = -1, cells: int = -1) -> Board:
    """A board with *size* bytes of RAM from address *at*; one master tick is one CPU cycle.

    The console is at the *ports*, or over the memory *cells*, from a number up (8 bits of a port
    are decoded); a negative number is nowhere.
    """
    board = Board(f"flat-{isa.name}", f"{isa.title} with RAM", clock_hz=1_000_000)
    cpu = board.cpu("cpu", isa)
    console = board.device("console", Console())
    if cells >= 0:
        cpu.mem.device(cells, cells + 2, console, write="command")
    if ports >= 0:
        upper = (1 << cpu.io.space.bits) - 1 & ~0xFF
        cpu.io.device(ports, ports + 2, console, write="command", mirror=upper)
    cpu.mem.ram(at, at + size - 1, board.ram("ram", size))
    board.call_host(console, "ended")
    board.call_host(console, "called")
    return board


class Flat:
    """A running exam program: memory, registers, text, and slices of time."""

    def __init__(self, board: Board, engine: str) -> None:
        self.machine = Machine(board)
        self.machine.use(engine)
        self.ram = self.machine.arena["ram"].data
        self.registers = self.machine.cpus["cpu"]

    def load(self, image: bytes, at: int = 0) -> None:
        """Put *image* into RAM from offset *at*."""
        self.machine.load("ram", image, at)

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
