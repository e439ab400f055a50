"""The pace of a session: when the next frame is due, and how well that was kept."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

#: How far behind the clock a session may fall before it gives up catching up, in seconds.
LATE = 0.1
#: Seconds at the beginning whose dropped frames are counted apart.
STARTING = 1.0
#: Frames whose intervals are remembered.
REMEMBERED = 1 << 16


class Pacer:
    """Lets frames of *period* seconds pass at the speed of the clock."""

    def __init__(
        self,
        period: float,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.period = period
        self._clock, self._sleep = clock, sleep
        self._began = self._next = clock()
        self._shown_at: float | None = None
        self._shown = 0
        self._intervals: deque[float] = deque(maxlen=REMEMBERED)
        #: Whether frames are to be had in their time at all: not while a machine is paused.
        self.counting = True
        #: Frames that never were on the screen in their time, after and in the first second.
        self.dropped = self.dropped_starting = 0

    def wait(self) -> int:
        """Wait until a frame is due; how many are: more than one where the host fell behind.

        What cannot be made up any more is left out.
        """
        ahead = self._next - self._clock()
        if ahead > 0:
            self._sleep(ahead)
        behind = int(max(0.0, self._clock() - self._next) / self.period)
        self._drop(behind)
        if behind * self.period > LATE:
            self._next = self._clock() + self.period
            return 1
        self._next += (1 + behind) * self.period
        return 1 + behind

    def _drop(self, frames: int) -> None:
        if not self.counting:
            return
        if self._clock() - self._began < STARTING:
            self.dropped_starting += frames
        else:
            self.dropped += frames

    def restart(self) -> None:
        """Forget the time that has passed: it was not for pacing."""
        self._next = self._clock()
        self._shown_at = None
        if not self._shown:
            self._began = self._next

    def shown(self) -> None:
        """A frame is on the screen."""
        now = self._clock()
        if self._shown_at is not None:
            self._intervals.append(now - self._shown_at)
        self._shown_at = now
        self._shown += 1

    def statistics(self) -> dict[str, Any]:
        """Counts and, in milliseconds, how long a picture stood: median, 99 % and longest."""
        times = sorted(self._intervals)

        def at(part: float) -> float:
            return round(1e3 * times[int(part * (len(times) - 1))], 3) if times else 0.0

        return {
            "shown": self._shown,
            "dropped": self.dropped,
            "dropped_starting": self.dropped_starting,
            "period_ms": round(1e3 * self.period, 3),
            "interval_ms": {"median": at(0.5), "p99": at(0.99), "longest": at(1.0)},
        }
