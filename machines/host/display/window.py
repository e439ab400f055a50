"""A window that shows a machine's picture: at whole multiples of its size, or as large as fits."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pygame
from pygame._sdl2 import video

from emucore.machine import MachineError
from machines.host.base.sdl import SdlError, displays, sdl
from machines.host.display.icon import icon

#: Part of the desktop that a new window may take, and the largest scale it is given.
DESKTOP, SCALE_MOST = 0.9, 4
#: Dots of a window that are to be seen, at least, where it is put.
GRIP = 64
#: How dark the gap between two lines of a tube is (255: black); it takes the last third of a line.
GAP = 110


def _has_display() -> bool:
    """Whether there is a display: SDL would take an invisible one rather than say that it is not.

    A driver that is named in the environment is taken at its word.
    """
    variables = ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform != "linux" or any(os.environ.get(name) for name in variables)


def placed(
    outer: tuple[int, int], inner: tuple[int, int], whole: bool, dot: float = 1.0
) -> tuple[int, int, int, int]:
    """Left, top, width and height of a picture of *inner* size in the middle of *outer*.

    As large as fits with its aspect kept, a dot being *dot* times as broad as high; *whole* takes
    the largest whole multiple, if it has one.
    """
    across, down = _unit(inner, dot)
    scale = min(outer[0] / across, outer[1] / down)
    if whole and scale >= 1:
        scale = int(scale)
    width, height = max(1, round(across * scale)), max(1, round(down * scale))
    return (outer[0] - width) // 2, (outer[1] - height) // 2, width, height


def _unit(size: tuple[int, int], dot: float) -> tuple[float, float]:
    """Size of a picture whose dots measure one in the shorter way, so that this stays crisp."""
    return (size[0] * dot, size[1]) if dot >= 1 else (size[0], size[1] / dot)


def _displays() -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each display."""
    with contextlib.suppress(SdlError):
        found = displays()
        if found:
            return found
    return [(0, 0, *size) for size in pygame.display.get_desktop_sizes()]


def _is_seen(
    position: tuple[int, int], size: tuple[int, int], displays: list[tuple[int, int, int, int]]
) -> bool:
    """Whether enough of a window would be on a display to be taken hold of by its upper edge."""
    x, y = position
    return any(
        left - size[0] + GRIP <= x <= left + width - GRIP and top <= y <= top + height - GRIP
        for left, top, width, height in displays
    )


