"""Running a plan, in this process or in several."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from emucore.base.errors import UserError
from emucore.body import engines
from roms_test.harness.case import Difference, Failure
from roms_test.harness.plan import Job, Outcome
from roms_test.harness.suites import Answer, suite

#: Failures a unit hands back; the others are counted.
MOST_FAILURES = 20


def run_job(job: Job) -> Outcome:
    """Run *job* here.  An exception in it is a failure of the unit."""
    begun = time.perf_counter()
    try:
        engines.find(job.engine)
        answer = suite(job.suite).run(job.folder, job.unit, job.engine, job.whole)
    except Exception as error:  # one broken unit must not hide the results of the others
        name = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
        answer = _no_answer(job, f"{name}{error}")
    return _outcome(job, answer, time.perf_counter() - begun)


def _no_answer(job: Job, why: str) -> Answer:
    return Answer(0, [Failure(job.unit, [Difference("error", "an answer", why)])])


def _outcome(job: Job, answer: Answer, seconds: float) -> Outcome:
    return Outcome(
        suite=job.suite,
        unit=job.unit,
        engine=job.engine,
        passed=answer.passed,
        failed=len(answer.failures),
        failures=answer.failures[:MOST_FAILURES],
        seconds=seconds,
        note=answer.note,
        edition=job.edition,
    )


def run(jobs: Sequence[Job], processes: int = 1) -> Iterator[Outcome]:
    """Run *jobs*, in *processes* worker processes if that is more than one; outcomes in order.

    Workers are started afresh (spawn): a fork of a process whose compiler has threads may hang.
    Where one crashes, what it and the others had not yet handed back has failed.
    """
    if processes <= 1 or len(jobs) <= 1:
        yield from map(run_job, jobs)
        return
    context = multiprocessing.get_context("spawn")
    done = 0
    with ProcessPoolExecutor(min(processes, len(jobs)), context) as pool:
        try:
            for outcome in pool.map(run_job, jobs, chunksize=4):
                yield outcome
                done += 1
        except BrokenProcessPool:
            for job in jobs[done:]:
                yield _outcome(job, _no_answer(job, "a worker process died"), 0.0)
