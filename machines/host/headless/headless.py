"""Running a machine without a window: so many frames, with input from a source."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from emucore.body.events import Event, Script, Source
from emucore.machine import Machine
from machines.host.base.stopping import Stop

#: Seconds that frames which are run at a time take about at most: so soon is stopped.
SOON = 0.1
#: Seconds that a paced run makes up for after it was held up.
LATE = 0.1


class Quit(Exception):
    """Raised by a source: the person at the machine has had enough."""


@dataclass(frozen=True)
class Outcome:
    """``frames`` completed in ``seconds`` of wall time, ``emulated`` seconds of the machine's.

    ``ended`` tells that the program ended by itself, ``found`` that the awaited text came, and
    ``starved`` that the program waits for a key and nobody is there to type it.
    """

    frames: int
    seconds: float
    emulated: float
    ended: bool
    found: bool
    starved: bool


def run(
    machine: Machine,
    source: Source | None = None,
    *,
    frames: int | None = None,
    until: bytes | None = None,
    after_frame: Sequence[Callable[[Machine], None]] = (),
    paced: bool = False,
    stop: Stop | None = None,
) -> Outcome:
    """Run *frames* frames (None: without bound), or until the console printed *until*.

    *after_frame* functions are called after every frame.  A *paced* run is held to real time.
    Ends early where the program ends, where it waits for input that cannot come and there is no
    bound, where the source raises :class:`Quit`, and between two frames when *stop* says so.
    """
    source = source or Script([])
    stop = Stop() if stop is None else stop
    console = machine.console
    if console is not None and until is not None:
        console.watch(until)
    stepwise = bool(after_frame) or console is not None or paced
    begin = due = time.perf_counter()
    begin_time, done = machine.time, 0
    frame_seconds = machine.board.frame_ticks / machine.board.clock_hz
    ended = found = starved = False
    chunk = 1
    try:
        while not ended and not stop and (frames is None or done < frames):
            upcoming = source.next(done)
            if upcoming == done:
                events: Iterable[Event] = ()
                with stop.at_once():
                    events = source.events(machine, done)
                if stop:
                    break
                for event in events:
                    event.apply(machine)
                upcoming = source.next(done + 1)
            count = min([chunk, *(n - done for n in (upcoming, frames) if n is not None)])
            began = time.perf_counter()
            completed = machine.run_frames(count)
            if not stepwise:
                soon = time.perf_counter() - began < SOON / 2
                chunk = max(chunk, 2 * count) if soon else max(1, count // 2)
            done += completed
            ended = completed < count
            for function in after_frame:
                function(machine)
            found = console is not None and console.found
            starved = upcoming is None and machine.waiting
            if found or (starved and frames is None):
                break
            if paced:
                due = max(due + frame_seconds, time.perf_counter() - LATE)
                time.sleep(max(0.0, due - time.perf_counter()))
    except Quit:
        pass
    return Outcome(
        frames=done,
        seconds=time.perf_counter() - begin,
        emulated=(machine.time - begin_time) / machine.board.clock_hz,
        ended=ended,
        found=found,
        starved=starved,
    )
