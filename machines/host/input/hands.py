"""The hands of whoever plays: all that they do to a machine's inputs, frame by frame."""

from __future__ import annotations

from collections.abc import Callable

from emucore.board.inputs import returns
from emucore.machine import Machine
from machines.host.input.analog import Analog
from machines.host.input.buttons import Buttons
from machines.host.input.controls import Controls
from machines.host.input.keys import Motion, Moved, Pushed

#: Characters that may be pasted at a time.
PASTE_MOST = 1 << 16


class Hands:
    """Presses, moves and types on *machine* what *controls* make of it.

    For *per_cent* see :class:`machines.host.input.analog.Analog`.
    """

    def __init__(
        self, machine: Machine, controls: Controls, per_cent: Callable[[str], float]
    ) -> None:
        self._machine, self._controls = machine, controls
        self._buttons = Buttons(machine)
        self.analog = Analog(machine, controls, per_cent)
        self._text = b""

    def begin(self) -> None:
        """A frame is to come: press what has waited for it."""
        self._buttons.frame()

    def take(
        self,
        happening: Motion,
        menu: Callable[[int, int], bool],
        beam_at: Callable[[tuple[int, int]], tuple[int, int] | None],
    ) -> None:
        """A stick or the mouse was moved; *beam_at* is the picture's dot at a place.

        *menu* takes how far the mouse was moved if one is open, and says whether it is.
        """
        if isinstance(happening, Pushed):
            self.analog.push(happening.name, happening.value)
        elif isinstance(happening, Moved):
            if not menu(*happening.way):
                self.analog.mouse(*happening.way)
                self.analog.point(beam_at(happening.place))
        else:
            self.analog.point(None)

    def move(self, *, idle: bool) -> None:
        """All is told that happened before the frame, and it comes; *idle*: none does."""
        if idle:
            self.analog.idle()
            return
        self.analog.frame()
        if self._text and not self._buttons.waiting:  # as shift's release may be
            room = self._machine.keyboard_room()
            piece, self._text = self._text[:room], self._text[room:]
            if piece:
                self._machine.type(piece)

    def needs_mouse(self, *, idle: bool) -> tuple[bool, bool]:
        """Whether the mouse must stay in the window, as its way counts, and whether its pointer
        is to be seen, as it aims."""
        return self.analog.rolls and not idle, self.analog.points

    def press(self, name: str, down: bool) -> None:
        """A row of the controls begins or ends."""
        if not self.analog.press(name, down):
            self._buttons.press(name, down)

    def again(self) -> None:
        """The machine's state is another: give it the inputs as they are held now."""
        self._text = b""
        self._buttons.again(self._controls.pressed())
        self.analog.again()

    def paste(self, text: str) -> str:
        """Type *text*, as the machine can follow; what to tell of it."""
        if not self._machine.keyboard_room():
            return "No keyboard to paste into" if not self._text else "Busy typing"
        text = text[:PASTE_MOST].replace("\r\n", "\r")
        typing = self._machine.panel.typing
        lost = set("" if typing is None else typing.keyboard.untypeable(text))
        keys = "".join(c for c in text if ord(c) < 256 and c not in lost)
        self._text += returns(keys.encode("latin-1"))
        left = len(text) - len(keys)
        without = f", {left:,} without a key left out" if left else ""
        return f"Typing {len(keys):,} characters{without}" if keys else "Nothing to paste"
