"""A machine's buttons as a host presses them: one change of each in a frame."""

from __future__ import annotations

from collections.abc import Container

from emucore.board.inputs import Button
from emucore.machine import Machine


class Buttons:
    """Presses *machine*'s buttons.

    Of what is shorter than a frame, the machine sees nothing, and where the host was held up, a key
    that was hit has come and gone: so a second change waits for the next frame.  A button with an
    impulse is let go by itself; one that toggles stays until it is pressed again.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        #: Buttons that have changed before this frame, and what they do before later ones.
        self._changed: set[str] = set()
        self._waiting: list[tuple[str, bool]] = []
        #: Those that are pressed by an impulse, and the frame before which they are let go.
        self._until: dict[str, int] = {}

    def frame(self) -> None:
        """A frame is to come: press what has waited for it."""
        waiting, self._waiting = self._waiting, []
        self._changed.clear()
        over = [name for name, frame in self._until.items() if frame <= self._machine.frame]
        for name in over:
            del self._until[name]
            self._change(name, False)
        for name, down in waiting:
            self._change(name, down)

    @property
    def waiting(self) -> bool:
        """Whether a change waits for the next frame."""
        return bool(self._waiting)

    def press(self, name: str, down: bool) -> None:
        """A hand presses or releases a button, now or before one of the next frames."""
        button = self._machine.panel.button(name)
        if not button.impulse and not button.toggles:
            self._change(name, down)
        elif down and button.toggles:
            self._change(name, not self._machine.panel.pressed(name))
        elif down:
            self._until[name] = self._machine.frame + button.impulse
            self._change(name, True)

    def _change(self, name: str, down: bool) -> None:
        if name in self._changed:
            self._waiting.append((name, down))
        else:
            self._changed.add(name)
            self._machine.press(name, down)

    def again(self, pressed: Container[str]) -> None:
        """The machine's state is another: give it the buttons as they are held now."""
        self._waiting.clear()
        self._until.clear()
        for name, button in self._machine.board.inputs.items():
            if not isinstance(button, Button) or button.toggles:
                continue
            down = name in pressed and not button.impulse
            if down or self._machine.heard is None:
                self._machine.press(name, down)
