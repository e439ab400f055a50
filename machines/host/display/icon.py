"""The window's icon: a thistle, drawn here dot by dot."""

from __future__ import annotations

import pygame

_DOTS = (
    "................",
    "....p..pp..p....",
    "...pp.pppp.pp...",
    "...pPpPppPpPp...",
    "....PPPPPPPP....",
    ".....PPPPPP.....",
    "......gggg......",
    ".....gGgGgg.....",
    "....ggGgGggg....",
    "....gGgGgGgg....",
    ".g...gGgGgg...g.",
    ".gg...gggg...gg.",
    "..ggg..gg..ggg..",
    "....gg.gg.gg....",
    ".....gGGGGg.....",
    ".......GG.......",
)
_COLOURS = {
    "p": (226, 132, 255),
    "P": (166, 70, 220),
    "g": (96, 214, 96),
    "G": (40, 138, 64),
}
#: Dots of the display for one of these.
SCALE = 4


def icon() -> pygame.Surface:
    """The icon as a picture of 64 x 64 dots, transparent around the thistle."""
    small = pygame.Surface((len(_DOTS[0]), len(_DOTS)), pygame.SRCALPHA)
    for y, row in enumerate(_DOTS):
        for x, dot in enumerate(row):
            if dot in _COLOURS:
                small.set_at((x, y), _COLOURS[dot])
    return pygame.transform.scale_by(small, SCALE)
