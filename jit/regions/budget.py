"""Where a translation looks at the clock.

Every instruction must begin before the CPU's deadline, as in the interpreter.  Looking at each
would be slow: a run of instructions that looks answers for itself and for the runs that follow it,
up to the next ones that look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jit.regions.region import Step

#: Cycles that one look answers for, at most, where a single run is not longer: so many before each
#: deadline are left to the interpreter.
REACH = 48


def plan(
    runs: dict[int, list[Step]], after: Callable[[list[Step]], Iterable[int]], look: set[int]
) -> tuple[set[int], dict[int, int]]:
    """Which runs look, and for each run the most cycles from its start to that of the last
    instruction before the next look.

    *runs* are by address, *after* gives the runs that may follow one, and those of *look* look in
    any case.  Every loop has a run that looks.
    """
    looking, spans = set(look), dict[int, int]()
    for pc in _order(runs, after, looking):
        run = runs[pc]
        whole = sum(step.late for step in run)
        span = whole - run[-1].late
        for following in after(run):
            if following not in looking:
                further = whole + spans[following]
                if further > REACH:
                    looking.add(following)
                else:
                    span = max(span, further)
        spans[pc] = span
    return looking, spans


def _order(
    runs: dict[int, list[Step]], after: Callable[[list[Step]], Iterable[int]], looking: set[int]
) -> list[int]:
    """The runs, each behind those that follow it; what closes a loop begins to look."""
    done: dict[int, None] = {}
    open_: set[int] = set()
    for first in runs:
        if first in done:
            continue
        stack = [(first, iter(after(runs[first])))]
        open_.add(first)
        while stack:
            pc, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                open_.discard(pc)
                done[pc] = None
            elif following in open_:
                looking.add(following)
            elif following not in done:
                open_.add(following)
                stack.append((following, iter(after(runs[following]))))
    return list(done)
