"""What a person's hands reach on a machine: its inputs and DIP switches, as values in its arena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy.typing as npt

from emucore.base.errors import BadValue, UnknownName
from emucore.board import Board, Switch
from emucore.board.inputs import OFF, Axis, Button, Dial, Gun, Input, Place
from emucore.body.typed import Typing
from emucore.device import Record
from emucore.plan.arena import Arena

Kind = TypeVar("Kind", bound=Input)

#: What an input is at: pressed or not, a number, a dot or None.
Value = bool | int | tuple[int, int] | None


class Panel:
    """Inputs and switches of *board* in *arena*.

    Raises :class:`MachineError` for names and settings that there are not, with those that there
    are, and for values that an input cannot have.
    """

    def __init__(self, board: Board, arena: Arena) -> None:
        self.board = board
        self._arena = arena
        #: Types text on the first keyboard, if there is one.
        self.typing: Typing | None = None
        for keyboard in list(board.keyboards.values())[:1]:
            typist = keyboard.typist
            record = Record(arena.memory, arena.fields[typist.name].offset, type(typist))
            self.typing = Typing(keyboard, record, self.press)

    def reset(self) -> None:
        """All inputs let go, all switches as they come from the factory; dials stay."""
        for switch in self.board.switches.values():
            self._put(switch, switch.settings[switch.default])
        for name, item in self.board.inputs.items():
            if isinstance(item, Button):
                self.press(name, False)
            elif isinstance(item, Axis):
                self._write(item.at, item.rest)
            elif isinstance(item, Gun):
                self.aim(name)

    def find(self, name: str, kind: type[Kind]) -> Kind:
        """The input *name*, which must be of that *kind*."""
        item = self.board.inputs.get(name)
        if isinstance(item, kind):
            return item
        if item is not None:
            raise UnknownName("name", f"{self.board.name}: {name} is {item.kind}, not {kind.kind}")
        known = ", ".join(self.board.inputs) or "none"
        raise UnknownName("name", f"{self.board.name} has no input {name!r}; it has {known}")

    def button(self, name: str) -> Button:
        """The button *name*."""
        return self.find(name, Button)

    def _read(self, place: Place) -> int:
        return int(self._arena[place.path][place.index])

    def _write(self, place: Place, value: int) -> None:
        self._arena[place.path][place.index] = value

    def press(self, name: str, pressed: bool) -> None:
        """Press or release the button *name*."""
        button = self.button(name)
        place, mask = button.at, button.mask
        field, index = self._arena[place.path], place.index
        old = int(field[index])
        field[index] = old | mask if pressed != button.active_low else old & ~mask

    def move(self, name: str, value: int) -> None:
        """Move the axis *name* to *value*."""
        axis = self.find(name, Axis)
        self._write(axis.at, axis.check(value))

    def turn(self, name: str, counts: int) -> None:
        """Turn the dial *name* by *counts*, which may be negative."""
        dial = self.find(name, Dial)
        self._write(dial.at, (self._read(dial.at) + dial.check(counts)) % dial.size)

    def aim(self, name: str, x: int | None = None, y: int | None = None) -> None:
        """Aim the gun *name* at a dot; without one, off the picture."""
        gun = self.find(name, Gun)
        for place, value in zip((gun.at, gun.down), gun.check(x, y), strict=True):
            self._write(place, value)

    def value(self, name: str) -> Value:
        """What the input *name* is at: whether it is pressed, a number, a dot (None: no dot)."""
        item = self.find(name, Input)
        if isinstance(item, Button):
            return (self._read(item.at) & item.mask != 0) != item.active_low
        if isinstance(item, Gun):
            dot = self._read(item.at), self._read(item.down)
            return None if dot == OFF else dot
        return self._read(item.at)

    def pressed(self, name: str) -> bool:
        """Whether the button *name* is pressed."""
        return self.value(self.button(name).name) is True

    def typeable(self, text: bytes) -> bool:
        """Whether the keyboard, if there is one, has keys for all of *text*."""
        typing = self.typing
        return typing is None or not typing.keyboard.untypeable(text.decode("latin-1"))

    def switch(self, name: str, setting: str) -> Switch:
        """The DIP switches *name*, which must have that setting."""
        found = self.board.switches.get(name)
        if found is None or setting not in found.settings:
            every = self.board.switches.values()
            known = ", ".join(f"{s.name}={'|'.join(s.settings)}" for s in every)
            text = f"no setting {name}={setting}; there are: {known or 'none'}"
            raise UnknownName("name", text) if found is None else BadValue("setting", text)
        return found

    def set(self, name: str, setting: str) -> None:
        """Set the DIP switches *name* to the setting of that name."""
        switch = self.switch(name, setting)
        self._put(switch, switch.settings[setting])

    def setting(self, name: str) -> str:
        """The setting that the DIP switches *name* are at; empty if it is none that has a name."""
        if name not in self.board.switches:
            known = ", ".join(self.board.switches) or "none"
            raise UnknownName("name", f"{self.board.name} has no switch {name!r}; it has {known}")
        switch = self.board.switches[name]
        bits = int(self._field(switch)[0]) & switch.mask
        return next((text for text, value in switch.settings.items() if value == bits), "")

    def switches(self) -> list[int]:
        """The bits of all switches, named or not; for :meth:`put_back`."""
        return [int(self._field(s)[0]) & s.mask for s in self.board.switches.values()]

    def put_back(self, switches: list[int]) -> None:
        """Set all switches as :meth:`switches` gave them."""
        for switch, bits in zip(self.board.switches.values(), switches, strict=True):
            self._put(switch, bits)

    def _field(self, switch: Switch) -> npt.NDArray[Any]:
        return self._arena[f"{switch.device.name}.{switch.field}"]

    def _put(self, switch: Switch, bits: int) -> None:
        field = self._field(switch)
        field[0] = (int(field[0]) & ~switch.mask) | bits


class Inputs(Mapping[str, Value]):
    """The inputs of a machine: what each is at now."""

    def __init__(self, panel: Panel, put: Callable[[Input, Any], None]) -> None:
        self._panel, self._put = panel, put

    def __getitem__(self, name: str) -> Value:
        return self._panel.value(name)

    def __setitem__(self, name: str, value: Value) -> None:
        self._put(self._panel.find(name, Input), value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._panel.board.inputs)

    def __len__(self) -> int:
        return len(self._panel.board.inputs)

    def __repr__(self) -> str:
        return f"Inputs({dict(self)})"


class Switches(Mapping[str, str]):
    """The DIP switches of a machine: the setting of each, as it is now."""

    def __init__(self, panel: Panel, set_: Callable[[str, str], None]) -> None:
        self._panel, self._set = panel, set_

    def __getitem__(self, name: str) -> str:
        return self._panel.setting(name)

    def __setitem__(self, name: str, setting: object) -> None:
        self._set(name, str(setting))

    def __iter__(self) -> Iterator[str]:
        return iter(self._panel.board.switches)

    def __len__(self) -> int:
        return len(self._panel.board.switches)

    def settings(self, name: str) -> list[str]:
        """The settings that the switches *name* have."""
        self._panel.setting(name)
        return list(self._panel.board.switches[name].settings)

    def __repr__(self) -> str:
        return f"Switches({dict(self)})"
