"""How a board says what there is to press, push, turn, aim and type on.

    board.button("coin", main, "panel", 0x01, means="coin", active_low=True)
    board.pad(ports, "pad1", "a b select start up down left right")
    board.axis("paddle", pots, "position", 0, 255, means="paddle")
    board.dial("spinner", ports, "count", 256, means="dial")
    board.gun("gun", zapper, "x", "y", 256, 240)
    board.keyboard("key", ula, "rows", SPECTRUM, shifts=("caps", "symbol"), active_low=True)

What the kinds are, and what they can mean, is in :mod:`emucore.board.inputs` and
:mod:`emucore.board.matrix`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from emucore.board.errors import BoardError
from emucore.board.inputs import BUTTONS, Axis, Button, Dial, Gun, Input, Place
from emucore.board.matrix import Keyboard, read_matrix
from emucore.board.typist import Typist
from emucore.device import Device

D = TypeVar("D", bound=Device)


class Declared:
    """What of a :class:`emucore.board.Board` declares inputs.  All raise :class:`BoardError`."""

    inputs: dict[str, Input]
    keyboards: dict[str, Keyboard]

    if TYPE_CHECKING:

        def device(self, name: str, device: D) -> D:
            """See :class:`emucore.board.Board`."""

    def _add(self, item: Input) -> None:
        if item.name in self.inputs:
            raise BoardError(f"two inputs {item.name}")
        self.inputs[item.name] = item

    def button(
        self,
        name: str,
        device: Device,
        field: str,
        mask: int,
        *,
        index: int = 0,
        means: str = "",
        player: int = 1,
        active_low: bool = False,
        impulse: int = 0,
        toggles: bool = False,
        title: str = "",
    ) -> None:
        """Declare a button: bits of a field, or of element *index* of an array."""
        at = Place(device, field, index)
        self._add(
            Button(name, at, means, player, title or name, mask, active_low, impulse, toggles)
        )

    def pad(
        self,
        device: Device,
        field: str,
        names: str,
        *,
        index: int = 0,
        player: int = 1,
        active_low: bool = False,
        prefix: str | None = None,
    ) -> None:
        """Declare the buttons of a pad, from bit 0 up; ``-`` is a bit that has none.

        They mean what they are called: left, start, coin; those called otherwise are button1,
        button2 … in their order.  Before the names stands *prefix*: nothing for player 1, ``p2.``
        for player 2.
        """
        if prefix is None:
            prefix = "" if player == 1 else f"p{player}."
        others = [name for name in names.split() if name not in BUTTONS and name != "-"]
        for bit, name in enumerate(names.split()):
            if name != "-":
                means = f"button{others.index(name) + 1}" if name in others else name
                title = name.replace("-", " ").capitalize()
                self.button(
                    prefix + name,
                    device,
                    field,
                    1 << bit,
                    index=index,
                    means=means,
                    player=player,
                    active_low=active_low,
                    title=title if player == 1 else f"{title}, player {player}",
                )

    def axis(
        self,
        name: str,
        device: Device,
        field: str,
        least: int,
        most: int,
        *,
        rest: int | None = None,
        springs: bool = False,
        index: int = 0,
        means: str = "",
        player: int = 1,
        title: str = "",
    ) -> None:
        """Declare what is pushed to and fro; *rest* is in the middle, if it is not given."""
        rest = (least + most + 1) // 2 if rest is None else rest
        at = Place(device, field, index)
        self._add(Axis(name, at, means, player, title or name, least, most, rest, springs))

    def dial(
        self,
        name: str,
        device: Device,
        field: str,
        size: int,
        *,
        index: int = 0,
        means: str = "",
        player: int = 1,
        title: str = "",
    ) -> None:
        """Declare what is turned: a count from 0 to *size* - 1, which wraps."""
        at = Place(device, field, index)
        self._add(Dial(name, at, means, player, title or name, size))

    def gun(
        self,
        name: str,
        device: Device,
        column: str,
        row: str,
        width: int,
        height: int,
        *,
        player: int = 1,
        title: str = "",
    ) -> None:
        """Declare a light gun for a picture of that size; *column* and *row* are fields."""
        at, down = Place(device, column), Place(device, row)
        self._add(Gun(name, at, "gun", player, title or name, down, width, height))

    def keyboard(
        self,
        name: str,
        device: Device,
        field: str | Sequence[str],
        table: str,
        *,
        shifts: Sequence[str] = (),
        active_low: bool = False,
        means: Mapping[str, str] | None = None,
        hold: int = 2,
        gap: int = 2,
        line: int = 10,
    ) -> None:
        """Declare a keyboard: *table*, as :mod:`emucore.board.matrix` has it, in the elements
        of an array, or in fields, one for each row.  Its keys are the inputs ``NAME.KEY``.

        *means* says what keys that have names of their own mean.  Text is typed with a key down for
        *hold* frames, up for *gap*, and behind a line's end for *line*.
        """
        rows = len([text for text in table.splitlines() if text.strip()])
        if isinstance(field, str):
            places = [Place(device, field, i) for i in range(rows)]
        else:
            places = [Place(device, each) for each in field]
        means = means or {}
        keys = tuple(read_matrix(name, places, table, active_low, means))
        by_name = {key.name: key for key in keys}
        unknown = {*shifts, *means} - {key.name.removeprefix(f"{name}.") for key in keys}
        if unknown:
            raise BoardError(f"{name} has no key {min(unknown)}")
        for key in keys:
            self._add(key)
        typist = self.device(name, Typist())
        held = tuple(by_name[f"{name}.{shift}"] for shift in shifts)
        self.keyboards[name] = Keyboard(name, keys, held, typist, hold, gap, line)
