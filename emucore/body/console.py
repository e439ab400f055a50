"""The text a machine prints, and the keys typed into it."""

from __future__ import annotations

from collections.abc import Callable

#: Bytes of printed text that are kept: the last ones.
KEPT = 1 << 20


class Console:
    """Printed text, kept within bounds.

    ``sink``, if set, is given every piece as it is printed.
    """

    def __init__(self) -> None:
        self.sink: Callable[[bytes], None] | None = None
        self.printed = bytearray()
        self.dropped = 0
        self.found = False
        self._wanted = b""

    def put(self, data: bytes) -> None:
        """Print *data*."""
        self.printed += data
        if self._wanted and not self.found:
            tail = len(data) + len(self._wanted) - 1
            self.found = self._wanted in self.printed[-tail:]
        if len(self.printed) > 2 * KEPT:
            self.dropped += len(self.printed) - KEPT
            del self.printed[:-KEPT]
        if self.sink is not None:
            self.sink(data)

    @property
    def place(self) -> int:
        """How many bytes have been printed, from the first on."""
        return self.dropped + len(self.printed)

    def take_back(self, place: int) -> None:
        """What was printed from *place* on is to be printed once more: keep it once."""
        del self.printed[max(0, place - self.dropped) :]

    def clear(self) -> None:
        """Forget what was printed."""
        self.take_back(0)
        self.dropped = 0

    def watch(self, text: bytes) -> None:
        """From now on look for *text*: ``found`` tells when it has been printed."""
        self._wanted = text
        self.found = not text

    @property
    def text(self) -> str:
        """What was printed, the last :data:`KEPT` bytes or more of it."""
        return self.printed.decode("latin-1")
