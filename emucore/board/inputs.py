"""Kinds of input: what a person's hands can do to a machine, and where the machine sees it.

An input is a value in a field of a device.  A :class:`Button` is bits of it, an :class:`Axis` (a
stick, a paddle, a pedal) a number between two ends, a :class:`Dial` (a spinner, a ball, a mouse) a
count that wraps, a :class:`Gun` the dot that it is aimed at; a key of a keyboard's matrix
(:mod:`emucore.board.matrix`) is a button.  What a device makes of it, whether there is light where
the gun points, which keys ghost, is its own business.

An input says what it *means*: player 2's left, a coin, the key A.  Which key, pad or mouse that is
on somebody's desk is the host's affair, which knows these meanings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from emucore.base.errors import BadValue, whole
from emucore.board.errors import BoardError
from emucore.device import Device

WAYS = ("left", "right", "up", "down")

#: What a button can mean.  ``button1`` is the one that fires; ``aim-…`` are the other of two
#: sticks; ``coin`` and ``start`` of a player are those of a slot and a place.
BUTTONS = frozenset(
    [*WAYS, *(f"aim-{way}" for way in WAYS), *(f"button{n}" for n in range(1, 9)), "trigger"]
).union(("start", "select", "coin", "service", "test", "tilt"))
#: What an axis can mean: a stick's two ways, the other stick's, a paddle's or wheel's turn, a
#: pedal.
AXES = frozenset(["x", "y", "aim-x", "aim-y", "paddle", "wheel", "pedal"])
#: What a dial can mean: a spinner, a ball or mouse across and down.
DIALS = frozenset(["dial", "ball-x", "ball-y"])
#: What a key can mean: what is printed on it without shift (a PC's in the US), or its name.
KEYS = frozenset(
    [*"abcdefghijklmnopqrstuvwxyz0123456789`-=[]\\;',./", *WAYS]
    + ["space", "enter", "tab", "backspace", "delete", "insert", "escape", "home", "end"]
    + ["page-up", "page-down", "shift", "left-shift", "right-shift", "control", "left-control"]
    + ["right-control", "alt", "left-alt", "right-alt", "caps-lock", "menu", "pause", "print"]
    + [f"f{n}" for n in range(1, 13)]
    + [f"keypad-{key}" for key in [*"0123456789.+-*/=", "enter"]]
)

#: Counts that a dial can be turned by at a time, either way.
TURN_MOST = 1 << 24
#: Where a gun is aimed that does not point at the picture.
OFF = (-1, -1)


@dataclass(frozen=True)
class Place:
    """Where a value is: a field of a device that is an integer, or an element of an array."""

    device: Device
    field: str
    index: int = 0

    def hold(self, least: int, most: int) -> None:
        """:class:`BoardError` unless it has room for the values from *least* to *most*."""
        name = f"{type(self.device).__name__}.{self.field}"
        spec = self.device.fields.get(self.field)
        if spec is None or spec.role or spec.code[0] not in "iu" or len(spec.shape) > 1:
            raise BoardError(f"{name} is no integer or row of integers that an input could set")
        if not 0 <= self.index < (spec.shape or (1,))[0]:
            raise BoardError(f"{name} has no element {self.index}")
        room = np.iinfo(spec.code)
        if not room.min <= least <= most <= room.max:
            raise BoardError(f"{name} has no room for {least:,} to {most:,}")

    @property
    def path(self) -> str:
        """The field's name in the arena."""
        return f"{self.device.name}.{self.field}"


@dataclass(frozen=True)
class Input:
    """What all kinds have: a name, what it means, of which player (from 1), and a title."""

    #: What a message calls the kind.
    kind: ClassVar[str] = "an input"
    meanings: ClassVar[frozenset[str]] = frozenset()

    name: str
    at: Place
    means: str
    player: int
    title: str

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable() or {" ", "#"} & {*self.name}:
            raise BoardError(f"{self.name!r:.40} is no name of an input: a word without '#'")
        if self.means and self.means not in self.meanings:
            known = ", ".join(sorted(self.meanings))
            raise BoardError(f"{self.name} cannot mean {self.means!r}: {self.kind} means {known}")
        if self.player < 1:
            raise BoardError(f"{self.name}: players count from 1")
        for place, least, most in self.bounds():
            place.hold(least, most)

    def bounds(self) -> list[tuple[Place, int, int]]:
        """The least and the most that is in each of its places."""
        return []


