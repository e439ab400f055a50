"""Programs changed under a translation: by CPUs, hosts and devices, by any way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from probe import Chip, add_ports
from test_jit import eager, engine_of, run_translating
from test_lockstep import differences

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.cpus.rv32 import rv32
from emucore.device import NEVER, Device, array, integer, shared
from emucore.machine import Machine
from jit.devices.stores import written
from jit.llvm.native import threaded

__all__ = ["eager"]  # the fixture

pytestmark = pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")

#: Calls a routine some times, adding up what it returns at 3000h; then does CHANGE; and so on.
PROGRAM = """
        lxi sp,3f00h
        lxi h,0
again:  mvi b,40
more:   call routine
        mov e,a
        mvi d,0
        dad d
        shld 3000h
        dcr b
        jnz more
{change}
        jmp again
        org 100h
routine: mvi a,1
        inr c
        rz
        ret
"""

Build = Callable[[], Machine]


def compare(build: Build, end: int = 200_000) -> None:
    """The reference (here: the interpreter, which has no translations) and the JIT agree."""
    plain, translated = build(), build()
    plain.use("interp")
    engine = engine_of(translated)
    for machine in (plain, translated):
        run_translating(machine, end, 2000)
    assert engine.counts["translated"] + engine.counts["from_disk"] > 0
    assert differences(plain, translated) == []
    counts = plain.arena["ram"][0x3000:0x3002].tobytes()
    assert int.from_bytes(counts, "little") not in (0, 1000)
    assert plain.arena["ram"][0x101] != 1  # the routine was changed


def board_with(change: str, ram: int = 0x8000) -> tuple[Board, bytes]:
    """A board whose first 4000h bytes of memory are where the program is."""
    board = Board("changing", "a program that changes", clock_hz=1_000_000)
    cpu = board.cpu("cpu", i8080)
    memory = board.ram("ram", ram)
    cpu.mem.ram(0, 0x3FFF, replace(memory, size=0x4000))
    return board, assemble(i8080, PROGRAM.format(change=change)).image(0)


def machine_of(board: Board, image: bytes) -> Machine:
    machine = Machine(board)
    machine.load("ram", image)
    return machine


def test_through_a_bank_that_was_elsewhere_when_it_was_translated() -> None:
    change = """
        mvi a,0         ; the program's own memory
        out 2
        lxi d,8101h
        ldax d
        adi 3
        stax d
        mvi a,1         ; away again
        out 2
    """

    def build() -> Machine:
        board, image = board_with(change)
        cpu = board.cpus[0]
        chip = board.device("chip", Chip(bank=1))
        cpu.mem.bank(0x8000, 0xBFFF, board.memories["ram"][0], chip, "bank", writable=True)
        cpu.io.device(2, 2, chip, write="select")
        return machine_of(board, image)

    compare(build)


def test_through_a_mirror() -> None:
    change = """
        lxi d,0c101h
        ldax d
        adi 3
        stax d
    """

    def build() -> Machine:
        board, image = board_with(change)
        ram = replace(board.memories["ram"][0], size=0x4000)
        board.cpus[0].mem.ram(0x4000, 0x7FFF, ram, mirror=0x8000)
        return machine_of(board, image)

    compare(build)


def test_by_another_cpu() -> None:
    other = """
        lda 101h
        adi 3
        sta 101h
        lxi h,0
