"""What is moved and not pressed: axes, dials and guns, by mouse, sticks and keys, once a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emucore.board.inputs import Axis, Dial, Gun
from emucore.machine import Machine
from machines.host.input.controls import Controls, is_pad
from machines.host.input.usual import is_relative

#: Dots that the mouse moves for a whole axis; frames that a key held takes for it.
ACROSS, FRAMES = 400, 45
#: Counts by which a stick that is pushed all the way, or a key, turns a dial in a frame.
SPIN = 6
#: Frames that a stick pushed all the way takes a gun across the picture.
SWEEP = 45
#: What no input is at: so it is told anew.
UNTOLD = object()


@dataclass
class _At:
    """Where an input is, in parts of its steps; ``pushed`` by keys, ``held`` ways."""

    position: list[float]
    told: object = None
    pushed: bool = False
    held: set[int] = field(default_factory=set)


class Analog:
    """Moves the axes, dials and guns of *machine* as *controls* has them bound.

    The host tells what happens (:meth:`mouse`, :meth:`point`, :meth:`push`, :meth:`press`);
    :meth:`frame` gives the machine what has come of it.  *per_cent* is how fast the ``mouse``, a
    ``stick`` and ``keys`` are, and the ``deadzone`` of sticks.
    """

    def __init__(
        self, machine: Machine, controls: Controls, per_cent: Callable[[str], float]
    ) -> None:
        self._machine, self._controls, self._per_cent = machine, controls, per_cent
        self._items = {name: row.item for name, row in controls.rows.items() if row.way is None}
        self._at = {name: self._begin(name) for name in self._items}
        self._mouse = {"mouse x": 0.0, "mouse y": 0.0}
        self._sticks: dict[str, float] = {}
        self._moved: set[str] = set()

    def _begin(self, name: str) -> _At:
        value = self._machine.inputs[name]
        position = [0.0] if isinstance(self._items[name], Dial) else _numbers(value)
        return _At(position, value)

    def _bound(self, name: str) -> list[str]:
        return self._controls.inputs[name]

    @property
    def rolls(self) -> bool:
        """Whether the way that the mouse is moved does something."""
        return any(is_relative(c) for name in self._items for c in self._bound(name))

    @property
    def points(self) -> bool:
        """Whether the place that the mouse points at does."""
        return any("mouse" in self._bound(name) for name in self._items)

    # -- what happens -----------------------------------------------------------------------

    def mouse(self, dx: float, dy: float) -> None:
        """The mouse was moved, right and down."""
        self._mouse["mouse x"] += dx
        self._mouse["mouse y"] += dy

    def point(self, dot: tuple[int, int] | None) -> None:
        """The mouse points at a dot, as the beam draws the picture; None: at none."""
        for name, item in self._items.items():
            if isinstance(item, Gun) and "mouse" in self._bound(name):
                inside = dot is not None and dot[0] < item.width and dot[1] < item.height
                self._at[name].position = _numbers(dot if inside else None)

    def push(self, control: str, value: float) -> None:
        """A pad's stick is at *value*, from -1 to 1."""
        dead = self._part("deadzone")
        size = max(0.0, abs(value) - dead) / (1 - dead)
        self._sticks[control] = size if value > 0 else -size
        self._moved.add(control)

    def press(self, name: str, down: bool) -> bool:
        """A key pushes an input one way, or lets it go; False if the row *name* is no way."""
        row = self._controls.rows[name]
        if not row.way:
            return row.way is None
        held = self._at[row.item.name].held
        (held.add if down else held.discard)(row.way)
        return True

    # -- a frame ----------------------------------------------------------------------------

    def frame(self) -> None:
        """A frame is to come: move, turn and aim."""
        for name, item in self._items.items():
            at = self._at[name]
            if isinstance(item, Axis):
                self._axis(name, item, at)
            elif isinstance(item, Dial):
                self._dial(name, at)
            elif isinstance(item, Gun):
                self._gun(name, item, at)
        self._rest()

    def _rest(self) -> None:
        self._mouse = dict.fromkeys(self._mouse, 0.0)
        self._moved.clear()

    def idle(self) -> None:
        """No frame comes: what the mouse does meanwhile means nothing."""
        self._mouse = dict.fromkeys(self._mouse, 0.0)

    def again(self) -> None:
        """The machine's state is another: axes and guns are where the hands have them."""
        for at in self._at.values():
            at.told = UNTOLD

    def _part(self, key: str) -> float:
        return self._per_cent(key) / 100

    def _rolled(self, name: str) -> float:
        """How far the mouse was moved that moves *name*."""
        ways = [self._mouse[c] for c in self._bound(name) if is_relative(c)]
        return sum(ways) * self._part("mouse")

    def _axis(self, name: str, axis: Axis, at: _At) -> None:
        span = axis.most - axis.least
        old = at.position[0]
        new = old + self._rolled(name) * span / ACROSS
        for control in self._bound(name):
            if control in self._moved:
                push = self._sticks[control] * self._part("stick")
                way = axis.most - axis.rest if push > 0 else axis.rest - axis.least
                new, at.pushed = axis.rest + push * way, False
        step = span / FRAMES * self._part("keys")
        if sum(at.held):
            new, at.pushed = new + sum(at.held) * step, axis.springs
        elif at.pushed:
            back = axis.rest - new
            new += max(-step, min(step, back))
            at.pushed = abs(back) > step
        at.position = [max(axis.least, min(axis.most, new))]
        value = round(at.position[0])
        if value != at.told:
            at.told = value
            self._machine.move(name, value)

    def _dial(self, name: str, at: _At) -> None:
        turned = at.position[0] + self._rolled(name)
        sticks = [self._sticks.get(c, 0.0) for c in self._bound(name) if is_pad(c)]
        turned += sum(sticks) * SPIN * self._part("stick")
        turned += sum(at.held) * SPIN * self._part("keys")
        counts = int(turned)
        at.position = [turned - counts]
        if counts:
            self._machine.turn(name, counts)

    def _gun(self, name: str, gun: Gun, at: _At) -> None:
        for control in filter(is_pad, self._bound(name)):
            ways = [self._sticks.get(control.removesuffix("xy") + way, 0.0) for way in "xy"]
            if any(ways):
                self._sweep(gun, at, ways)
        dot = (int(at.position[0]), int(at.position[1])) if at.position else None
        if dot != at.told:
            at.told = dot
            self._machine.aim(name, *(dot or ()))

    def _sweep(self, gun: Gun, at: _At, ways: list[float]) -> None:
        sizes = (gun.width, gun.height)
        middle = [size / 2 for size in sizes]
        speed = self._part("stick") / SWEEP
        at.position = [
            max(0.0, min(size - 1.0, old + way * size * speed))
            for old, way, size in zip(at.position or middle, ways, sizes, strict=True)
        ]


def _numbers(value: object) -> list[float]:
    if isinstance(value, tuple):
        return [float(v) for v in value]
    return [float(value)] if isinstance(value, int) else []