@dataclass(frozen=True)
class Button(Input):
    """Bits of a field, set while pressed (cleared, if ``active_low``).

    A hand that presses one with an ``impulse`` presses it for so many frames, whatever it does
    then, as a coin falls; one that ``toggles`` stays until it is pressed again.
    """

    kind: ClassVar[str] = "a button"
    meanings: ClassVar[frozenset[str]] = BUTTONS

    mask: int
    active_low: bool = False
    impulse: int = 0
    toggles: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mask < 1 or self.impulse < 0:
            raise BoardError(f"{self.name}: a mask has bits, and an impulse lasts some frames")
        self.at.hold(0, self.mask)


@dataclass(frozen=True)
class Axis(Input):
    """A number from ``least`` to ``most``; ``rest`` at power-on and, if it ``springs``, let go."""

    kind: ClassVar[str] = "an axis"
    meanings: ClassVar[frozenset[str]] = AXES

    least: int
    most: int
    rest: int
    springs: bool

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.least <= self.rest <= self.most or self.least == self.most:
            raise BoardError(f"{self.name} does not rest at {self.rest:,} between its ends")

    def bounds(self) -> list[tuple[Place, int, int]]:
        """See :class:`Input`."""
        return [(self.at, self.least, self.most)]

    def check(self, value: object) -> int:
        """*value*, which it must be able to have."""
        return whole(self.name, value, self.least, self.most)


@dataclass(frozen=True)
class Dial(Input):
    """A count below ``size``, which wraps: only how far it is turned means something."""

    kind: ClassVar[str] = "a dial"
    meanings: ClassVar[frozenset[str]] = DIALS

    size: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size < 2:
            raise BoardError(f"{self.name} has {self.size} counts")
        if not 0 <= self.at.device.initial[self.at.field] < self.size:
            raise BoardError(f"{self.name} begins beyond its {self.size} counts")

    def bounds(self) -> list[tuple[Place, int, int]]:
        """See :class:`Input`."""
        return [(self.at, 0, self.size - 1)]

    def check(self, counts: object) -> int:
        """*counts*, by which it must be possible to turn it."""
        return whole(self.name, counts, -TURN_MOST, TURN_MOST)


@dataclass(frozen=True)
class Gun(Input):
    """The dot that a light gun is aimed at, column ``at`` and row ``down``, as the beam draws.

    That is before the picture is turned for the cabinet.  Both are -1 off the picture, which is
    ``width`` x ``height``.  The trigger is a button.
    """

    kind: ClassVar[str] = "a light gun"
    meanings: ClassVar[frozenset[str]] = frozenset(["gun"])

    down: Place
    width: int
    height: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.width, self.height) < 1:
            raise BoardError(f"{self.name} has no picture to be aimed at")

    def bounds(self) -> list[tuple[Place, int, int]]:
        """See :class:`Input`."""
        return [(self.at, -1, self.width - 1), (self.down, -1, self.height - 1)]

    def check(self, x: object, y: object) -> tuple[int, int]:
        """The dot *x*, *y*, which it must be possible to aim at: both None for none."""
        if x is None and y is None:
            return OFF
        if x is None or y is None:
            raise BadValue(self.name, f"{self.name}: a dot has a column and a row")
        return whole(self.name, x, 0, self.width - 1), whole(self.name, y, 0, self.height - 1)


def at_dot(x: int | None, y: int | None) -> str:
    """Where a gun is aimed, as an event has it."""
    return "off" if x is None or y is None else f"{int(x)} {int(y)}"


def returns(text: bytes) -> bytes:
    """*text* with every line end as the Return key sends it."""
    return text.replace(b"\r\n", b"\r").replace(b"\n", b"\r")


def as_typed(text: str) -> bytes:
    """*text* as the keys send it, line ends too; :class:`BadValue` for what is not Latin-1."""
    try:
        return returns(text.encode("latin-1"))
    except UnicodeEncodeError as error:
        bad = text[error.start]
        raise BadValue("text", f"{bad!r} cannot be typed: it is not Latin-1") from None
