"""Page tables and what is first at an address, against a model that looks at every address."""

from __future__ import annotations

import random

import pytest

from emucore.board import Board, CpuPart, Range
from emucore.cpus import isa
from emucore.device import Device, integer
from emucore.kernel import layout as k
from emucore.machine import Machine
from emucore.plan.pages import first_rows


class Chip(Device):
    bank: int = integer()
    on: int = integer(1)

    def read(self, offset: int, time: int) -> int:
        return 0x5A

    def write(self, offset: int, value: int, time: int) -> None:
        self.bank = value & 7


def random_board(rng: random.Random) -> Board:
    """Rows of all kinds, in windows of pages and of pieces of them, some mirrored."""
    board = Board("random", "random", clock_hz=1_000_000, frame_ticks=1000)
    mem = board.cpu("cpu", isa("8080")).mem
    chip = board.device("chip", Chip())
    for i in range(rng.randrange(4, 9)):
        unit = rng.choice([0x1000, 0x1000, 0x800, 0x80])
        mirror = rng.choice([0, 0, 0x8000, 0x4000, 0x6000])
        start = rng.randrange(0, 0x10000, unit) & ~mirror
        end = (start | unit - 1) & ~mirror
        size = rng.choice([unit, unit // 2, 2 * unit])
        waits = rng.choice([0, 0, 0, 1])
        kind = rng.randrange(7)
        if kind == 0:
            mem.rom(start, end, board.rom(f"m{i}", size), mirror=mirror, over=rng.random() < 0.5)
        elif kind in (1, 2):
            mem.ram(start, end, board.ram(f"m{i}", size), mirror=mirror, waits=waits)
        elif kind == 3:
            ways = [("read", None), (None, "write"), ("read", "write")]
            read, write = rng.choice(ways)
            mem.device(start, end, chip, read=read, write=write, mirror=mirror)
        elif kind == 4:
            mem.watch(start, end, chip, "write", mirror=mirror)
        else:
            mem.bank(
                start,
                end,
                board.ram(f"m{i}", 4 * unit),
                chip,
                "bank",
                mirror=mirror,
                writable=rng.random() < 0.7,
                enable=rng.choice(["", "on"]),
                reads=rng.random() < 0.8,
                writes=rng.random() < 0.8,
            )
    return board


def answers(machine: Machine, address: int, writing: bool) -> tuple[Range | None, int | None]:
    """The row that an access comes to, and where in the arena that is memory (None: nowhere)."""
    part: CpuPart = machine.board.cpus[0]
    bank, on = (int(machine.arena[f"chip.{name}"][0]) for name in ("bank", "on"))
    for row in part.mem.ranges:
        at = address & ~row.mirror
        if not row.start <= at <= row.end:
            continue
        if row.memory is None:
            if (row.write if writing else row.read) is None:
                continue
            return row, None
        if not (row.writes if writing else row.reads) or (row.bank and row.bank.enable and not on):
            continue
        if writing and row.kind == k.ROM:
            return row, None
        at -= row.start
        if row.bank:
            window = row.end - row.start + 1
            at += bank % (row.memory.size // window) * window
        start = machine.layout.fields[row.memory.field].offset + row.memory.offset
        return row, start + at % row.memory.size
    return None, None


@pytest.mark.parametrize("seed", range(12))
def test_pages_lead_where_the_rows_do(seed: int) -> None:
    """Each entry, at each of its addresses, for any bank; and the view of memory too."""
    rng = random.Random(seed)
    machine = Machine(random_board(rng))
    base = machine.base(machine.board.cpus[0])
    for bank, on in ((0, 1), (3, 1), (5, 0)):
        machine.arena["chip.bank"][0], machine.arena["chip.on"][0] = bank, on
        machine.refresh()
        machine.run_until(machine.time)  # a program is nothing to it: the kernel settles
        for way, writing in (("reads", False), ("writes", True)):
            table = machine.plan.word(f"cpu.mem.{way}")
            for page in range(256):
                entry = machine.words[table + page]
                addresses = [page << 8, page << 8 | 0xFF, page << 8 | rng.randrange(256)]
                for address in addresses:
                    row, place = answers(machine, address, writing)
                    if entry != k.SLOW:
                        assert row is not None
                        assert row.waits == 0
                        assert base + entry + address == place, hex(address)
                    if not writing:
                        byte = None if place is None else machine.arena.memory[place]
                        assert machine.memory.look(address) == byte


@pytest.mark.parametrize("fixed", [0, 4, 8])
def test_the_first_row_is_the_first_that_has_any(fixed: int) -> None:
    rng = random.Random(fixed)
    for _ in range(3):
        mem = random_board(rng).cpus[0].mem
        found = first_rows(mem, fixed, 16 - fixed)
        for block in rng.sample(range(1 << 16 - fixed), 200):
            addresses = range(block << fixed, (block + 1) << fixed)
            hits = [
                i
                for i, row in enumerate(mem.ranges)
                if any(row.start <= address & ~row.mirror <= row.end for address in addresses)
            ]
            # never behind the first: what it says too early costs a look, no more
            assert found[block] <= min(hits, default=len(mem.ranges))
            if fixed == 0:
                assert found[block] == min(hits, default=len(mem.ranges))


def test_a_switch_touches_the_pages_of_its_window_only() -> None:
    board = Board("banks", "banks", clock_hz=1_000_000, frame_ticks=1000)
    mem = board.cpu("cpu", isa("8080")).mem
    chip = board.device("chip", Chip())
    mem.bank(0x4000, 0x5FFF, board.ram("banks", 0x10000), chip, "bank", writable=True)
    mem.ram(0x0000, 0xFFFF, board.ram("ram", 0x10000))
    board.cpus[0].io.device(0, 0, chip, write="write")
    machine = Machine(board)
    machine.load("ram", bytes.fromhex("3e03 d300 76"))  # mvi a,3; out 0; hlt
    table = machine.plan.word("cpu.mem.reads")
    machine.step(1)
    before = list(machine.words[table : table + 256])
    machine.words[table + 0x80] = k.SLOW  # not the kernel's doing: it stays
    machine.step(1)
    after = list(machine.words[table : table + 256])
    changed = [page for page in range(256) if before[page] != after[page]]
    assert changed == [*range(0x40, 0x60), 0x80]
    assert {after[page] - before[page] for page in range(0x40, 0x60)} == {3 * 0x2000}
