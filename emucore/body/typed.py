"""Text that is typed on a keyboard's matrix, frame by frame, as the program there can follow."""

from __future__ import annotations

from collections.abc import Callable

from emucore.board.matrix import Keyboard
from emucore.board.typist import ROOM
from emucore.device import Record


class Typing:
    """Types what *record*, a :class:`Typist`'s, has on *keyboard*; *press* presses its keys."""

    def __init__(
        self, keyboard: Keyboard, record: Record, press: Callable[[str, bool], None]
    ) -> None:
        self.keyboard, self._record, self._press = keyboard, record, press

    @property
    def room(self) -> int:
        """How many characters can be given now."""
        return ROOM - int(self._record.typed - self._record.read)

    @property
    def busy(self) -> bool:
        """Whether something is typed: only then does :meth:`frame` do anything."""
        record = self._record
        return bool(record.read < record.typed or record.down or record.rest)

    def give(self, text: bytes) -> None:
        """Have *text*, Latin-1, be typed behind what there is; it must have :attr:`room`."""
        record = self._record
        for code in text:
            record.text[record.typed % ROOM] = code
            record.typed += 1

    def frame(self) -> None:
        """A frame is over."""
        record, keyboard = self._record, self.keyboard
        if record.rest > 1:
            record.rest -= 1
        elif record.down:
            self._chord(record.down - 1, False)
            record.rest = keyboard.line if record.down - 1 in b"\r\n" else keyboard.gap
            record.down = 0
        elif record.read < record.typed:
            code = record.text[record.read % ROOM]
            self._chord(code, True)
            record.read += 1
            record.down, record.rest = code + 1, keyboard.hold
        elif record.rest:
            record.rest = 0

    def _chord(self, code: int, down: bool) -> None:
        for key in self.keyboard.chords.get(chr(code), ()):
            self._press(key.name, down)
