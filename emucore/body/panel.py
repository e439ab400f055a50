"""What a person's hands reach on a machine: its buttons and DIP switches, as bits in its arena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy.typing as npt

from emucore.base.errors import BadValue, UnknownName
from emucore.board import Board, Input, Switch
from emucore.plan.arena import Arena


class Panel:
    """Buttons and switches of *board* in *arena*.

    Raises :class:`MachineError` for names and settings that there are not, with those that there
    are.
    """

    def __init__(self, board: Board, arena: Arena) -> None:
        self.board = board
        self._arena = arena

    def reset(self) -> None:
        """All buttons released, all switches as they come from the factory."""
        for switch in self.board.switches.values():
            self._put(switch, switch.settings[switch.default])
        for name in self.board.inputs:
            self.press(name, False)

    def button(self, name: str) -> Input:
        """The button *name*."""
        if name not in self.board.inputs:
            known = ", ".join(self.board.inputs) or "none"
            raise UnknownName("name", f"{self.board.name} has no input {name!r}; it has {known}")
        return self.board.inputs[name]

    def press(self, name: str, pressed: bool) -> None:
        """Press or release the button *name*."""
        button = self.button(name)
        field = self._arena[f"{button.device.name}.{button.field}"]
        on = pressed != button.active_low
        field[0] = int(field[0]) | button.mask if on else int(field[0]) & ~button.mask

    def pressed(self, name: str) -> bool:
        """Whether the button *name* is pressed."""
        button = self.button(name)
        on = int(self._arena[f"{button.device.name}.{button.field}"][0]) & button.mask != 0
        return on != button.active_low

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


class Inputs(Mapping[str, bool]):
    """The buttons of a machine: whether each is pressed, as it is now."""

    def __init__(self, panel: Panel, press: Callable[[str, bool], None]) -> None:
        self._panel, self._press = panel, press

    def __getitem__(self, name: str) -> bool:
        return self._panel.pressed(name)

    def __setitem__(self, name: str, pressed: bool) -> None:
        self._press(name, bool(pressed))

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
