"""What happens at keyboard, pads and window, as names of controls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygame

from machines.host.input.controls import is_pad, split
from machines.host.input.pads import Pads


@dataclass(frozen=True)
class Control:
    """A key or a part of a pad goes down or up."""

    name: str
    down: bool


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


Happening = Control | Lost | Closed | News | Dropped


def is_control(name: str) -> bool:
    """Whether *name* is that of a key, or looks like that of a pad's part; needs a window."""
    key = split(name)[1]
    if is_pad(key):
        return True
    try:
        pygame.key.key_code(key)
    except ValueError:
        return False
    return True


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
            gone = pads.remove(event.instance_id)
            if gone:
                yield News(gone)
        elif event.type in (pygame.CONTROLLERBUTTONDOWN, pygame.CONTROLLERBUTTONUP):
            down = event.type == pygame.CONTROLLERBUTTONDOWN
            for control in pads.button(event.instance_id, event.button, down):
                yield Control(control, down)
        elif event.type == pygame.CONTROLLERAXISMOTION:
            for control, down in pads.axis(event.instance_id, event.axis, event.value):
                yield Control(control, down)
