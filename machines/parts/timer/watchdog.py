"""A watchdog: a counter that resets the CPU unless the program clears it often enough."""

from __future__ import annotations

from emucore.device import NEVER, Device, due, integer, out


class Watchdog(Device):
    """Counts a periodic signal's edges and asserts ``reset`` at count ``limit``, for one period.

    ``period`` and ``first`` (the time of the first edge) are in ticks of the master clock.  It
    needs no event for each edge: clearing it tells when the count would be full.
    """

    period: int = integer(fixed=True)
    first: int = integer(fixed=True)
    limit: int = integer(fixed=True)
    reset: int = out()
    due: int = due()

    def __init__(self, *, period: int, first: int, limit: int) -> None:
        full = first + (limit - 1) * period
        super().__init__(period=period, first=first, limit=limit, due=full)

    def clear(self, offset: int, value: int, time: int) -> None:
        """Start counting at zero: the access that a program must make now and then."""
        edges = (time - self.first) // self.period + 1  # so far
        self.due = self.first + (edges + self.limit - 1) * self.period
        self.reset = NEVER

    def event(self, time: int) -> None:
        """The count is full, or goes on from full to zero."""
        if self.reset == NEVER:
            self.reset = time
            self.due = time + self.period
        else:
            self.reset = NEVER
            self.due = time + self.limit * self.period
