"""Rows of an address map: directions, watchers, and banks behind other rows."""

from __future__ import annotations

from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.device import Device, integer
from emucore.machine import Machine


class Latch(Device):
    """Keeps what is written, and reads as 0x5A."""

    value: int = integer()
    seen: int = integer()
    place: int = integer()

    def get(self, offset: int, time: int) -> int:
        return 0x5A

    def put(self, offset: int, value: int, time: int) -> None:
        self.value = value

    def see(self, offset: int, value: int, time: int) -> None:
        self.seen = value
        self.place = offset


def run(board: Board, program: str, cycles: int = 200) -> Machine:
    machine = Machine(board, {"rom": bytes.fromhex(program)})
    machine.use("reference")
    machine.run_until(cycles)
    return machine


def make() -> tuple[Board, Latch, Latch]:
    board = Board("test", "test", 2_000_000)
    board.cpu("cpu", i8080)
    board.rom("rom", 0x100)
    board.ram("ram", 0x100)
    return board, board.device("first", Latch()), board.device("second", Latch())


def test_a_device_leaves_the_other_direction_to_the_rows_below() -> None:
    board, first, second = make()
    cpu = board.cpus[0]
    cpu.mem.rom(0x0000, 0x00FF, board.memories["rom"][0])
    cpu.io.device(2, 2, first, read="get")
    cpu.io.device(2, 2, second, write="put")
    machine = run(board, "db02 d302 76")  # in 2; out 2; hlt
    assert machine.cpus["cpu"]["a"] == 0x5A
    assert machine.arena["second.value"] == 0x5A
    assert machine.arena["first.value"] == 0


def test_a_watcher_sees_writes_that_go_on() -> None:
    board, first, second = make()
    cpu = board.cpus[0]
    cpu.mem.rom(0x0000, 0x00FF, board.memories["rom"][0])
    cpu.mem.watch(0x1010, 0x10FF, first, "see", mirror=0x4000)
    cpu.mem.ram(0x1000, 0x10FF, board.memories["ram"][0], mirror=0x4000)
    cpu.io.watch(7, 7, first, "see")
    cpu.io.device(7, 7, second, write="put")
    # lxi h,5044; mvi m,99; mvi a,33; out 7; lda 1044; sta 1002; hlt
    machine = run(board, "214450 3699 3a4410 320210 3e33 d307 76")
    ram = machine.arena["ram"]
    assert (ram[0x44], ram[2]) == (0x99, 0x99)
    assert (machine.arena["first.seen"], machine.arena["first.place"]) == (0x33, 0)
    assert machine.arena["second.value"] == 0x33
    machine = run(board, "214450 3699 76")
    assert (machine.arena["first.seen"], machine.arena["first.place"]) == (0x99, 0x34)


def test_a_device_inside_a_bank_stays_when_the_bank_changes() -> None:
    board, first, second = make()
    cpu = board.cpus[0]
    banks = board.ram("banks", 0x400)
    cpu.mem.rom(0x0000, 0x00FF, board.memories["rom"][0])
    cpu.mem.device(0x2180, 0x2180, first, read="get", write="put")
    cpu.mem.bank(0x2000, 0x21FF, banks, second, "value", writable=True)
    cpu.io.device(0, 0, second, write="put")
    # mvi a,1; out 0; lxi h,2180; mov b,m; mvi m,7; dcr h; mvi m,8; inr h; inr l; mvi m,9; hlt
    machine = run(board, "3e01 d300 218021 46 3607 25 3608 24 2c 3609 76")
    assert machine.cpus["cpu"]["b"] == 0x5A
    assert machine.arena["first.value"] == 7
    assert machine.arena["banks"][0x280] == 8
    assert machine.arena["banks"][0x381] == 9
    assert not machine.arena["banks"][:0x200].any()
