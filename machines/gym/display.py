"""A window for the mode ``human``: every frame, at the machine's speed."""

from __future__ import annotations

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import numpy.typing as npt
import pygame

from emucore.machine import Machine
from machines.host.display.window import Window
from machines.host.session.pacer import Pacer


class Display:
    """Shows *machine*.  Raises :class:`emucore.machine.MachineError` where there is no display."""

    def __init__(self, machine: Machine) -> None:
        board = machine.board
        height, width, _ = machine.screen.shape
        self._window = Window(board.title, width, height)
        self._pacer = Pacer(board.frame_ticks / board.clock_hz)

    def show(self, picture: npt.NDArray[np.uint8]) -> None:
        """Show a (height, width, 3) picture when it is due."""
        self._pacer.wait()
        pygame.event.pump()
        self._window.show(picture)

    def close(self) -> None:
        """Close the window."""
        self._window.close()
