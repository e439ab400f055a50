"""The third-party suites on both engines: a fixed sample, or everything with ``-m long``."""

from __future__ import annotations

from pathlib import Path

import pytest

from emucore.cpus import isa
from roms_test.harness import runner, singlestep
from roms_test.harness.plan import Job, Outcome, plan
from roms_test.harness.probe import Probe
from roms_test.harness.suites import SUITES, put

ENGINES = ("reference", "interp")

#: Of how many units one is taken.
EVERY = {
    ("single-step/z80", "reference"): 16,
    ("single-step/z80", "interp"): 8,
    ("single-step/6502", "reference"): 4,
    ("single-step/6502", "interp"): 2,
    ("riscv", "reference"): 8,
}


def jobs(suites: Path, suite: str, engine: str, *, whole: bool) -> list[Job]:
    """What to run; skips the test, with the reason, if that is nothing."""
    rows = plan([suite], suites, engines=[engine], whole=whole)
    found = [row for row in rows if isinstance(row, Job)]
    if not found:
        pytest.skip("; ".join(row.skipped for row in rows if isinstance(row, Outcome)))
    return found


def wrong(outcomes: list[Outcome]) -> list[str]:
    """Failures in words."""
    return [
        f"{o.suite}/{o.unit} on {o.engine}: {failure.case}: {difference}"
        for o in outcomes
        for failure in o.failures
        for difference in failure.differences
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("suite", SUITES)
def test_sample(suites: Path, suite: str, engine: str) -> None:
    found = jobs(suites, suite, engine, whole=False)
    outcomes = list(runner.run(found[:: EVERY.get((suite, engine), 1)]))
    assert wrong(outcomes) == []
    assert sum(o.passed for o in outcomes) >= len(outcomes)


def plain_failures(suites: Path, on: str, every: int) -> list[str]:
    """The vectors on the interpreter with memory as plain RAM, which it accesses by itself."""
    probe = Probe(isa(on), "interp", logged=False)
    files = sorted((suites / "single-step" / on).glob("*.json.gz"))[::every]
    if not files:
        pytest.skip(f"single-step/{on} is not there")
    answers = [put(singlestep.load(file, on), probe) for file in files]
    return [str(failure) for answer in answers for failure in answer.failures]


@pytest.mark.parametrize(("on", "every"), [("z80", 16), ("6502", 4)])
def test_sample_on_plain_memory(suites: Path, on: str, every: int) -> None:
    assert plain_failures(suites, on, every) == []


@pytest.mark.long
@pytest.mark.parametrize("on", ["z80", "6502"])
def test_everything_on_plain_memory(suites: Path, on: str) -> None:
    assert plain_failures(suites, on, 1) == []


#: Programs of up to 500 million instructions: hours on the reference, minutes on the others.
PROGRAMS = ("cpm", "z80test", "klaus6502")


@pytest.mark.long
@pytest.mark.parametrize(
    ("suite", "engine"),
    [
        (suite, engine)
        for suite in SUITES
        for engine in (*ENGINES, "jit")
        if not (suite in PROGRAMS and engine == "reference")
    ],
)
def test_everything(suites: Path, suite: str, engine: str) -> None:
    assert wrong(list(runner.run(jobs(suites, suite, engine, whole=True)))) == []


def test_counts(suites: Path) -> None:
    """Every case of the suites is found: a reader that overlooks half would pass everything."""
    counts = {name: len(s.units(suites / name)) for name, s in SUITES.items()}
    assert counts == {
        "single-step/z80": 1604,
        "single-step/6502": 256,
        "fuse-z80": 1356,
        "cpm": 5,
        "z80test": 2,
        "klaus6502": 1,
        "riscv": 62,
    }
