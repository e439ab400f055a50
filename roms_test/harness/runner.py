"""Choosing what to run and running it, in this process or in several."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from emucore.machine import ENGINES
from roms_test.harness.case import Difference, Failure
from roms_test.harness.suites import SUITES, Answer, Suite, Unit

#: Units of more instructions are left out unless all are asked for, and unless named: by engine.
USUAL = {"reference": 1_000_000}
USUAL_OTHERS = 2_000_000_000
#: The same if all are asked for.
ALL = {"reference": 100_000_000}

#: Failures a unit hands back; the others are counted.
MOST_FAILURES = 20


class HarnessError(Exception):
    """Something asked for that there is not; one line."""


@dataclass(frozen=True)
class Job:
    """One unit on one engine."""

    suite: str
    folder: Path
    unit: str
    engine: str
    whole: bool


@dataclass(frozen=True)
class Outcome:
    """What came of a job.  ``skipped`` is the reason if it was not run, ``note`` a remark."""

    suite: str
    unit: str
    engine: str
    passed: int = 0
    failed: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    skipped: str = ""
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """Jobs, and what is left out with the reason."""

    jobs: list[Job]
    skipped: list[Outcome]


def use_engine(name: str) -> None:
    """Make sure that there is an engine *name*; :class:`HarnessError` if not."""
    if name not in ENGINES:
        for module in ("emucore.reference", "jit"):
            import_module(module)
    if name not in ENGINES:
        raise HarnessError(f"no engine {name!r}; there are {', '.join(ENGINES)}")


def choose(names: Sequence[str]) -> list[tuple[Suite, str | None]]:
    """Suites for *names*, each with the unit that is asked for or None for all; all without names.

    :class:`HarnessError` for a name that is neither a suite nor a suite's unit.
    """
    if not names:
        return [(suite, None) for suite in SUITES.values()]
    chosen: list[tuple[Suite, str | None]] = []
    for name in names:
        clean = name.rstrip("/")
        inside = [s for s in SUITES.values() if clean == s.name or s.name.startswith(clean + "/")]
        if inside:
            chosen += [(suite, None) for suite in inside]
            continue
        owner = next((s for s in SUITES.values() if clean.startswith(s.name + "/")), None)
        if owner is None:
            raise HarnessError(f"no suite {name!r}; there are {', '.join(SUITES)}")
        chosen.append((owner, clean.removeprefix(owner.name + "/")))
    return chosen


def plan(root: Path | None, names: Sequence[str], engines: Sequence[str], *, whole: bool) -> Plan:
    """What to run of the suites under *root*.

    ``whole`` takes every case where a sample is usual, and long programs.  A unit that is named is
    always run, and whole.
    """
    result = Plan([], [])
    for suite, wanted in choose(names):
        folder = root / suite.name if root else None
        if folder is None or not folder.is_dir():
            reason = "no folder of suites: --suites or EMU_SUITES" if root is None else "not there"
            result.skipped.extend(Outcome(suite.name, "", e, skipped=reason) for e in engines)
            continue
        units = suite.units(folder)
        if wanted is not None:
            _add_named(result, suite, folder, units, wanted, engines)
            continue
        for engine in engines:
            most = ALL.get(engine) if whole else USUAL.get(engine, USUAL_OTHERS)
            for unit in units:
                if most is not None and unit.instructions > most:
                    reason = f"about {unit.instructions:,} instructions: --all, or by name"
                    result.skipped.append(Outcome(suite.name, unit.name, engine, skipped=reason))
                else:
                    sampled = engine != "reference" or whole
                    result.jobs.append(Job(suite.name, folder, unit.name, engine, sampled))
            for unit_name, reason in suite.left_out(folder).items():
                result.skipped.append(Outcome(suite.name, unit_name, engine, skipped=reason))
    return result


def _add_named(
    result: Plan,
    suite: Suite,
    folder: Path,
    units: Sequence[Unit],
    wanted: str,
    engines: Sequence[str],
) -> None:
    if wanted not in {unit.name for unit in units}:
        reason = suite.left_out(folder).get(wanted)
        if reason is None:
            raise HarnessError(f"{suite.name} has no {wanted!r}")
        result.skipped.extend(Outcome(suite.name, wanted, e, skipped=reason) for e in engines)
        return
    result.jobs.extend(Job(suite.name, folder, wanted, engine, True) for engine in engines)


def run_job(job: Job) -> Outcome:
    """Run *job* here.  An exception in it is a failure of the unit."""
    begun = time.perf_counter()
    try:
        use_engine(job.engine)
        answer = SUITES[job.suite].run(job.folder, job.unit, job.engine, job.whole)
    except Exception as error:  # one broken unit must not hide the results of the others
        text = f"{type(error).__name__}: {error}"
        answer = Answer(0, [Failure(job.unit, [Difference("error", "an answer", text)])])
    seconds = time.perf_counter() - begun
    failures = answer.failures[:MOST_FAILURES]
    counts = answer.passed, len(answer.failures)
    names = job.suite, job.unit, job.engine
    return Outcome(*names, *counts, failures, seconds, note=answer.note)


def run(jobs: Sequence[Job], processes: int) -> Iterator[Outcome]:
    """Run *jobs*, in *processes* worker processes if that is more than one, as they come.

    Workers are started afresh (spawn): a fork of a process whose compiler has threads may hang.
    """
    if processes <= 1 or len(jobs) <= 1:
        yield from map(run_job, jobs)
        return
    # long ones first, so that none is left to run alone at the end; vectors in larger portions
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(processes, len(jobs))) as pool:
        yield from pool.imap_unordered(run_job, jobs, chunksize=4)
