"""What several CPUs share, and who may drive whose lines."""

from __future__ import annotations

from emucore.board import Board, CpuPart
from emucore.cpus import isa
from emucore.device import Device, array, bus, integer, into, out, part
from emucore.machine import Machine


class Latch(Device):
    irq: int = out()
    heard: int = into()
    ram = array("u1", 0x100)

    def write(self, offset: int, value: int, time: int) -> None:
        self.irq = time


class Whole(Device):
    latch: Latch = part(Latch)
    count: int = integer()


class Copier(Device):
    mem = bus(16)

    def write(self, offset: int, value: int, time: int) -> None:
        self.mem.write(offset, value, time)


def two() -> tuple[Board, CpuPart, CpuPart]:
    board = Board("two", "two", clock_hz=1_000_000, frame_ticks=1000)
    return board, board.cpu("a", isa("8080")), board.cpu("b", isa("8080"))


def shared(board: Board, cpu: CpuPart) -> list[bool]:
    """Of each row of its memory."""
    sharing = Machine(board).plan.sharing
    return [sharing.shared(cpu.mem, row) for row in cpu.mem.ranges]


def test_memory_is_shared_where_it_overlaps_and_one_writes() -> None:
    board, a, b = two()
    rom, ram, own = board.rom("rom", 0x100), board.ram("ram", 0x100), board.ram("own", 0x100)
    for cpu in (a, b):
        cpu.mem.rom(0x0000, 0x00FF, rom)
        cpu.mem.ram(0x1000, 0x10FF, ram)
    a.mem.ram(0x2000, 0x20FF, own)
    b.mem.rom(0x2000, 0x20FF, board.ram("other", 0x100))
    assert shared(board, a) == [False, True, False]
    assert shared(board, b) == [False, True, False]


def test_one_that_only_reads_shares_with_one_that_writes() -> None:
    board, a, b = two()
    ram = board.ram("ram", 0x100)
    a.mem.ram(0x0000, 0x00FF, ram)
    b.mem.rom(0x0000, 0x00FF, ram)
    assert shared(board, a) == shared(board, b) == [True]


def test_a_device_s_memory_is_shared_with_who_reaches_its_whole() -> None:
    board, a, b = two()
    whole = board.device("whole", Whole())
    a.mem.ram(0x0000, 0x00FF, board.field(whole.latch, "ram"))
    b.mem.device(0x0000, 0x0000, whole.latch, write="write")
    assert shared(board, a) == shared(board, b) == [True]


def test_a_device_shares_the_memory_of_its_bus() -> None:
    board, a, b = two()
    a.mem.ram(0x0000, 0x00FF, board.ram("ram", 0x100))
    copier = board.device("copier", Copier(), mem=a.mem)
    b.io.device(0, 0, copier, write="write")
    assert shared(board, a) == [True]


def test_one_cpu_shares_nothing() -> None:
    board = Board("one", "one", clock_hz=1_000_000)
    cpu = board.cpu("cpu", isa("8080"))
    cpu.mem.device(0, 0, board.device("latch", Latch()), write="write")
    cpu.mem.ram(0x0000, 0xFFFF, board.ram("ram", 0x10000))
    assert shared(board, cpu) == [False, False]


def test_who_drives_whom() -> None:
    """Also by a chip between; not the other way."""
    board, a, b = two()
    first, second = board.device("first", Whole()), board.device("second", Latch())
    a.io.device(0, 0, first.latch, write="write")
    board.wire(first.latch, "irq", second, "heard")
    board.wire(second, "irq", b, "int")
    sharing = Machine(board).plan.sharing
    assert sharing.drives(a, b)
    assert not sharing.drives(b, a)
    assert not sharing.drives(a, a)
