"""Choosing what to run: suites and units by name, samples, and what is left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emucore.base.errors import UserError
from roms_test.harness.case import Failure
from roms_test.harness.edition import edition
from roms_test.harness.suites import SUITES, Own, Suite, Unit, suite

#: Engines that take the exams if none is asked for.
ENGINES = ("reference", "interp")

#: Units of more instructions are left out unless all are asked for, and unless named: by engine.
USUAL = {"reference": 1_000_000}
USUAL_OTHERS = 2_000_000_000
#: The same if all are asked for.
ALL = {"reference": 50_000_000}


@dataclass(frozen=True)
class Job:
    """One unit on one engine, of an edition of a suite."""

    suite: str
    folder: Path
    unit: str
    engine: str
    whole: bool
    edition: str = ""


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
    edition: str = ""


#: What to run or why not, in the order of the report.
Plan = list[Job | Outcome]


def plan(
    names: Sequence[str],
    root: Path | None = None,
    manifests: Sequence[Path] = (),
    engines: Sequence[str] = (),
    *,
    whole: bool = False,
) -> Plan:
    """The plan for the suites or units *names* under the folder *root*, and for *manifests*.

    Without names, all suites are meant, but none if there are manifests.  ``whole`` takes every
    case where a sample is usual, and long programs.  A unit that is named is always run, and whole.
    Raises :class:`UserError` for what there is not.
    """
    rows: Plan = []
    if names or not manifests:
        if root is None:
            raise UserError("no suites: give --suites DIR, set EMU_SUITES, or give --manifest FILE")
        if not root.is_dir():
            raise UserError(f"{root}: no such folder")
        for known, wanted in choose(names):
            rows += _rows(known, root / known.name, wanted, engines, whole)
    for path in manifests:
        own = suite(str(path))
        assert isinstance(own, Own)
        rows += _rows(own, path, "", engines, whole)
    return rows


def choose(names: Sequence[str]) -> list[tuple[Suite, str]]:
    """Suites for *names*, each with the unit that is asked for or "" for all; all without names.

    :class:`UserError` for a name that is neither a suite, nor in one, nor a folder of some.
    """
    chosen: list[tuple[Suite, str]] = []
    for name in [n.rstrip("/") for n in names] or [""]:
        inside = [s for s in SUITES.values() if f"{s.name}/".startswith(f"{name}/") or not name]
        chosen += [(known, "") for known in inside]
        if not inside:
            owner = next((s for s in SUITES.values() if name.startswith(f"{s.name}/")), None)
            if owner is None:
                raise UserError(f"no suite {name!r}; there are {', '.join(SUITES)}")
            chosen.append((owner, name.removeprefix(f"{owner.name}/")))
    return list(dict.fromkeys(chosen))


def _rows(known: Suite, folder: Path, wanted: str, engines: Sequence[str], whole: bool) -> Plan:
    """The plan of one suite: of its unit *wanted*, or of all."""
    asked = engines or ENGINES
    if not folder.exists():
        return [Outcome(known.name, wanted, e, skipped=f"no folder {folder}") for e in asked]
    units = known.units(folder)
    absent = known.left_out(folder)
    if wanted:
        units = [unit for unit in units if unit.name == wanted]
        absent = {name: reason for name, reason in absent.items() if name == wanted}
        if not units and not absent:
            raise UserError(f"{known.name} has no {wanted!r}")
    rows: Plan = []
    named = edition(folder)
    for unit in units:
        for engine in engines or unit.engines or ENGINES:
            reason = "" if wanted else _reason(unit, engine, whole)
            if reason:
                rows.append(Outcome(known.name, unit.name, engine, skipped=reason, edition=named))
            else:
                every = whole or bool(wanted) or engine != "reference"
                rows.append(Job(known.name, folder, unit.name, engine, every, named))
    for name, reason in absent.items():
        for engine in asked:
            rows.append(Outcome(known.name, name, engine, skipped=reason, edition=named))
    return rows


def _reason(unit: Unit, engine: str, whole: bool) -> str:
    """Why not to run *unit* on *engine*; empty if nothing speaks against it."""
    if unit.engines and engine not in unit.engines:
        return f"it is for {' and '.join(unit.engines)}"
    most = ALL.get(engine) if whole else USUAL.get(engine, USUAL_OTHERS)
    if most is None or unit.instructions <= most:
        return ""
    how = "by name" if whole else "--all, or by name"
    return f"about {unit.instructions:,} instructions ({how})"
