"""Text over the picture: a message, and the menu."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import pygame

from machines.host.base.png import png_size
from machines.host.menu.model import Item, Stack

_SHADE = (8, 8, 24, 200)
_PANEL = (16, 18, 40, 235)
_BAR = (58, 72, 150)
_TEXT, _FAINT, _TITLE = (235, 235, 245), (150, 152, 175), (255, 208, 96)

#: Height of an item's picture, in lines of text.
PICTURE_LEAST, PICTURE_MOST = 6, 16
#: Dots across a picture that is shown: no machine has more, and they take memory.
PICTURE_SIZE_MOST = 2048

#: Lines that a line's note may have.
NOTE_MOST = 3
#: Part of the window's height that a message may take.
MESSAGE_MOST = 0.4

WAITING = "Press a key or a pad's button   Esc cancel"


@dataclass(frozen=True)
class _View:
    """All that a drawn overlay depends on."""

    size: tuple[int, int]
    message: str
    title: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    chosen: int = 0
    hint: str = ""
    picture: Path | None = None
    stamp: Hashable = None  # of the picture's file
    pictured: bool = False
    note: str = ""
    noted: bool = False


class Overlay:
    """Draws what is to be seen over the picture, and only when that has changed."""

    def __init__(self) -> None:
        self._view: _View | None = None
        self._surface: pygame.Surface | None = None
        self._fonts: dict[int, pygame.font.Font] = {}

    def surface(
        self, size: tuple[int, int], message: str, menu: Stack | None = None
    ) -> pygame.Surface | None:
        """A surface of *size* with message and menu, None if there are none.

        The same object as last time, if it looks the same.
        """
        view = _view(size, message, menu)
        if view != self._view:
            self._view = view
            self._surface = self._draw(view) if message or view.title else None
        return self._surface

    def _font(self, size: tuple[int, int]) -> pygame.font.Font:
        height = max(12, min(28, min(size) // 26))
        if height not in self._fonts:
            pygame.font.init()
            self._fonts[height] = pygame.font.Font(None, round(height * 1.3))
        return self._fonts[height]

    def _draw(self, view: _View) -> pygame.Surface:
        surface = pygame.Surface(view.size, pygame.SRCALPHA)
        font = self._font(view.size)
        if view.title:
            surface.fill((0, 0, 0, 120))
            _draw_menu(surface, font, view)
        if view.message:
            _draw_message(surface, font, view.message)
        return surface


def _view(size: tuple[int, int], message: str, menu: Stack | None) -> _View:
    if not menu:
        return _View(size, message)
    items, item = menu.items, menu.item
    picture = item.picture if item is not None else None
    try:
        stamp = picture.stat().st_mtime_ns if picture is not None else None
    except OSError:
        picture = stamp = None
    rows = [(item.label, item.value) for item in items]
    if menu.waiting is not None:
        rows[menu.page.chosen] = menu.waiting.label, "…"
    return _View(
        size,
        message,
        menu.page.title,
        tuple(rows),
        menu.page.chosen,
        WAITING if menu.waiting is not None else _hint(item),
        picture,
        stamp,
        any(i.picture for i in items),
        item.note if item is not None else "",
        any(i.note for i in items),
    )


def _hint(item: Item | None) -> str:
    """What can be done with the chosen line."""
    parts = []
    if item is not None:
        changes = item.step is not None
        parts += ["Enter choose"] * (item.enter is not None or item.capture is not None)
        parts += ["Left/Right change"] * changes + ["Del default"] * (item.clear is not None)
    return "   ".join([*parts, "Esc back"])


def _fitted(
    font: pygame.font.Font, text: str, width: int, colour: tuple[int, int, int]
) -> pygame.Surface:
    """*text* in one line of at most *width*, cut if need be."""
    lines = wrapped(font, text, width, 1)
    return font.render(lines[0] if lines else "", True, colour)


def wrapped(font: pygame.font.Font, text: str, width: int, most: int) -> list[str]:
    """*text* in at most *most* lines of at most *width*; what is left out, an ellipsis tells.

    Lines end between words, or within what is too long for a line.
    """
    text = "".join(c if c.isprintable() else " " for c in text)
    lines: list[str] = []
    while text and len(lines) < most:
        count = _fitting(font, text, width)
        if not count:
            break
        if count < len(text) and len(lines) + 1 == most:
            cut = _fitting(font, text, width - font.size("…")[0])
            return [*lines, text[:cut] + "…"] if cut else lines
        if count < len(text):
            space = text.rfind(" ", 1, count + 1)
            count = space if space > count // 2 else count
        lines.append(text[:count].rstrip())
        text = text[count:].lstrip()
    return lines


def _fitting(font: pygame.font.Font, text: str, width: int) -> int:
    """How many characters of *text* fit into *width*."""
    low, high = 0, min(len(text), max(0, width))  # none is narrower than a dot
    while low < high:
        middle = (low + high + 1) // 2
        if font.size(text[:middle])[0] <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _draw_message(surface: pygame.Surface, font: pygame.font.Font, message: str) -> None:
    """A message in the lower left corner, in as many lines as it takes."""
    width, height = surface.get_size()
    line, pad = font.get_height(), font.get_height() // 2
    most = max(1, int(height * MESSAGE_MOST) // line)
    lines = [font.render(t, True, _TEXT) for t in wrapped(font, message, width - 4 * pad, most)]
    if not lines:
        return
    box = pygame.Rect(0, 0, max(t.get_width() for t in lines) + 2 * pad, len(lines) * line + pad)
    box.bottomleft = pad, height - pad
    pygame.draw.rect(surface, _SHADE, box, border_radius=pad // 2)
    for number, text in enumerate(lines):
        surface.blit(text, (box.left + pad, box.top + pad // 2 + number * line))


def _draw_menu(surface: pygame.Surface, font: pygame.font.Font, view: _View) -> None:
    line, pad = round(font.get_height() * 1.35), font.get_height()
    width = min(view.size[0] - pad, 34 * pad)
    note = NOTE_MOST * view.noted
    lines = (view.size[1] - 4 * pad) // line - 3 - note  # beside title and hint
    shown = max(1, min(len(view.rows), lines - (PICTURE_LEAST if view.pictured else 0)))
    first = max(0, min(view.chosen - shown // 2, len(view.rows) - shown))
    picture_height = line * min(PICTURE_MOST, lines - shown) if view.pictured else 0
    height = (shown + 3 + note) * line + picture_height + 2 * pad
    panel = pygame.Rect(0, 0, width, height)
    panel.center = view.size[0] // 2, view.size[1] // 2
    pygame.draw.rect(surface, _PANEL, panel, border_radius=pad // 2)
    inner = panel.inflate(-2 * pad, -2 * pad)
    surface.blit(_fitted(font, view.title, inner.width, _TITLE), inner.topleft)
    top = inner.top + round(1.2 * line)
    for number, (label, value) in enumerate(view.rows[first : first + shown], first):
        row = pygame.Rect(inner.left, top, inner.width, line)
        if number == view.chosen:
            pygame.draw.rect(surface, _BAR, row.inflate(pad, 0), border_radius=pad // 3)
        right = _fitted(font, value, round(inner.width * 0.62), _TEXT)
        surface.blit(right, right.get_rect(midright=row.midright))
        left = _fitted(font, label, inner.width - right.get_width() - pad, _TEXT)
        surface.blit(left, left.get_rect(midleft=row.midleft))
        top += line
    if view.pictured:
        place = pygame.Rect(inner.left, top + pad // 4, inner.width, picture_height - pad // 2)
        _draw_picture(surface, view.picture, place)
    foot = inner.bottom - line * (1 + note) - pad // 3
    for number, text in enumerate(wrapped(font, view.note, inner.width, note)):
        surface.blit(font.render(text, True, _TEXT), (inner.left, foot + number * line))
    hint = _fitted(font, view.hint, inner.width, _FAINT)
    surface.blit(hint, hint.get_rect(bottomleft=inner.bottomleft))


def _draw_picture(surface: pygame.Surface, path: Path | None, place: pygame.Rect) -> None:
    """The picture at *path*, as large as fits in the middle of *place*; nothing if it is none."""
    if path is None:
        return
    try:
        size = png_size(path)
        if size is None or max(size) > PICTURE_SIZE_MOST:
            return
        picture = pygame.image.load(path)
    except (pygame.error, OSError):
        return
    scale = min(place.width / picture.get_width(), place.height / picture.get_height())
    size = max(1, int(picture.get_width() * scale)), max(1, int(picture.get_height() * scale))
    canvas = pygame.Surface(picture.get_size(), depth=24)
    canvas.blit(picture, (0, 0))
    small = pygame.transform.smoothscale(canvas, size)
    surface.blit(small, small.get_rect(center=place.center))
