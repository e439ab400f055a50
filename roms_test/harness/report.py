"""Results for people (a table and the first differences), and as JSON and JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree

from rich import box
from rich.console import Console
from rich.markup import escape as _escape
from rich.table import Table

from emucore.base.errors import plain
from roms_test.harness.plan import Outcome

#: Failing cases shown of a suite, and differences of a case.
SHOWN_CASES, SHOWN_DIFFERENCES = 5, 8

#: Names in a remark; more are counted.
SHOWN_NAMES = 8


def escape(text: object) -> str:
    """*text*, from files and programs, as rich and a terminal can be given it."""
    return _escape(plain(text))


@dataclass
class Total:
    """Sums over a suite on one engine; ``seconds`` are those of the work, in all processes."""

    suite: str
    engine: str
    edition: str = ""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """``passed``, ``failed``, or ``skipped`` if nothing was run."""
        if self.failed:
            return "failed"
        return "passed" if self.passed else "skipped"


def totals(outcomes: Sequence[Outcome]) -> list[Total]:
    """One row a suite and engine, in the order of first appearance."""
    rows: dict[tuple[str, str], Total] = {}
    for outcome in outcomes:
        key = outcome.suite, outcome.engine
        row = rows.setdefault(key, Total(*key, outcome.edition))
        row.passed += outcome.passed
        row.failed += outcome.failed
        row.skipped += bool(outcome.skipped)
        row.seconds += outcome.seconds
    return list(rows.values())


def show(outcomes: Sequence[Outcome], console: Console, seconds: float) -> None:
    """Print the table, what was left out, and the first failures."""
    rows = totals(outcomes)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("suite", overflow="fold")
    table.add_column("engine", no_wrap=True)
    for heading in ("passed", "failed", "left out", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    colours = {"passed": "green", "failed": "bold red", "skipped": "yellow"}
    for row in rows:
        counts = (f"{row.passed:,}", f"{row.failed:,}", f"{row.skipped:,}", f"{row.seconds:.2f}")
        verdict = f"[{colours[row.verdict]}]{row.verdict}[/]"
        table.add_row(escape(row.suite), row.engine, *counts, verdict)
    console.print(table)
    console.print(f"{seconds:.1f} s", highlight=False)
    editions = {row.suite: f"{row.suite} {row.edition}" for row in rows if row.edition}
    if editions:
        told = f"Editions: {', '.join(editions.values())}"
        console.print(escape(told), highlight=False, soft_wrap=True)
    for line in _remarks(outcomes):
        console.print(escape(line), style="yellow", soft_wrap=True)
    for row in rows:
        _show_failures(row, outcomes, console)


def _remarks(outcomes: Sequence[Outcome]) -> list[str]:
    """What was left out and what is to be noted, with the reason: a line a suite and reason."""
    about: dict[tuple[str, str], dict[str, list[str]]] = {}
    engines: dict[str, set[str]] = {}
    for o in outcomes:
        engines.setdefault(o.suite, set()).add(o.engine)
        reason = f"left out: {o.skipped}" if o.skipped else o.note
        if reason:
            about.setdefault((o.suite, reason), {}).setdefault(o.unit, []).append(o.engine)
    lines = []
    for (suite, reason), units in about.items():
        names = []
        for unit, on in units.items():
            only = "" if set(on) == engines[suite] else f" on {', '.join(on)}"
            names.append(f"{unit}{only}".strip())
        listed = ", ".join(names)
        if len(names) > SHOWN_NAMES:
            listed = f"{names[0]} … {names[-1]} ({len(names)})"
        lines.append(f"{suite}: {listed} {reason}" if listed else f"{suite} {reason}")
    return lines


def _show_failures(row: Total, outcomes: Sequence[Outcome], console: Console) -> None:
    mine = [o for o in outcomes if (o.suite, o.engine) == (row.suite, row.engine)]
    failures = [(o.unit, failure) for o in mine for failure in o.failures]
    for unit, failure in failures[:SHOWN_CASES]:
        name = unit if failure.case == unit else f"{unit}: {failure.case}"
        console.print(
            escape(f"FAILED {row.suite}/{name} on {row.engine}"), style="bold red", soft_wrap=True
        )
        for difference in failure.differences[:SHOWN_DIFFERENCES]:
            console.print(escape(f"    {difference}"), highlight=False, soft_wrap=True)
        if len(failure.differences) > SHOWN_DIFFERENCES:
            console.print(
                f"    and {len(failure.differences) - SHOWN_DIFFERENCES} more differences"
            )
    if row.failed > SHOWN_CASES:
        console.print(f"    and {row.failed - min(SHOWN_CASES, len(failures))} more failures")


def as_json(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Everything, as JSON text: ``seconds``, ``ok``, ``suites`` (totals) and ``units``."""
    rows = totals(outcomes)
    suites = [{**asdict(row), "verdict": row.verdict} for row in rows]
    data: dict[str, Any] = {
        "ok": not any(row.failed for row in rows),
        "seconds": round(seconds, 3),
        "suites": suites,
        "units": [asdict(outcome) for outcome in outcomes],
    }
    return json.dumps(data, indent=1) + "\n"


def as_junit(outcomes: Sequence[Outcome], seconds: float) -> str:
    """JUnit XML: a test suite per suite and engine, a test case per unit."""
    root = ElementTree.Element("testsuites", name="emu test", time=f"{seconds:.3f}")
    for row in totals(outcomes):
        mine = [o for o in outcomes if (o.suite, o.engine) == (row.suite, row.engine)]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{row.suite} ({row.engine})",
            tests=str(len(mine)),
            failures=str(sum(o.failed > 0 for o in mine)),
            skipped=str(row.skipped),
            time=f"{row.seconds:.3f}",
        )
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", name="edition", value=row.edition)
        for o in mine:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=f"{row.suite}.{row.engine}",
                name=plain(o.unit or row.suite),
                time=f"{o.seconds:.3f}",
            )
            if o.skipped:
                ElementTree.SubElement(case, "skipped", message=o.skipped)
            elif o.failed:
                message = f"{o.failed} of {o.failed + o.passed} failed"
                failure = ElementTree.SubElement(case, "failure", message=message)
                failure.text = "\n".join(
                    plain(f"{f.case}: {difference}")
                    for f in o.failures
                    for difference in f.differences
                )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
