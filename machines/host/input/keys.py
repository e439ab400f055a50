"""What happens at keyboard, pads, mouse and window, as names of controls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygame

from machines.host.input.controls import is_mouse, is_pad, split
from machines.host.input.pads import Pads


@dataclass(frozen=True)
class Control:
    """A key or a part of a pad goes down or up."""

    name: str
    down: bool


@dataclass(frozen=True)
class Pushed:
    """A pad's stick was pushed: its way, and how far, from -1 to 1."""

    name: str
    value: float


@dataclass(frozen=True)
class Moved:
    """The mouse was moved right and down, to a place in the window."""

    way: tuple[int, int]
    place: tuple[int, int]


@dataclass(frozen=True)
class Gone:
    """The mouse has left the window."""


@dataclass(frozen=True)
class Lost:
    """The window lost the keyboard: what is released from now on, nobody tells."""


@dataclass(frozen=True)
class Closed:
    """The window is to be closed."""


@dataclass(frozen=True)
class News:
    """Something to tell the player: a pad came or went."""

    text: str


@dataclass(frozen=True)
class Dropped:
    """A file was dropped on the window."""

    path: Path


Motion = Pushed | Moved | Gone
Happening = Control | Motion | Lost | Closed | News | Dropped

#: The mouse's buttons by SDL's number.
_MOUSE = {1: "mouse left", 2: "mouse middle", 3: "mouse right"}


def is_control(name: str) -> bool:
    """Whether *name* is that of a key or of the mouse, or looks like a pad's; needs a window."""
    key = split(name)[1]
    if is_pad(key) or is_mouse(key):
        return True
    try:
        pygame.key.key_code(key)
    except ValueError:
        return False
    return True


def clipboard() -> str:
    """The text that was copied elsewhere; nothing where there is none, or no way to it."""
    try:
        return pygame.scrap.get_text()
    except pygame.error:
        return ""


def happenings(pads: Pads) -> Iterator[Happening]:
    """What has happened since the last call."""
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            yield Closed()
        elif event.type == pygame.WINDOWFOCUSLOST:
            yield Lost()
        elif event.type in (pygame.KEYDOWN, pygame.KEYUP):
            name = pygame.key.name(event.key)
            if name:
                yield Control(name, event.type == pygame.KEYDOWN)
        elif event.type == pygame.DROPFILE:
            yield Dropped(Path(event.file))
        elif event.type == pygame.CONTROLLERDEVICEADDED:
            came = pads.add(event.device_index)
            if came:
                yield News(came)
        elif event.type == pygame.CONTROLLERDEVICEREMOVED:
            for control in pads.held(event.instance_id):
                yield Control(control, False)
            for stick in pads.still(event.instance_id):
                yield Pushed(stick, 0.0)
            gone = pads.remove(event.instance_id)
            if gone:
                yield News(gone)
        elif event.type in (pygame.CONTROLLERBUTTONDOWN, pygame.CONTROLLERBUTTONUP):
            down = event.type == pygame.CONTROLLERBUTTONDOWN
            for control in pads.button(event.instance_id, event.button, down):
                yield Control(control, down)
        elif event.type == pygame.MOUSEMOTION:
            yield Moved(event.rel, event.pos)
        elif event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            if event.button in _MOUSE:
                yield Control(_MOUSE[event.button], event.type == pygame.MOUSEBUTTONDOWN)
        elif event.type == pygame.WINDOWLEAVE:
            yield Gone()
        elif event.type == pygame.CONTROLLERAXISMOTION:
            pushed = pads.push(event.instance_id, event.axis, event.value)
            if pushed is not None:
                yield Pushed(*pushed)
            for control, down in pads.axis(event.instance_id, event.axis, event.value):
                yield Control(control, down)
