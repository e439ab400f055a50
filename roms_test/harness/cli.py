"""``emu test``: run exams and report.  Exit 0 all passed, 1 something failed, 2 bad input."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from roms_test.harness import report, runner
from roms_test.harness.runner import HarnessError, Outcome, Plan
from roms_test.harness.suites import SUITES

#: Engines that take the exams if none is asked for.
ENGINES = ("reference", "interp")

SUITES_VARIABLE = "EMU_SUITES"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``emu test``."""
    add = parser.add_argument
    add("suites", nargs="*", metavar="SUITE", help="a suite (cpm) or a part of one (cpm/TST8080)")
    add(
        "--suites",
        dest="root",
        type=Path,
        metavar="DIR",
        help=f"the folder that suites are in (default: {SUITES_VARIABLE} in the environment)",
    )
    add(
        "--engine",
        action="append",
        metavar="E",
        help=f"an engine; may be repeated (default: {' and '.join(ENGINES)})",
    )
    add("--all", action="store_true", help="every case on the reference engine too; long programs")
    add("-j", "--jobs", type=int, default=1, metavar="N", help="worker processes (default: 1)")
    add("--json", type=Path, metavar="F", help="write results as JSON")
    add("--junit", type=Path, metavar="F", help="write results as JUnit XML")


def main(args: argparse.Namespace) -> int:
    """Run what *args* ask for; the exit code."""
    try:
        return _main(args)
    except HarnessError as error:
        print(f"emu test: {error}", file=sys.stderr)
        return 2


def _main(args: argparse.Namespace) -> int:
    engines = args.engine or list(ENGINES)
    for engine in engines:
        runner.use_engine(engine)
    for path in (args.json, args.junit):
        if path is not None and not path.parent.is_dir():
            raise HarnessError(f"{path}: there is no folder {path.parent}")
    if args.jobs < 1:
        raise HarnessError(f"-j {args.jobs}: at least one process")
    plan = runner.plan(_root(args), args.suites, engines, whole=args.all)
    begun = time.perf_counter()
    outcomes = _order(plan, _run(plan, args.jobs))
    seconds = time.perf_counter() - begun
    report.show(outcomes, Console(), seconds)
    if args.json is not None:
        report.write(args.json, report.as_json(outcomes, seconds))
    if args.junit is not None:
        report.write(args.junit, report.as_junit(outcomes, seconds))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def _root(args: argparse.Namespace) -> Path | None:
    """The folder of suites; :class:`HarnessError` if there is none where one is named or needed."""
    given = args.root or os.environ.get(SUITES_VARIABLE)
    if not given:
        raise HarnessError(f"no suites: give --suites DIR or set {SUITES_VARIABLE}")
    root = Path(given)
    if not root.is_dir():
        raise HarnessError(f"no folder {root}")
    return root


def _run(plan: Plan, processes: int) -> list[Outcome]:
    """Run the plan, with a progress bar on a terminal."""
    outcomes = []
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("exams", total=len(plan.jobs))
        for outcome in runner.run(plan.jobs, processes):
            progress.update(task, advance=1, description=outcome.suite)
            outcomes.append(outcome)
    return outcomes


def _order(plan: Plan, outcomes: list[Outcome]) -> list[Outcome]:
    """Everything by suite, engine and unit, however workers finished."""
    suites, engines = list(SUITES), list(dict.fromkeys(j.engine for j in plan.jobs))
    places = {(job.suite, job.unit): i for i, job in enumerate(plan.jobs)}

    def place(o: Outcome) -> tuple[int, int, int]:
        engine = engines.index(o.engine) if o.engine in engines else len(engines)
        return suites.index(o.suite), engine, places.get((o.suite, o.unit), len(places))

    return sorted([*outcomes, *plan.skipped], key=place)
