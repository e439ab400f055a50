"""What is to be measured, how long that takes, and how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """Something to measure, and the seconds that it is expected to take once all is compiled."""

    name: str
    seconds: float


class Course:
    """Items in order; iterated over, it tells on stderr which of how many is measured."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items

    @property
    def seconds(self) -> float:
        """What all of it is expected to take."""
        return sum(item.seconds for item in self.items)

    def __str__(self) -> str:
        return f"{len(self.items)} to measure, about {duration(self.seconds)}"

    def __iter__(self) -> Iterator[Item]:
        began, done = time.perf_counter(), 0.0
        try:
            for number, item in enumerate(self.items, 1):
                pace = (time.perf_counter() - began) / done if done else 1.0
                left = duration(pace * (self.seconds - done))
                _say(f"{number} of {len(self.items)}: {item.name}, about {left} to go")
                yield item
                done += item.seconds
        finally:
            if sys.stderr.isatty():
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _say(text: str) -> None:
    """On a terminal its last line, elsewhere a line each."""
    begin, end = ("\r\x1b[K", "") if sys.stderr.isatty() else ("emu: ", "\n")
    print(f"{begin}{text}", end=end, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """For people: to 5 seconds, or to minutes."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{round(seconds / 60)} min"
