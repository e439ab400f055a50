"""A console of two registers: what is printed, what is typed, and how the program ends."""

from __future__ import annotations

from emucore.device import NEVER, Device, array, integer, out

#: The last characters printed, and those typed and not yet read: rings.  The host takes what is
#: printed whenever half a ring is full, so that none is lost.
TEXT, KEYS = 1024, 1024


class Console(Device):
    """See the text of :mod:`machines.boards.flat`."""

    printed: int = integer()  # characters since power-on
    full: int = out()
    typed: int = integer()  # characters since power-on …
    taken: int = integer()  # … and how many of them were read
    wanting: int = integer()  # 1 once a character was to be read that had not been typed
    status: int = integer()
    ended: int = out()
    text = array("u1", TEXT)
    keys = array("u1", KEYS)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        counts = 0 <= self.taken <= self.typed <= self.taken + KEYS
        full = self.full == NEVER and 0 <= self.printed < 1 << 56
        return full and counts and 0 <= self.status <= 0xFF and self.wanting in (0, 1)

    def put(self, offset: int, value: int, time: int) -> None:
        """Print a character."""
        self.text[self.printed % TEXT] = value & 0xFF
        self.printed += 1
        self.wanting = 0
        if self.printed % (TEXT // 2) == 0:
            self.full = time

    def take(self, offset: int, time: int) -> int:
        """The next character typed; 0 if there is none."""
        if self.taken == self.typed:
            self.wanting = 1
            return 0
        self.wanting = 0
        self.taken += 1
        return int(self.keys[(self.taken - 1) % KEYS])

    def count(self, offset: int, time: int) -> int:
        """How many characters are typed and not yet read."""
        return min(self.typed - self.taken, 0xFF)

    def end(self, offset: int, value: int, time: int) -> None:
        """End the program with a status."""
        self.status = value & 0xFF
        self.ended = time
