"""Midway's 8080 board of 1978 with the ROMs of Space Invaders, or a program of one's own."""

from __future__ import annotations

from pathlib import Path

from emucore.cpus import isa
from emucore.machine import Machine
from machines.arcade.invaders.board import keep_scores, make_board
from machines.arcade.invaders.roms import bundled_program, read_program, set_title
from machines.bundled import games
from machines.registry import MachineInfo

#: The processors that fit the socket, the usual one first.
CPUS = ("8080", "z80")


def build(path: Path | None, *, cpu: str | None = None) -> Machine:
    """The board with the program at *path*: a ROM set (zip or folder) or a flat binary.

    Without one, with the game that comes with this project.  Raises
    :class:`emucore.machine.MachineError` where the media will not do.
    """
    program = bundled_program() if path is None else read_program(path)
    board = make_board(isa(cpu or CPUS[0]))
    if path is None:
        keep_scores(board, games().kept())
    return Machine(board, {"rom": program})


MACHINE = MachineInfo(
    name="invaders",
    title="Midway's 8080 board (Space Invaders, 1978)",
    build=build,
    media_help="a ROM set (zip or folder) or a flat binary; without, our own game",
    cpus=CPUS,
    default_cpu=CPUS[0],
    included=(games().DEFAULT.capitalize(), games().picture()),
    recognise=set_title,
)