wait:   dcx h
        mov a,h
        ora l
        jnz wait
        jmp 0
    """

    def build() -> Machine:
        board, image = board_with("")
        board.quantum = 50
        cpu = board.cpu("other", i8080, divider=3)
        cpu.mem.ram(0x0000, 0x00FF, board.ram("other_program", 0x100))
        cpu.mem.ram(0x0100, 0x3FFF, replace(board.memories["ram"][0], size=0x3F00, offset=0x100))
        machine = machine_of(board, image)
        machine.load("other_program", assemble(i8080, other).image(0))
        return machine

    compare(build, 1_000_000)


def test_by_the_host() -> None:
    """A host that changes memory while the machine waits for it says so by ``poke``."""

    def build() -> Machine:
        board, image = board_with("        out 4")
        chip = board.device("chip", Chip())
        add_ports(board.cpus[0], chip, 0)
        board.call_host(chip, "ask")
        machine = machine_of(board, image)

        def host(machine: Machine) -> None:
            machine.poke("ram", 0x101, int(machine.arena["ram"][0x101]) + 3 & 0xFF)
            machine.arena["chip.ask"][0] = NEVER

        machine.host = host
        return machine

    compare(build)


@shared
def fill(array: Any, value: int) -> None:
    """Writes what it is given."""
    array[0] = value


@shared
def draw(chip: Blitter) -> None:
    """Writes one array by another name, from a second."""
    pixels = chip.pixels
    pixels[chip.place & 7] = chip.picture[0] ^ 1


class Blitter(Device):
    """Owns the memory that the program is in, and changes it."""

    ram = array("u1", 0x4000)
    picture = array("u1", 16)
    pixels = array("u1", 8)
    given = array("u1", 8)
    untouched = array("u1", 4)
    plane = array("u1", 4, 4)
    place: int = integer(0x101)

    def go(self, offset: int, value: int, time: int) -> None:
        self.ram[self.place] = (self.ram[self.place] + 3) & 0xFF
        draw(self)
        fill(self.given, 5)
        if self.picture[3] and self.untouched[1]:
            self.place = 0


class Puzzle(Blitter):
    """Writes through names that it gives two arrays at once."""

    def more(self, offset: int, value: int, time: int) -> None:
        a, b = self.ram, self.picture
        a[1] = b[2] = 1


def test_arrays_that_a_device_writes() -> None:
    assert written(Blitter()) == {"ram", "pixels", "given", "place"}
    assert written(Puzzle()) == {"ram", "picture", "pixels", "given", "place"}


def test_by_a_device() -> None:
    machines = []
    for engine in ("interp", "jit"):
        board = Board("blitter", "a device that writes programs", clock_hz=1_000_000)
        cpu = board.cpu("cpu", i8080)
        device = board.device("blitter", Blitter())
        cpu.mem.ram(0, 0x3FFF, board.field(device, "ram"))
        cpu.io.device(4, 4, device, write="go")
        image = assemble(i8080, PROGRAM.format(change="        out 4")).image(0)
        machine = Machine(board)
        machine.arena["blitter.ram"][: len(image)] = list(image)
        machine.use(engine)
        run_translating(machine, 100_000, 2000)
        machines.append(machine)
    assert differences(*machines) == []
    assert machines[0].arena["blitter.ram"][0x101] != 1


@pytest.mark.parametrize("start", range(0x40, 0x80, 4))  # one of them begins a granule
def test_by_a_store_that_reaches_into_another_granule(start: int) -> None:
    """A misaligned word, half below translated code and half its first instruction."""
    program = f"""
        org {start}
loop:   addi t0,t0,1
        addi a2,a2,1
        andi a3,a2,15
        bne a3,x0,loop
        sw a0,{start - 2}(x0)
        xor a0,a0,a1
        j loop
    """
    machines = []
    for engine in ("interp", "jit"):
        board = Board("low", "code at low addresses", clock_hz=1_000_000)
        board.cpu("cpu", rv32).mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
        machine = Machine(board)
        machine.load("ram", assemble(rv32, program).image(0))
        first = int.from_bytes(machine.arena["ram"][start : start + 2].tobytes(), "little")
        cpu = machine.cpus["cpu"]
        cpu["pc"], cpu["a0"], cpu["a1"] = start, first << 16, 3 << 16 + 7  # t0 or t1
        machine.use(engine)
        run_translating(machine, 2000, 100)
        machines.append(machine)
    assert differences(*machines) == []
    assert 0 < machines[0].cpus["cpu"]["t1"] <= machines[0].cpus["cpu"]["t0"] + 1 < 400
