"""Timing kernels on engines, with exact counts of instructions.

The compiled engines do not count instructions.  They need not: all rounds of a kernel are alike, so
the reference counts one, and a run of so many cycles is so many rounds of so many instructions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from roms_test.kernels import Bench

#: A clock to measure by, in seconds.
Clock = Callable[[], float]


@dataclass(frozen=True)
class Period:
    """A round: its cycles and instructions, and the cycle in which the first one has ended."""

    first: int
    cycles: int
    instructions: int


@dataclass(frozen=True)
class Timing:
    """Rates of one subject, a run each, in the order measured (work a second)."""

    rates: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.rates)

    @property
    def spread(self) -> float:
        """From the slowest to the fastest run, as a share of the median."""
        return (max(self.rates) - min(self.rates)) / self.middle


class WrongAnswer(Exception):
    """A subject whose program did not end as it must: its speed is worth nothing."""


def measure_period(cpu: str, name: str, size: int | None = None) -> Period:
    """Count a round of a kernel on the reference engine."""
    bench = Bench(cpu, name, size)
    engine = bench.machine.use("reference")

    def now() -> tuple[int, int]:
        return bench.machine.time, int(engine.statistics()["instructions"])

    while not bench.rounds:
        bench.finish_round()
    marks = [now()]
    for _ in range(2):
        bench.finish_round()
        marks.append(now())
    (first, a), (second, b), (third, c) = marks
    if (second - first, b - a) != (third - second, c - b) or not bench.right:
        raise WrongAnswer(f"{cpu}/{name}: rounds differ, or the answer is wrong")
    return Period(first, second - first, b - a)


def known_period(cpu: str, name: str) -> Period:
    """:func:`measure_period`, or what it gave before, from the cache."""
    from jit.store import cache

    bench = Bench(cpu, name)
    image = b"".join(segment.data for segment in bench.program.segments)
    key = cache.key("period", cpu, name, image.hex())
    stored = cache.load(key)
    if stored is not None:
        return Period(**json.loads(stored))
    period = measure_period(cpu, name)
    cache.store(key, json.dumps(asdict(period)).encode())
    return period


@dataclass(frozen=True)
class Subject:
    """Something to measure: ``run(n)`` does its work *n* times and gives the seconds it took.

    Where it takes long to start, ``like`` is another, that it does as much work as.
    """

    name: str
    run: Callable[[int], float]
    like: Subject | None = None

    def calibrate(self, seconds: float) -> int:
        """How many times take about *seconds*; 1 at least.  It is warm then."""
        if self.like is not None:
            self.run(1)
            return self.like.calibrate(seconds)
        rounds = 1
        while True:
            took = self.run(rounds)
            if took >= seconds / 4 or took > 1:
                return max(1, round(rounds * seconds / took))
            rounds *= 4


def engine_subject(
    engine: str, cpu: str, name: str, period: Period, clock: Clock = time.perf_counter
) -> Subject:
    """A kernel on one of our engines, run on and on; each run checked at its end."""
    bench = Bench(cpu, name)
    bench.machine.use(engine).wait()
    bench.machine.run_until(period.first)
    done = 1

    def run(rounds: int) -> float:
        nonlocal done
        done += rounds
        end = period.first + (done - 1) * period.cycles
        began = clock()
        bench.machine.run_until(end)
        took = clock() - began
        if not bench.at_round or bench.rounds != done & 0xFFFF or not bench.right:
            raise WrongAnswer(f"{cpu}/{name} on {engine}: wrong after {done} rounds")
        return took

    return Subject(engine, run)


def paired(subjects: Sequence[Subject], seconds: float, repeats: int) -> dict[str, list[float]]:
    """How often each subject does its work in a second, *repeats* times in turn.

    In turn, so that what slows the host down for a while slows all of them down.
    """
    rounds = {s.name: s.calibrate(seconds) for s in subjects}
    rates: dict[str, list[float]] = {s.name: [] for s in subjects}
    for _ in range(repeats):
        for subject in subjects:
            took = subject.run(rounds[subject.name])
            rates[subject.name].append(rounds[subject.name] / took)
    return rates