class Window:
    """A window for pictures of *width* x *height*; *scale* 0 takes what suits the desktop.

    It can be resized.  *size* and *position* are those of an earlier one, taken as far as the
    displays of today allow; else it is as large as *scale* says, but fits its display.

    Raises :class:`MachineError` where there is no display.
    """

    def __init__(
        self,
        title: str,
        width: int,
        height: int,
        scale: int = 0,
        *,
        dot: float = 1.0,
        vsync: bool = True,
        size: tuple[int, int] | None = None,
        position: tuple[int, int] | None = None,
    ) -> None:
        self.width, self.height = width, height
        #: How many times as broad as high a dot is.
        self.dot = dot
        #: ``crisp``, ``smooth`` or ``scanlines``; whether only whole multiples are taken; whether
        #: the tube's lines stand upright.
        self.filter, self.whole, self.upright = "crisp", True, False
        self._window: Any = None
        try:
            if not _has_display():
                raise pygame.error("no display")
            pygame.display.init()
            self._displays = _displays()
            fitting = self.fitting(scale) if size is None else self._bounded(size)
            self._window = pygame.Window(title, fitting, resizable=True)
            if position is not None and _is_seen(position, fitting, self._displays):
                self._window.position = position
            self._window.set_icon(icon())
            self._renderer = video.Renderer(self._window, vsync=vsync)
        except pygame.error as error:
            pygame.display.quit()
            raise MachineError(f"no window: {error} (emu run works without one)") from None
        self._fullscreen = False
        self._mouse = False, False
        self._textures: dict[str, tuple[Hashable, video.Texture]] = {}
        self._present, self._set_vsync = self._unlocked()

    def _unlocked(self) -> tuple[Callable[[], None], Callable[[bool], None]]:
        """Presenting without Python's lock, and switching vsync; pygame's own if need be."""
        with contextlib.suppress(SdlError):
            library = sdl()
            renderer = library.SDL_GetRenderer(library.SDL_GetWindowFromID(self._window.id))
            if renderer:
                return (
                    lambda: library.SDL_RenderPresent(renderer),
                    lambda on: library.SDL_RenderSetVSync(renderer, int(on)),
                )
        return self._renderer.present, lambda on: None

    @property
    def scale_most(self) -> int:
        """The largest scale that fits its display, or of a new one any."""
        across, down = _unit((self.width, self.height), self.dot)
        fits = [
            min(w * DESKTOP // across, h * DESKTOP // down) for _, _, w, h in self._its_displays()
        ]
        return int(max(1, min(fits)))

    def _its_displays(self) -> list[tuple[int, int, int, int]]:
        """The display that it is on; all, where that cannot be told."""
        if self._window is not None:
            with contextlib.suppress(SdlError, IndexError):
                library = sdl()
                window = library.SDL_GetWindowFromID(self._window.id)
                return [self._displays[library.SDL_GetWindowDisplayIndex(window)]]
        return self._displays

    def fitting(self, scale: int) -> tuple[int, int]:
        """Size at a *scale*; at 0, the largest that suits; never larger than fits the display."""
        across, down = _unit((self.width, self.height), self.dot)
        scale = min(scale or SCALE_MOST, self.scale_most)
        return round(across * scale), round(down * scale)

    def _bounded(self, size: tuple[int, int]) -> tuple[int, int]:
        widths, heights = zip(*(d[2:] for d in self._displays), strict=True)
        return min(size[0], max(widths)), min(size[1], max(heights))

    @property
    def place(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Position on the desktop, and size."""
        (x, y), (width, height) = self._window.position, self._window.size
        return (int(x), int(y)), (int(width), int(height))

    def adopt(self, title: str, width: int, height: int, scale: int = 0, dot: float = 1.0) -> None:
        """Show pictures of another size from now on."""
        if (width, height, dot) != (self.width, self.height, self.dot):
            self.width, self.height, self.dot = width, height, dot
            self.resize(scale)
        self._window.title = title

    def resize(self, scale: int) -> None:
        """Make the window fit *scale* times the picture; 0: what suits the desktop."""
        if not self._fullscreen:
            self._window.size = self.fitting(scale)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the inside, in the renderer's dots."""
        width, height = self._renderer.get_viewport().size
        return int(width), int(height)

    def dot_at(self, place: tuple[int, int]) -> tuple[int, int] | None:
        """Column and row of the dot that is shown at a *place* in the window; None: none."""
        inside = self._window.size
        x, y = (p * n // max(1, of) for p, n, of in zip(place, self.size, inside, strict=True))
        left, top, width, height = placed(
            self.size, (self.width, self.height), self.whole, self.dot
        )
        if not (left <= x < left + width and top <= y < top + height):
            return None
        return (x - left) * self.width // width, (y - top) * self.height // height

    def hold_mouse(self, hold: bool, pointer: bool) -> None:
        """Whether the mouse stays in the window and only its moves count; else, whether it is to
        be seen on the full screen too."""
        if (hold, pointer) == self._mouse:
            return
        self._mouse = hold, pointer
        with contextlib.suppress(SdlError):
            sdl().SDL_SetRelativeMouseMode(int(hold))
        self._window.grab_mouse = hold
        self._show_pointer()

    def _show_pointer(self) -> None:
        hold, pointer = self._mouse
        pygame.mouse.set_visible(not hold and (pointer or not self._fullscreen))

    @property
    def fullscreen(self) -> bool:
        """Whether it fills the screen."""
        return self._fullscreen

    @fullscreen.setter
    def fullscreen(self, on: bool) -> None:
        self._fullscreen = on
        self._show_pointer()
        if on:
            self._window.set_fullscreen(True)
        else:
            self._window.set_windowed()

    def vsync(self, on: bool) -> None:
        """Whether :meth:`show` waits for the display."""
        self._set_vsync(on)

    def show(self, picture: npt.NDArray[np.uint8], overlay: pygame.Surface | None = None) -> None:
        """Show a (height, width, 3) picture and, over the whole window, *overlay*.

        The same overlay object is not looked at again: draw another for other contents.
        """
        smooth = self.filter == "smooth"
        image = pygame.image.frombuffer(picture.tobytes(), (self.width, self.height), "RGB")
        texture = self._texture(
            "picture",
            (self.width, self.height, smooth),
            lambda: video.Texture(
                self._renderer,
                (self.width, self.height),
                streaming=True,
                scale_quality=int(smooth),
            ),
        )
        texture.update(image)
        place = placed(self.size, (self.width, self.height), self.whole, self.dot)
        self._renderer.draw_color = "black"
        self._renderer.clear()
        texture.draw(dstrect=place)
        if self.filter == "scanlines":
            self._lines(place)
        if overlay is not None:
            self._texture(
                "overlay",
                overlay,
                lambda: video.Texture.from_surface(self._renderer, overlay),
            ).draw(dstrect=(0, 0, *overlay.get_size()))
        self._present()

    def _texture(
        self, name: str, key: Hashable, make: Callable[[], video.Texture]
    ) -> video.Texture:
        """The texture *name*, made anew if it was made for another *key*."""
        if name not in self._textures or self._textures[name][0] != key:
            self._textures[name] = key, make()
        return self._textures[name][1]

    def _lines(self, place: tuple[int, int, int, int]) -> None:
        """Darken the gaps between the tube's lines."""
        count, length = self.height, place[3]
        if self.upright:
            count, length = self.width, place[2]
        if length < 2 * count:
            return  # no room between them

        def make() -> video.Texture:
            gap = 3 * (np.arange(length) * count % length) >= 2 * length
            size = (length, 1) if self.upright else (1, length)
            surface = pygame.Surface(size, pygame.SRCALPHA)
            pygame.surfarray.pixels_alpha(surface)[:] = (gap * GAP).reshape(size)
            return video.Texture.from_surface(self._renderer, surface)

        texture = self._texture("lines", (self.upright, count, length), make)
        texture.draw(dstrect=place)

    def contents(self) -> npt.NDArray[np.uint8]:
        """What the window shows, as (height, width, 3)."""
        return pygame.surfarray.array3d(self._renderer.to_surface()).swapaxes(0, 1)

    def close(self) -> None:
        """Close the window."""
        self._textures.clear()
        self._window.destroy()
        pygame.display.quit()
