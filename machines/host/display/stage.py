"""What a session is seen and heard on: window, text over the picture, loudspeaker."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from emucore.board import Board
from emucore.machine import Machine
from machines.host.audio.speaker import Speaker, open_speaker
from machines.host.display.overlay import Overlay
from machines.host.display.window import Window
from machines.host.menu.model import Stack
from machines.host.profile.settings import Settings


def _pair(values: list[int]) -> tuple[int, int] | None:
    return (values[0], values[1]) if values else None


class Stage:
    """Shows *machine* and lets it be heard, as *settings* say.

    *tell* is called with what does not work but hinders nobody.  Raises
    :class:`emucore.machine.MachineError` where there is no display.
    """

    def __init__(
        self,
        machine: Machine,
        title: str,
        settings: Settings,
        tell: Callable[[str], None],
        *,
        scale: int = 0,
        muted: bool = False,
    ) -> None:
        self.settings, self.muted, self._machine = settings, muted, machine
        self._tell = tell
        self._overlay = Overlay()
        self.speaker: Speaker | None = None
        self._wanted: tuple[int, int] | None = None
        height, width, _ = machine.screen.shape
        self.window = Window(
            title,
            width,
            height,
            scale or settings["video", "scale"],
            dot=self._dot(),
            vsync=settings["video", "vsync"],
            size=None if scale else _pair(settings["video", "size"]),
            position=_pair(settings["video", "position"]),
        )
        self._begun = self.window.place
        for key in ("filter", "fit"):
            self.apply(key)
        if settings["video", "fullscreen"]:
            self.apply("fullscreen")
        self._fit(machine.board)

    def adopt(self, machine: Machine, title: str) -> None:
        """Show another machine from now on."""
        self._machine = machine
        height, width, _ = machine.screen.shape
        self.window.adopt(title, width, height, self.settings["video", "scale"], self._dot())
        self._fit(machine.board)

    def _dot(self) -> float:
        """How many times as broad as high a dot is to be."""
        picture = self._machine.board.picture
        if picture is None or self.settings["video", "dots"] == "square":
            return 1.0
        height, width, _ = self._machine.screen.shape
        return picture.dot(height, width)

    def _fit(self, board: Board) -> None:
        """Turn the tube's lines, and have a loudspeaker at the board's rate, if there is one."""
        self.window.upright = board.picture is not None and board.picture.rotate % 180 != 0
        speaks = board.speaker
        wanted = (speaks.rate, speaks.channels) if speaks is not None else None
        if wanted == self._wanted or self.muted:
            return
        self._wanted = wanted
        if self.speaker is not None:
            self.speaker.close()
            self.speaker = None
        speaker = open_speaker(*wanted) if wanted else None
        if isinstance(speaker, str):
            self._tell(f"no sound: {speaker} (playing goes on without)")
        else:
            self.speaker = speaker
            self.apply_volume()

    def apply(self, key: str) -> None:
        """Let a setting of the picture take effect."""
        value = self.settings["video", key]
        if key == "filter":
            self.window.filter = value
        elif key == "fit":
            self.window.whole = value == "whole"
        elif key == "dots":
            self.window.dot = self._dot()
            self.window.resize(self.settings["video", "scale"])
        elif key == "scale":
            self.window.resize(value)
        elif key == "fullscreen":
            self.window.fullscreen = value
        elif key == "vsync":
            self.window.vsync(value)

    def apply_volume(self) -> None:
        """Let the volume take effect; loudness goes with its square."""
        if self.speaker is not None:
            self.speaker.volume = (self.settings["sound", "volume"] / 100) ** 2

    def show(self, picture: npt.NDArray[np.uint8], message: str, menu: Stack) -> None:
        """Show a (height, width, 3) picture and what is to be seen over it."""
        self.window.show(picture, self._overlay.surface(self.window.size, message, menu))

    def beam_at(self, place: tuple[int, int]) -> tuple[int, int] | None:
        """Column and row, as the beam draws them, of the dot at a *place* in the window."""
        dot, picture = self.window.dot_at(place), self._machine.board.picture
        if dot is None or picture is None:
            return None
        (x, y), (width, height) = dot, (self.window.width, self.window.height)
        turned = {90: (y, width - 1 - x), 180: (width - 1 - x, height - 1 - y)}
        return {0: (x, y), **turned, 270: (height - 1 - y, x)}[picture.rotate % 360]

    def hear(self, samples: npt.NDArray[np.int16], *, hurried: bool = False) -> None:
        """Let samples be heard; *hurried* ones as far as there is time for them."""
        if self.speaker is not None and not (hurried and self.speaker.full):
            self.speaker.play(samples)

    def rest(self) -> None:
        """Fall silent until there are samples again."""
        if self.speaker is not None:
            self.speaker.rest()

    def remember(self) -> None:
        """Have the next window be where this one is and, if it was resized, as large."""
        position, size = self.window.place
        if self.window.fullscreen or (position, size) == self._begun:
            return
        fitting = self.window.fitting(self.settings["video", "scale"])
        changes = {"position": list(position)}
        if size != self._begun[1]:
            changes["size"] = [] if size == fitting else list(size)
        for key, value in changes.items():
            if value != self.settings["video", key]:
                self.settings.change(("video", key), value)

    def close(self) -> None:
        """Give window and loudspeaker back."""
        if self.speaker is not None:
            self.speaker.close()
        self.window.close()
