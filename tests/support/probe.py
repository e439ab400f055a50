"""A CPU whose program is a script of bus accesses, and a chip to access.

Each read leaves ``clock << 8 | value`` as a 64-bit word in the log.
"""

from __future__ import annotations

from collections.abc import Sequence

from emucore.board import Board, CpuPart
from emucore.device import NEVER, Device, array, due, integer, out, shared
from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER as NOT_ASSERTED
from emucore.language.registers import Line, Reg
from emucore.language.value import Value, cat
from emucore.machine import Machine


class Probe(Cpu):
    """Runs the script in ``code`` on ``mem``; ``io`` has no page table."""

    io = Space("io", bits=8)
    code = Space("code", bits=16, page_bits=8)
    mem = Space("mem", bits=16, page_bits=8)
    log = Space("log", bits=16, page_bits=8)

    pc = Reg(16, hot=True)
    at = Reg(16)
    told = Reg(64, init=NOT_ASSERTED)  # what the level line said when it was first seen
    irq = Line()
    nmi = Line(edge=True)

    def operand(self) -> Value:
        """The next byte of the script, which takes no time."""
        byte = self.block.read(self.code, "operand", self.pc)
        self.pc = self.pc + 1
        return byte

    def note(self, value: Value) -> None:
        """A word of the log."""
        self.block.write(self.log, "write", self.at, cat(self.now[:56], value))
        self.at = self.at + 8


probe = Isa("probe", Probe, title="a bus probe", pc=Probe.pc, space=Probe.code)


@probe.fetch
def fetch(cpu: Probe) -> Value:
    """One cycle."""
    code = cpu.operand()
    cpu.tick(1)
    return code


@probe.boundary
def boundary(cpu: Probe) -> None:
    """The first assertion of the level line is told."""
    with cpu.when(cpu.asserted(cpu.irq) & (cpu.told == NOT_ASSERTED)):
        cpu.told = cpu.irq


@probe.op("00000000 low:8 high:8", "read {low},{high}")
def read(cpu: Probe) -> None:
    low = cpu.operand()
    cpu.note(cpu.block.read(cpu.mem, "read", cat(cpu.operand(), low)))


@probe.op("00000001 low:8 high:8 n:8", "write {low},{high},{n}")
def write(cpu: Probe) -> None:
    low = cpu.operand()
    address = cat(cpu.operand(), low)
    cpu.block.write(cpu.mem, "write", address, cpu.operand())


@probe.op("00000010 n:8", "in {n}")
def in_(cpu: Probe) -> None:
    cpu.note(cpu.block.read(cpu.io, "in", cpu.operand()))


@probe.op("00000011 n:8 m:8", "out {n},{m}")
def out_(cpu: Probe) -> None:
    port = cpu.operand()
    cpu.block.write(cpu.io, "out", port, cpu.operand())


@probe.op("00000100", "long")
def long(cpu: Probe) -> None:
    """An instruction of 100 cycles."""
    cpu.tick(99)


@probe.op("00000101", "clear")
def clear(cpu: Probe) -> None:
    """Take notice of the edge."""
    cpu.nmi = NOT_ASSERTED


@probe.op("00000110", "stay")
def stay(cpu: Probe) -> None:
    """The end of every script: for ever."""
    cpu.pc = cpu.pc - 1


READ, WRITE, IN, OUT, LONG, CLEAR, STAY = range(7)


def peek(address: int) -> bytes:
    """Script: read a byte of ``mem``."""
    return bytes([READ, address & 0xFF, address >> 8])


def poke(address: int, value: int) -> bytes:
    """Script: write a byte of ``mem``."""
    return bytes([WRITE, address & 0xFF, address >> 8, value])


@shared
def remember(chip: Chip, what: int, time: int) -> None:
    """Add ``time << 8 | what`` to the chip's log."""
    chip.log[chip.count % 64] = time << 8 | what
    chip.count += 1


class Chip(Device):
    """Registers, lines, waits, events; it remembers what was done to it, and when."""

    due: int = due()
    irq: int = out()
    ask: int = out()
    period: int = integer()
    bank: int = integer()
    value: int = integer()
    count: int = integer()
    reached: int = integer()
    log = array("i8", 64)

    def read(self, offset: int, time: int) -> int:
        """What was written last, plus the offset; odd offsets take a cycle more."""
        return (self.value + offset) & 0xFF

    def write(self, offset: int, value: int, time: int) -> None:
        """Keep a value."""
        self.value = value

    def stall(self, offset: int, time: int) -> int:
        """Cycles before an access of the two."""
        return offset & 1

    def select(self, offset: int, value: int, time: int) -> None:
        """Choose a bank."""
        self.bank = value

    def ring(self, offset: int, value: int, time: int) -> None:
        """Assert the line (1) or release it (0)."""
        self.irq = time if value else NEVER

    def call(self, offset: int, value: int, time: int) -> None:
        """Ask the host."""
        remember(self, value, time)
        self.ask = time

    def arm(self, offset: int, value: int, time: int) -> None:
        """Let an event come *value* ticks from now."""
        remember(self, 0xAA, time)
        self.due = time + value

    def event(self, time: int) -> None:
        """Assert the line; again after a period, if there is one."""
        remember(self, 0xEE, time)
        if self.irq == NEVER:
            self.irq = time
        if self.period:
            self.due = time + self.period

    def catch_up(self, time: int) -> None:
        """Be told of the time."""
        self.reached = max(self.reached, time)


#: Ports that every board of :func:`probe_board` has.
PORTS = {"select": 2, "ring": 3, "call": 4, "arm": 5}
READ_WRITE = 0


def probe_board(*, divider: int = 1, **initial: int) -> tuple[Board, CpuPart, Chip]:
    """A board with everything but a map of ``mem``."""
    board = Board("probe", "a probe", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", probe, divider=divider)
    chip = board.device("chip", Chip(**initial))
    add_ports(cpu, chip, 0)
    cpu.spaces["code"].ram(0, 0xFFFF, board.ram("script", 0x10000))
    cpu.spaces["log"].ram(0, 0xFFFF, board.ram("log", 0x10000))
    return board, cpu, chip


def add_ports(cpu: CpuPart, chip: Chip, first: int) -> None:
    """The chip's functions at the ports from *first*."""
    io = cpu.spaces["io"]
    io.device(first, first + 1, chip, read="read", write="write", waits=(chip, "stall"))
    for name, port in PORTS.items():
        io.device(first + port, first + port, chip, write=name)


def make(board: Board, engine: str, script: Sequence[bytes]) -> Machine:
    """A machine of the board with a script, which stays at its end for ever."""
    machine = Machine(board)
    machine.load("script", b"".join(script) + bytes([STAY]))
    machine.use(engine)
    return machine


def logged(machine: Machine) -> list[tuple[int, int]]:
    """What the probe read: clocks and values."""
    words = machine.arena["log"].view("<u8")[: machine.cpus["cpu"]["at"] // 8]
    return [(int(w) >> 8, int(w) & 0xFF) for w in words]


def remembered(machine: Machine, name: str = "chip") -> list[tuple[int, int]]:
    """What the chip remembers: times and what."""
    words = machine.arena[f"{name}.log"][: int(machine.arena[f"{name}.count"][0])]
    return [(int(w) >> 8, int(w) & 0xFF) for w in words]
