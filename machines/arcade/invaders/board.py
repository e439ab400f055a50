"""How the board is wired."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from emucore.board import Board
from emucore.isa import Isa
from machines.arcade.invaders.circuits import RATE
from machines.arcade.invaders.former import FORMER, HASHED
from machines.arcade.invaders.panel import Panel
from machines.arcade.invaders.raster import VIDEO, Raster
from machines.arcade.invaders.sound import SoundBoard
from machines.arcade.invaders.sync import BLANK, CRYSTAL, FRAME
from machines.parts.logic.mb14241 import Mb14241
from machines.parts.timer.watchdog import Watchdog

#: Black, white, and white seen through the cabinet's red and green film.
PALETTE = ((0, 0, 0), (255, 255, 255), (255, 32, 32), (32, 255, 32))

FIRE, LEFT, RIGHT = 0x10, 0x20, 0x40
RAM = 0x2000


def make_board(isa: Isa) -> Board:
    """The board with a processor of the 8080's kind in its socket."""
    board = Board("invaders", "Midway 8080 board", CRYSTAL, frame_ticks=FRAME)
    cpu = board.cpu("cpu", isa, divider=10)
    rom, ram = board.rom("rom", 0x4000), board.ram("ram", 0x2000)
    raster = board.device("raster", Raster())
    panel = board.device("panel", Panel())
    sound = board.device("sound", SoundBoard())
    shifter = board.device("shifter", Mb14241())
    # the 60 Hz signal clocks two 74LS161; the carry out of them is the reset
    watchdog = board.device("watchdog", Watchdog(period=FRAME, first=BLANK, limit=255))

    # address bit 15 goes nowhere; 13 chooses RAM, in which 14 goes nowhere
    picture = replace(ram, offset=VIDEO, size=RAM - VIDEO)
    cpu.mem.ram(RAM + VIDEO, 0x3FFF, picture, mirror=0xC000, unseen=True)
    cpu.mem.watch(RAM + VIDEO, 0x3FFF, raster, "changing", mirror=0xC000)
    cpu.mem.ram(RAM, 0x3FFF, ram, mirror=0xC000)
    cpu.mem.rom(0x0000, 0x1FFF, replace(rom, size=0x2000), mirror=0x8000)
    cpu.mem.rom(0x4000, 0x5FFF, replace(rom, size=0x2000, offset=0x2000), mirror=0x8000)
    raster.ram.ram(0x0000, 0x1FFF, ram)

    # the low three bits of a port are decoded; for reads, two
    ports = (1 << cpu.io.space.bits) - 1
    reads, writes = ports & ~3, ports & ~7
    cpu.io.device(0, 0, panel, read="in0", mirror=reads)
    cpu.io.device(1, 1, panel, read="in1", mirror=reads)
    cpu.io.device(2, 2, panel, read="in2", mirror=reads)
    cpu.io.device(3, 3, shifter, read="result", mirror=reads)
    cpu.io.device(2, 2, shifter, write="set_count", mirror=writes)
    cpu.io.device(4, 4, shifter, write="load", mirror=writes)
    cpu.io.device(3, 3, sound, write="set_port3", mirror=writes)
    cpu.io.watch(5, 5, panel, "set_flip", mirror=writes)
    cpu.io.device(5, 5, sound, write="set_port5", mirror=writes)
    cpu.io.device(6, 6, watchdog, write="clear", mirror=writes)
    cpu.inta.device(0, (1 << cpu.inta.space.bits) - 1, raster.interrupts, read="acknowledge")

    board.wire(raster.interrupts, "irq", cpu, "int")
    board.wire(watchdog, "reset", cpu, "reset")
    board.wire(panel, "flip", raster, "flip")
    board.screen(raster, "pixels", PALETTE, rotate=270, tube=(4, 3))
    board.sound(sound, "ring", "made", RATE)
    _controls(board, panel)
    board.hashed.update(HASHED)
    board.former.update(FORMER)
    return board


def keep_scores(board: Board, kept: Iterable[tuple[int, bytes]]) -> None:
    """Have a game's best scores outlast power-off: addresses, and what the game begins with."""
    ram, _ = board.memories["ram"]
    for address, fresh in kept:
        board.keep(ram, address - RAM, len(fresh), fresh)


def _controls(board: Board, panel: Panel) -> None:
    """Buttons and DIP switches."""
    board.button("coin", panel, "buttons", 0x01, means="coin", active_low=True, title="Coin")
    board.button("start1", panel, "buttons", 0x04, means="start", title="1 player start")
    board.button("start2", panel, "buttons", 0x02, means="start", player=2, title="2 players start")
    for name, mask, means in (
        ("left", LEFT, "left"),
        ("right", RIGHT, "right"),
        ("fire", FIRE, "button1"),
    ):
        title = name.capitalize()
        board.button(name, panel, "player1", mask, means=means, title=title)
        title += ", second player"
        board.button(f"{name}2", panel, "player2", mask, means=means, player=2, title=title)
    board.button("tilt", panel, "options", 0x04, means="tilt", title="Tilt")

    lives = {"3": 0, "4": 1, "5": 2, "6": 3}
    board.switch("lives", panel, "options", 0x03, lives, "3", title="Lives")
    bonus = {"1500": 0, "1000": 8}
    board.switch("bonus", panel, "options", 0x08, bonus, "1500", title="Bonus Life")
    info = {"on": 0, "off": 0x80}
    board.switch("coin_info", panel, "options", 0x80, info, "on", title="Coin Info")
    cabinet = {"upright": 0, "cocktail": 1}
    board.switch("cabinet", panel, "cocktail", 1, cabinet, "upright", title="Cabinet")
