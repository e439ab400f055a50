"""What a person's hands reach on a machine: its buttons and DIP switches, as bits in its arena."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from emucore.arena import Arena
from emucore.board import Board, Input, Switch
from emucore.errors import MachineError


class Panel:
    """Buttons and switches of *board* in *arena*.

    Raises :class:`MachineError` for names and settings that there are not, with those that there
    are.
    """

    def __init__(self, board: Board, arena: Arena) -> None:
        self._board = board
        self._arena = arena

    def reset(self) -> None:
        """All buttons released, all switches as they come from the factory."""
        for switch in self._board.switches.values():
            self._put(switch, switch.settings[switch.default])
        for name in self._board.inputs:
            self.press(name, False)

    def button(self, name: str) -> Input:
        """The button *name*."""
        if name not in self._board.inputs:
            known = ", ".join(self._board.inputs) or "none"
            raise MachineError(f"{self._board.name} has no input {name!r}; it has {known}")
        return self._board.inputs[name]

    def press(self, name: str, pressed: bool) -> None:
        """Press or release the button *name*."""
        button = self.button(name)
        field = self._arena[f"{button.device.name}.{button.field}"]
        on = pressed != button.active_low
        field[0] = int(field[0]) | button.mask if on else int(field[0]) & ~button.mask

    def switch(self, name: str, setting: str) -> Switch:
        """The DIP switches *name*, which must have that setting."""
        found = self._board.switches.get(name)
        if found is None or setting not in found.settings:
            every = self._board.switches.values()
            known = ", ".join(f"{s.name}={'|'.join(s.settings)}" for s in every)
            raise MachineError(f"no setting {name}={setting}; there are: {known or 'none'}")
        return found

    def set(self, name: str, setting: str) -> None:
        """Set the DIP switches *name* to the setting of that name."""
        switch = self.switch(name, setting)
        self._put(switch, switch.settings[setting])

    def setting(self, name: str) -> str:
        """The setting that the DIP switches *name* are at; empty if it is none that has a name."""
        if name not in self._board.switches:
            known = ", ".join(self._board.switches) or "none"
            raise MachineError(f"{self._board.name} has no switch {name!r}; it has {known}")
        switch = self._board.switches[name]
        bits = int(self._field(switch)[0]) & switch.mask
        return next((text for text, value in switch.settings.items() if value == bits), "")

    def switches(self) -> list[int]:
        """The bits of all switches, named or not; for :meth:`put_back`."""
        return [int(self._field(s)[0]) & s.mask for s in self._board.switches.values()]

    def put_back(self, switches: list[int]) -> None:
        """Set all switches as :meth:`switches` gave them."""
        for switch, bits in zip(self._board.switches.values(), switches, strict=True):
            self._put(switch, bits)

    def _field(self, switch: Switch) -> npt.NDArray[Any]:
        return self._arena[f"{switch.device.name}.{switch.field}"]

    def _put(self, switch: Switch, bits: int) -> None:
        field = self._field(switch)
        field[0] = (int(field[0]) & ~switch.mask) | bits
