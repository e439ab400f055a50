"""``emu test``: run exams and report.  Exit 0 all passed, 1 something failed, 2 bad input."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from emucore.base.errors import UserError
from emucore.base.files import write_atomically
from emucore.body import engines
from roms_test.harness import report, runner
from roms_test.harness.plan import ENGINES, Job, Outcome, Plan, plan
from roms_test.harness.publishers import PUBLISHERS

SUITES_VARIABLE = "EMU_SUITES"


_ABOUT = """\
Run exam programs and test vectors, and report.

A suite is a folder of tests that others have published to judge emulators of a CPU.  None comes
with emucore: get one from its publisher, put its files into a folder of the suite's name, and name
the folder above with --suites.  What is not there is reported as skipped.
"""
_OWN = """\
Tests of your own need none of them: --manifest takes a TOML file.  What may be in it:
  python -m pydoc roms_test.harness.manifest
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``emu test``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = _ABOUT
    rows = [f"  DIR/{name:17} {publisher}" for name, publisher in PUBLISHERS.items()]
    parser.epilog = "\n".join(["Suites and their publishers:", *rows, "", _OWN])
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
        "--manifest",
        action="append",
        default=[],
        type=Path,
        metavar="F.toml",
        help="a suite of your own (may be repeated)",
    )
    add(
        "--engine",
        action="append",
        default=[],
        metavar="E",
        help=f"an engine; may be repeated (default: {' and '.join(ENGINES)})",
    )
    add("--all", action="store_true", help="every case on the reference engine too; long programs")
    add("-j", "--jobs", type=int, default=1, metavar="N", help="worker processes (default: 1)")
    add("--json", type=Path, metavar="F", help="write results as JSON")
    add("--junit", type=Path, metavar="F", help="write results as JUnit XML")


def main(args: argparse.Namespace) -> int:
    """Run what *args* ask for; the exit code.  :class:`UserError` for what there is not."""
    for engine in args.engine:
        engines.find(engine)
    for path in (args.json, args.junit):
        if path is not None and not path.parent.is_dir():
            raise UserError(f"{path}: there is no folder {path.parent}")
    if args.jobs < 1:
        raise UserError(f"-j {args.jobs}: at least one process")
    root = args.root or os.environ.get(SUITES_VARIABLE) or None
    rows = plan(args.suites, root and Path(root), args.manifest, args.engine, whole=args.all)
    begun = time.perf_counter()
    outcomes, stopped = _run(rows, args.jobs)
    seconds = time.perf_counter() - begun
    report.show(outcomes, Console(), seconds)
    if args.json is not None:
        write_atomically(args.json, report.as_json(outcomes, seconds))
    if args.junit is not None:
        write_atomically(args.junit, report.as_junit(outcomes, seconds))
    if stopped:
        return stopped
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def _run(rows: Plan, processes: int) -> tuple[list[Outcome], int]:
    """Run the plan's jobs, with a progress bar on a terminal; everything in the plan's order.

    With it the exit code of a signal that ended it before its end, or 0.
    """
    jobs = [row for row in rows if isinstance(row, Job)]
    console = Console(stderr=True)
    done = []
    code = 0
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("exams", total=len(jobs))
        try:
            for outcome in runner.run(jobs, processes):
                progress.update(task, advance=1, description=report.escape(outcome.suite))
                done.append(outcome)
        except KeyboardInterrupt as error:  # what is known is told
            code = getattr(error, "code", 130)
    done += [Outcome(j.suite, j.unit, j.engine, skipped="interrupted") for j in jobs[len(done) :]]
    outcomes = iter(done)
    return [next(outcomes) if isinstance(row, Job) else row for row in rows], code
