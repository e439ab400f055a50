"""A window that shows a machine's picture, at whole multiples of its size."""

from __future__ import annotations

import os
import sys

import numpy as np
import numpy.typing as npt
import pygame

from emucore.machine import MachineError

#: Part of the desktop that a new window may take, and the largest scale it is given.
DESKTOP, SCALE_MOST = 0.9, 4


def _has_display() -> bool:
    """Whether there is a display: SDL would take an invisible one rather than say that it is not.

    A driver that is named in the environment is taken at its word.
    """
    variables = ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform != "linux" or any(os.environ.get(name) for name in variables)


class Window:
    """A window for pictures of *width* x *height*; *scale* None takes what suits the desktop.

    It can be resized: the picture stays in the middle at the largest whole scale.  Raises
    :class:`MachineError` where there is no display.
    """

    def __init__(self, title: str, width: int, height: int, scale: int | None = None) -> None:
        self.width, self.height, self.title = width, height, title
        try:
            if not _has_display():
                raise pygame.error("no display")
            pygame.display.init()
            scale = scale or self._suitable()
            size = width * scale, height * scale
            self._surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        except pygame.error as error:
            pygame.display.quit()
            raise MachineError(f"no window: {error} (emu run works without one)") from None
        pygame.display.set_caption(title)

    def _suitable(self) -> int:
        """The largest scale that fits well into the smallest desktop."""
        fits = [
            min(w * DESKTOP // self.width, h * DESKTOP // self.height)
            for w, h in pygame.display.get_desktop_sizes()
        ]
        return int(max(1, min([*fits, SCALE_MOST])))

    def show(self, picture: npt.NDArray[np.uint8]) -> None:
        """Show a (height, width, 3) picture."""
        image = pygame.image.frombuffer(picture.tobytes(), (self.width, self.height), "RGB")
        surface = pygame.display.get_surface() or self._surface
        width, height = surface.get_size()
        scale = max(1, min(width // self.width, height // self.height))
        if scale > 1:
            image = pygame.transform.scale_by(image, scale)
        surface.fill("black")
        surface.blit(
            image, ((width - self.width * scale) // 2, (height - self.height * scale) // 2)
        )
        pygame.display.flip()

    def note(self, text: str) -> None:
        """Put a word beside the window's title; the empty one takes it away."""
        pygame.display.set_caption(f"{self.title} ({text})" if text else self.title)

    def close(self) -> None:
        """Close the window."""
        pygame.display.quit()
