"""What usually presses, moves and aims an input, by what it means: MAME's keys, and a pad's parts.

A board says that an input is the second player's fire button, or the key A; what that is on
somebody's desk stands here and nowhere else, as controls (:mod:`machines.host.input.controls`).
What is no button has a row for the mouse or the stick that moves it, and one for each way, which
keys can push it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emucore.board.inputs import Axis, Button, Dial, Gun, Input
from emucore.board.matrix import Key

#: Keys of each button, for players 1, 2 …; one that stands alone is the first player's.
_KEYS = {
    "left": ("left", "d", "j", "[4]"),
    "right": ("right", "g", "l", "[6]"),
    "up": ("up", "r", "i", "[8]"),
    "down": ("down", "f", "k", "[2]"),
    "button1": ("left ctrl", "a", "right ctrl", "[0]"),
    "button2": ("left alt", "s", "right shift", "[.]"),
    "button3": ("space", "q", "return", "enter"),
    "button4": ("left shift", "w"),
    "button5": ("z", "e"),
    "button6": ("x",),
    "button7": ("c",),
    "button8": ("v",),
    "trigger": ("left ctrl", "a", "right ctrl", "[0]"),
    "start": ("1", "2", "3", "4"),
    "coin": ("5", "6", "7", "8"),
    "select": ("5", "6", "7", "8"),
    "aim-left": ("j",),
    "aim-right": ("l",),
    "aim-up": ("i",),
    "aim-down": ("k",),
    "service": ("9",),
    "test": ("f2",),
    "tilt": ("t",),
}
#: Parts of each player's pad.
_PARTS = {
    "left": ("dpleft", "leftx-"),
    "right": ("dpright", "leftx+"),
    "up": ("dpup", "lefty-"),
    "down": ("dpdown", "lefty+"),
    "button1": ("a",),
    "button2": ("b",),
    "button3": ("x",),
    "button4": ("y",),
    "button5": ("leftshoulder",),
    "button6": ("rightshoulder",),
    "button7": ("lefttrigger+",),
    "button8": ("righttrigger+",),
    "trigger": ("righttrigger+", "a"),
    "start": ("start",),
    "coin": ("back",),
    "select": ("back",),
    "aim-left": ("rightx-",),
    "aim-right": ("rightx+",),
    "aim-up": ("righty-",),
    "aim-down": ("righty+",),
}
#: Buttons of the mouse, which is the first player's.
_MOUSE = {"trigger": ("mouse left",)}

#: What moves something, by meaning: the mouse, parts of a pad; and the buttons that push it down
#: and up, with what these ways are called.
_MOVED = {
    "x": ((), ("leftx",), ("left", "right")),
    "y": ((), ("lefty",), ("up", "down")),
    "aim-x": ((), ("rightx",), ("aim-left", "aim-right")),
    "aim-y": ((), ("righty",), ("aim-up", "aim-down")),
    "paddle": (("mouse x",), ("leftx",), ("left", "right")),
    "wheel": (("mouse x",), ("leftx",), ("left", "right")),
    "pedal": ((), ("righttrigger",), ("", "button1")),
    "dial": (("mouse x",), ("leftx",), ("left", "right")),
    "ball-x": (("mouse x",), ("leftx",), ("left", "right")),
    "ball-y": (("mouse y",), ("lefty",), ("up", "down")),
    "gun": (("mouse",), ("leftxy",), ("", "")),
    "": ((), (), ("", "")),
}

#: Keys of a keyboard that this one calls otherwise.
_NAMED = {
    "enter": ("return",),
    "shift": ("left shift", "right shift"),
    "left-shift": ("left shift",),
    "right-shift": ("right shift",),
    "control": ("left ctrl", "right ctrl"),
    "left-control": ("left ctrl",),
    "right-control": ("right ctrl",),
    "alt": ("left alt", "right alt"),
    "keypad-enter": ("enter",),
    "pause": ("break",),
    "print": ("print screen",),
    **{f"keypad-{key}": (f"[{key}]",) for key in "0123456789.+-*/"},
    "keypad-=": ("equals",),
}


@dataclass(frozen=True)
class Row:
    """Something that controls can be given to: a button, what moves an input, or a way of it.

    ``way`` is 0 of a button, -1 or 1 of what pushes an input to and fro; of what moves it as it is
    moved itself, it is None.
    """

    name: str
    title: str
    item: Input
    usual: tuple[str, ...]
    way: int | None = 0

    @property
    def is_key(self) -> bool:
        """Whether it is one of a keyboard."""
        return isinstance(self.item, Key)


def rows(inputs: Iterable[Input]) -> dict[str, Row]:
    """The rows of *inputs* by name: an axis ``paddle`` has also ``paddle-`` and ``paddle+``."""
    return {row.name: row for item in inputs for row in _rows(item)}


def _rows(item: Input) -> list[Row]:
    if isinstance(item, Key):
        return [Row(item.name, item.title, item, _key(item.means))]
    if isinstance(item, Button):
        return [Row(item.name, item.title, item, _button(item.means, item.player))]
    mouse, parts, ways = _MOVED[item.means]
    usual = _pads(item.player, parts) + mouse * (item.player == 1)
    made = [Row(item.name, item.title, item, usual, None)]
    if isinstance(item, (Axis, Dial)):
        words = ways if all(ways) else ("down", "up")
        for way, sign, button, word in zip((-1, 1), "-+", ways, words, strict=True):
            pressed = [c for c in _button(button, item.player) if not c.startswith(usual)]
            title = f"{item.title}: {word.removeprefix('aim-')}"
            made.append(Row(item.name + sign, title, item, tuple(pressed), way))
    return made


def _pads(player: int, parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"pad{player} {part}" for part in parts)


def _button(means: str, player: int) -> tuple[str, ...]:
    keys = _KEYS.get(means, ())[player - 1 : player]
    return keys + _pads(player, _PARTS.get(means, ())) + _MOUSE.get(means, ()) * (player == 1)


def _key(means: str) -> tuple[str, ...]:
    """Keys of the keyboard on the desk."""
    return _NAMED.get(means, (means.replace("-", " "),) if means else ())


def is_relative(control: str) -> bool:
    """Whether a control is a way of the mouse: how far it is moved counts, not where it is."""
    return control in ("mouse x", "mouse y")


def moving(item: Input, control: str) -> str:
    """The control that moves *item* as a whole, if somebody pushes *control*; none by keys."""
    device, _, part = control.partition(" ")
    if device == "mouse":
        if isinstance(item, Gun):
            return "mouse"
        return control if is_relative(control) else ""
    if part.endswith(("-", "+")) and device.startswith("pad"):
        stick = part[:-1]
        if not isinstance(item, Gun):
            return f"{device} {stick}"
        if stick.endswith(("x", "y")):
            return f"{device} {stick[:-1]}xy"
    return ""
