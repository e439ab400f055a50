"""A console that is made from its cartridge: the header, or a list that knows better, tells the
mapper, how much RAM there is, and whether a battery and a clock are in it.  It has a disk drive."""

from __future__ import annotations

from pathlib import Path

from media_boards import SECTOR, SECTORS, Bus, Drive

from emucore.assembler import assemble
from emucore.base.errors import UserError
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.device import Device, due, integer, shared
from emucore.machine import Machine, MachineError
from machines.media.cartridge import Cartridge, read_cartridge, recogniser
from machines.media.forms import Form, Parts, raw, reader
from machines.registry import MachineInfo, SlotInfo

MAGIC, HEADER = b"TOYC", 8
BANK, BANKS_MOST, RAM_MOST = 0x2000, 16, 0x4000
MAPPERS = ("plain", "banked")
CLOCK_HZ, FRAME = 1_000_000, 20_000


def split(data: bytes) -> Parts:
    """``TOYC``, mapper, KiB of RAM, 1 for a battery and 2 for a clock, sum of the content."""
    head, content = data[:HEADER], data[HEADER:]
    if len(head) < HEADER:
        raise UserError("its header is cut off")
    mapper, ram, flags, total = head[4:]
    if mapper >= len(MAPPERS):
        raise UserError(f"mapper {mapper}; there are 0 to {len(MAPPERS) - 1}")
    if sum(content) & 0xFF != total:
        raise UserError("its sum is not what the header says")
    facts = {"mapper": MAPPERS[mapper], "ram": ram << 10, "battery": bool(flags & 1)}
    return Parts(content, head, facts={**facts, "clock": bool(flags & 2)})


FORMS = (Form("a toy cartridge (TOYC)", (".toy",), HEADER + BANKS_MOST * BANK, MAGIC, split),)
DISKS = (raw("a toy disk", (".td",), [SECTOR * SECTORS]),)


def cartridge(content: bytes, mapper: int = 0, ram: int = 1, flags: int = 1) -> bytes:
    """A file of one."""
    return MAGIC + bytes((mapper, ram, flags, sum(content) & 0xFF)) + content


class Banks(Device):
    """Which bank is at 4000h."""

    bank: int = integer(1)

    def choose(self, offset: int, value: int, time: int) -> None:
        self.bank = value


@shared
def go_on(clock: Seconds, seconds: int) -> None:
    """Let *seconds* pass."""
    seconds += clock.seconds
    clock.days = (clock.days + seconds // 86_400) & 0xFFFF
    clock.seconds = seconds % 86_400


class Seconds(Device):
    """A clock of days and seconds."""

    due: int = due()
    seconds: int = integer()
    days: int = integer()

    def event(self, time: int) -> None:
        go_on(self, 1)
        self.due = time + CLOCK_HZ

    def passed(self, seconds: int, time: int) -> None:
        go_on(self, seconds)

    def set(self, offset: int, value: int, time: int) -> None:
        self.days = value
        self.seconds = 0

    def read(self, offset: int, time: int) -> int:
        return (self.days if offset else self.seconds) & 0xFF

    def valid(self, time: int) -> bool:
        return 0 <= self.seconds < 86_400 and 0 <= self.days <= 0xFFFF


#: Counts how often it was switched on, sets the clock at the first time, and sums its banks.
PROGRAM = """
        org 0
boots   equ 8000h
total   equ 8002h
        lxi sp, 8400h
        lda boots
        ora a
        jnz again
        mvi a, 5
        out 11h
again:  lda boots
        inr a
        sta boots
round:  mvi c, 0
bank:   mov a, c
        out 8
        lxi h, 4000h
        lxi d, 0
add:    mov a, m
        add e
        mov e, a
        mov a, d
        aci 0
        mov d, a
        inx h
        mov a, l
        ora a
        jnz add
        mov a, c
        add a
        adi total & 255
        mov l, a
        mvi h, total >> 8
        mov m, e
        inx h
        mov m, d
        inr c
        mov a, c
        ani 3
        jnz bank
        jmp round
"""


def content(banks: int = 4) -> bytes:
    """Banks of numbers, with the program in the first."""
    program = assemble(i8080, PROGRAM).image()
    pieces = [bytes(((bank * 37 + i * 5) & 0xFF) for i in range(BANK)) for bank in range(banks)]
    pieces[0] = program + pieces[0][len(program) :]
    return b"".join(pieces)


def make_board(cart: Cartridge) -> Board:
    """A board with what is in *cart*."""
    board = Board("toy", cart.title or "A toy console", CLOCK_HZ, frame_ticks=FRAME)
    cpu = board.cpu("cpu", i8080)
    rom = board.rom("rom", max(2, -(-len(cart.content) // BANK)) * BANK)
    mapper = cart.text("mapper", MAPPERS)
    cpu.mem.rom(0x0000, BANK - 1, rom)
    if mapper == "banked":
        banks = board.device("banks", Banks())
        cpu.mem.bank(0x4000, 0x4000 + BANK - 1, rom, banks, "bank")
        cpu.io.device(8, 8, banks, write="choose")
    else:
        cpu.mem.rom(0x4000, 0x4000 + BANK - 1, rom)
    size = cart.number("ram", most=RAM_MOST)
    if size:
        ram = board.ram("cartridge_ram", size)
        cpu.mem.ram(0x8000, 0x8000 + size - 1, ram)
        if cart.flag("battery"):
            board.keep(ram, 0, size, medium=cart.medium)
    if cart.flag("clock"):
        clock = board.device("clock", Seconds(due=CLOCK_HZ))
        cpu.io.device(0x10, 0x11, clock, read="read", write="set")
        board.keep_clock(clock, ("seconds", "days"), "passed", medium=cart.medium)
    drive = board.device("drive", Drive())
    cpu.io.device(0, 0, drive, write="seek")
    cpu.io.device(1, 1, drive, read="read", write="write")
    cpu.inta.device(0, 0xFFFF, board.device("bus", Bus()), read="restart")
    board.slot("disk", drive, "disk", read=reader("disk", *DISKS))
    return board


def build(path: Path | None, *, cpu: str | None = None) -> Machine:
    """A console with the cartridge at *path*."""
    if path is None:
        raise MachineError("toy needs a cartridge")
    cart = read_cartridge(path, "toy", FORMS)
    return Machine(make_board(cart), {"rom": cart.content})


MACHINE = MachineInfo(
    name="toy",
    title="A toy console",
    build=build,
    media_help="a toy cartridge",
    cpus=("8080",),
    default_cpu="8080",
    screen=False,
    recognise=recogniser("toy", FORMS),
    slots=(
        SlotInfo("cart", "cartridge", "a toy cartridge (.toy)", fixed=True),
        SlotInfo("disk", "disk", "a toy disk (.td), 2,048 bytes"),
    ),
)
