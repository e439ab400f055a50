"""A machine's buttons as a host presses them: one change of each in a frame."""

from __future__ import annotations

from emucore.machine import Machine


class Buttons:
    """Presses *machine*'s buttons.

    Of what is shorter than a frame, the machine sees nothing, and where the host was held up, a key
    that was hit has come and gone: so a second change waits for the next frame.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        #: Buttons that have changed before this frame, and what they do before later ones.
        self._changed: set[str] = set()
        self._waiting: list[tuple[str, bool]] = []

    def frame(self) -> None:
        """A frame is to come: press what has waited for it."""
        waiting, self._waiting = self._waiting, []
        self._changed.clear()
        for name, down in waiting:
            self.press(name, down)

    def press(self, name: str, down: bool) -> None:
        """Press or release a button, now or before one of the next frames."""
        if name in self._changed:
            self._waiting.append((name, down))
        else:
            self._changed.add(name)
            self._machine.press(name, down)

    def again(self, pressed: set[str]) -> None:
        """The machine's state is another: give it the buttons as they are held now."""
        self._waiting.clear()
        for name in self._machine.board.inputs:
            if name in pressed or self._machine.heard is None:
                self._machine.press(name, name in pressed)
