"""Game pads: SDL's controllers, plugged in and out at any time.

A pad has the lowest number that is free, its parts SDL's names: ``pad1 a``, ``pad2 dpleft``; a
stick that is pushed beyond a threshold is a part of its own, ``pad1 leftx-``.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import pygame
from pygame._sdl2 import controller

_BUTTONS = (
    "a", "b", "x", "y", "back", "guide", "start", "leftstick", "rightstick",
    "leftshoulder", "rightshoulder", "dpup", "dpdown", "dpleft", "dpright",
)  # fmt: skip
_AXES = ("leftx", "lefty", "rightx", "righty", "lefttrigger", "righttrigger")

#: Where a stick counts as pushed, and below what as let go, of 32767.
PUSHED, RELEASED = 16384, 12288


@dataclass
class Pad:
    """A pad that is plugged in: its number from 1 and the parts that are down."""

    number: int
    device: controller.Controller
    held: set[str] = field(default_factory=set)


class Pads:
    """The pads that are plugged in, by SDL's instance number."""

    def __init__(self) -> None:
        self._pads: dict[int, Pad] = {}
        with contextlib.suppress(pygame.error):  # a host without pads has none
            controller.init()

    def add(self, index: int) -> str:
        """Take the pad at *index* into use; what to tell the player, nothing if it was."""
        try:
            device = controller.Controller(index)
        except (pygame.error, ValueError):
            return ""  # gone again
        number = 1
        while any(pad.number == number for pad in self._pads.values()):
            number += 1
        instance = device.as_joystick().get_instance_id()
        if instance in self._pads:
            return ""
        self._pads[instance] = Pad(number, device)
        return f"Gamepad {number}: {device.name}"

    def held(self, instance: int) -> list[str]:
        """The controls of a pad that are down."""
        pad = self._pads.get(instance)
        return sorted(pad.held) if pad is not None else []

    def remove(self, instance: int) -> str:
        """A pad was unplugged; what to tell the player."""
        pad = self._pads.pop(instance, None)
        if pad is None:
            return ""
        pad.device.quit()
        return f"Gamepad {pad.number} disconnected"

    def button(self, instance: int, button: int, down: bool) -> list[str]:
        """The control that a button is: none for what SDL has no name for."""
        pad = self._pads.get(instance)
        if pad is None or not 0 <= button < len(_BUTTONS):
            return []
        name = f"pad{pad.number} {_BUTTONS[button]}"
        (pad.held.add if down else pad.held.discard)(name)
        return [name]

    def axis(self, instance: int, axis: int, value: int) -> list[tuple[str, bool]]:
        """The controls that a stick's move changes, each with whether it goes down."""
        pad = self._pads.get(instance)
        if pad is None or not 0 <= axis < len(_AXES):
            return []
        changes = []
        for sign, push in (("-", -value), ("+", value)):
            name = f"pad{pad.number} {_AXES[axis]}{sign}"
            if name in pad.held and push < RELEASED:
                pad.held.remove(name)
                changes.append((name, False))
            elif name not in pad.held and push > PUSHED:
                pad.held.add(name)
                changes.append((name, True))
        return changes

    def push(self, instance: int, axis: int, value: int) -> tuple[str, float] | None:
        """The control that a stick's way is, and how far it is pushed, from -1 to 1."""
        pad = self._pads.get(instance)
        if pad is None or not 0 <= axis < len(_AXES):
            return None
        return f"pad{pad.number} {_AXES[axis]}", max(-1.0, value / 32767)

    def still(self, instance: int) -> list[str]:
        """The controls of a pad's sticks: what is in the middle when it goes."""
        pad = self._pads.get(instance)
        return [] if pad is None else [f"pad{pad.number} {axis}" for axis in _AXES]

    def close(self) -> None:
        """Give all pads back."""
        for pad in self._pads.values():
            pad.device.quit()
        self._pads.clear()
        controller.quit()
