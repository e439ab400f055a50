"""Game pads, as SDL's virtual ones: plugged in and out, pushed and let go."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from machines.host.base.sdl import sdl
from machines.host.input.keys import Control, Happening, News, Pushed
from machines.host.input.keys import happenings as all_happenings
from machines.host.input.pads import Pads

GAME_CONTROLLER, AXES, BUTTONS, HATS = 1, 6, 15, 1
LEFT_X, RIGHT_TRIGGER = 0, 5


class Virtual:
    """A pad that exists in SDL alone."""

    def __init__(self, library: Any) -> None:
        self.library = library
        index = library.SDL_JoystickAttachVirtual(GAME_CONTROLLER, AXES, BUTTONS, HATS)
        assert index >= 0
        self.instance = library.SDL_JoystickGetDeviceInstanceID(index)

    @property
    def _handle(self) -> ctypes.c_void_p:
        self.library.SDL_JoystickFromInstanceID.restype = ctypes.c_void_p
        return ctypes.c_void_p(self.library.SDL_JoystickFromInstanceID(self.instance))

    def button(self, number: int, down: bool) -> None:
        assert self.library.SDL_JoystickSetVirtualButton(self._handle, number, int(down)) == 0

    def axis(self, number: int, value: int) -> None:
        assert (
            self.library.SDL_JoystickSetVirtualAxis(self._handle, number, ctypes.c_int16(value))
            == 0
        )

    def unplug(self) -> None:
        count = self.library.SDL_NumJoysticks()
        numbers = [self.library.SDL_JoystickGetDeviceInstanceID(i) for i in range(count)]
        assert self.library.SDL_JoystickDetachVirtual(numbers.index(self.instance)) == 0


@pytest.fixture
def pads() -> Iterator[Pads]:
    pygame.display.init()
    made = Pads()
    pygame.event.clear()
    yield made
    made.close()
    pygame.display.quit()


def happenings(pads: Pads) -> list[Happening]:
    """All but how far a stick is pushed."""
    return [h for h in all_happenings(pads) if not isinstance(h, Pushed)]


def pushes(pads: Pads) -> list[tuple[str, float]]:
    return [(h.name, round(h.value, 3)) for h in all_happenings(pads) if isinstance(h, Pushed)]


def plugged(pads: Pads) -> Virtual:
    made = Virtual(sdl())
    (news,) = happenings(pads)
    assert isinstance(news, News)
    return made


def test_buttons_and_sticks_are_controls(pads: Pads) -> None:
    pad = plugged(pads)
    for down in (True, False):
        pad.button(0, down)
        assert list(happenings(pads)) == [Control("pad1 a", down)]
    pad.button(14, True)
    assert list(happenings(pads)) == [Control("pad1 dpright", True)]
    pad.axis(LEFT_X, -30_000)
    assert list(happenings(pads)) == [Control("pad1 leftx-", True)]
    pad.axis(LEFT_X, -13_000)  # between the thresholds nothing changes
    assert list(happenings(pads)) == []
    pad.axis(LEFT_X, 20_000)
    assert list(happenings(pads)) == [
        Control("pad1 leftx-", False),
        Control("pad1 leftx+", True),
    ]
    pad.axis(LEFT_X, 100)
    assert list(happenings(pads)) == [Control("pad1 leftx+", False)]
    pad.axis(RIGHT_TRIGGER, 32_767)
    assert list(happenings(pads)) == [Control("pad1 righttrigger+", True)]
    pad.unplug()
    list(happenings(pads))


def test_how_far_a_stick_is_pushed(pads: Pads) -> None:
    """Its middle, when the pad goes."""
    pad = plugged(pads)
    for value, pushed in ((-32_768, -1.0), (16_384, 0.5), (32_767, 1.0)):
        pad.axis(LEFT_X, value)
        assert pushes(pads) == [("pad1 leftx", pushed)]
    pad.axis(RIGHT_TRIGGER, 3_277)
    assert pushes(pads) == [("pad1 righttrigger", 0.55)]  # SDL has its rest at -32,768
    pad.unplug()
    assert ("pad1 leftx", 0.0) in pushes(pads)


def test_a_pad_that_goes_lets_go(pads: Pads) -> None:
    first, second = plugged(pads), plugged(pads)
    second.button(1, True)
    first.button(0, True)
    list(happenings(pads))
    first.unplug()
    assert list(happenings(pads)) == [Control("pad1 a", False), News("Gamepad 1 disconnected")]
    second.button(1, False)
    assert list(happenings(pads)) == [Control("pad2 b", False)]
    third = plugged(pads)  # takes the free number
    third.button(0, True)
    assert list(happenings(pads)) == [Control("pad1 a", True)]
    second.unplug()
    third.unplug()
    gone = list(happenings(pads))
    assert News("Gamepad 2 disconnected") in gone
    assert News("Gamepad 1 disconnected") in gone


def test_events_of_pads_that_are_none(pads: Pads) -> None:
    assert pads.add(99) == ""
    assert pads.remove(99) == ""
    assert pads.held(99) == pads.button(99, 0, True) == pads.axis(99, 0, 32_767) == []
    assert pads.still(99) == []
    assert pads.push(99, 0, 32_767) is None
    pad = plugged(pads)
    assert pads.button(pad.instance, 99, True) == pads.axis(pad.instance, 99, 0) == []
    pad.unplug()
    list(happenings(pads))
