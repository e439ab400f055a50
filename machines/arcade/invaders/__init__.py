"""Midway's 8080 board of 1978 with the ROMs of Space Invaders, or a program of one's own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from emucore.isa import Isa
from emucore.machine import Machine
from machines.arcade.invaders.board import keep_scores, make_board
from machines.arcade.invaders.roms import bundled_program, read_program, set_title
from machines.bundled import games
from machines.registry import MachineInfo

#: Module and name of each processor that fits the socket.
CPUS = {"8080": ("emucore.cpus.i8080", "i8080"), "z80": ("emucore.cpus.z80", "z80")}
USUAL = "8080"


def build(path: Path | None, *, cpu: str | None = None) -> Machine:
    """The board with the program at *path*: a ROM set (zip or folder) or a flat binary.

    Without one, with the game that comes with this project.  Raises
    :class:`emucore.machine.MachineError` where the media will not do.
    """
    program = bundled_program() if path is None else read_program(path)
    module, name = CPUS[cpu or USUAL]
    isa: Isa = getattr(import_module(module), name)
    board = make_board(isa)
    if path is None:
        keep_scores(board, games().kept())
    return Machine(board, {"rom": program})


MACHINE = MachineInfo(
    name="invaders",
    title="Midway's 8080 board (Space Invaders, 1978)",
    build=build,
    media_help="a ROM set (zip or folder) or a flat binary; without, our own game",
    cpus=tuple(CPUS),
    default_cpu=USUAL,
    included=(games().DEFAULT.capitalize(), games().picture()),
    recognise=set_title,
)
