"""What a benchmark found, as data, as tables, and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

from roms_test.bench.measure import Period, Timing


@dataclass(frozen=True)
class KernelResult:
    """A kernel on a CPU: guest instructions a second by subject (engine or peer)."""

    cpu: str
    kernel: str
    period: Period
    timings: dict[str, Timing]


@dataclass(frozen=True)
class MachineResult:
    """A machine: times real time by subject."""

    machine: str
    frames_per_second: float  # of the real one
    timings: dict[str, Timing]


@dataclass
class Results:
    """All of it."""

    cpu_time: bool = False  # measured, not time passed
    kernels: list[KernelResult] = field(default_factory=list)
    machines: list[MachineResult] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)  # what → why

    def subjects(self) -> list[str]:
        """Engines and peers on kernels, in the order they came."""
        return list(dict.fromkeys(name for k in self.kernels for name in k.timings))

    def mean(self, subject: str, cpu: str | None = None) -> float | None:
        """Geometric mean of a subject's instructions a second over the kernels (of *cpu*).

        None where it did not run all of them: means of different kernels do not compare.
        """
        timings = [k.timings.get(subject) for k in self.kernels if cpu in (None, k.cpu)]
        rates = [timing.middle for timing in timings if timing is not None]
        return geometric_mean(rates) if rates and len(rates) == len(timings) else None

    def cpus(self) -> list[str]:
        """CPUs whose kernels were run."""
        return list(dict.fromkeys(k.cpu for k in self.kernels))

    def data(self) -> dict[str, Any]:
        """For JSON.  Rates are instructions a second, or times real time."""
        return {
            "host": host(),
            "seconds": "processor" if self.cpu_time else "passed",
            "kernels": [
                {
                    "cpu": k.cpu,
                    "kernel": k.kernel,
                    "round": asdict(k.period),
                    "instructions_per_second": _timings(k.timings),
                    "ratios": _ratios(k.timings),
                }
                for k in self.kernels
            ],
            "geometric_means": {
                name: {"all": self.mean(name)} | {cpu: self.mean(name, cpu) for cpu in self.cpus()}
                for name in self.subjects()
            },
            "machines": [
                {
                    "machine": m.machine,
                    "frames_per_second": m.frames_per_second,
                    "times_real_time": _timings(m.timings),
                    "ratios": _ratios(m.timings),
                }
                for m in self.machines
            ],
            "skipped": self.skipped,
        }


def _timings(timings: dict[str, Timing]) -> dict[str, Any]:
    return {
        name: {"median": t.middle, "spread": t.spread, "runs": list(t.rates)}
        for name, t in timings.items()
    }


def _ratios(timings: dict[str, Timing]) -> dict[str, float]:
    """How many times as fast the first subject is as each other: the median of paired runs."""
    (first, rates), *others = ((name, timing.rates) for name, timing in timings.items())
    return {
        f"{first} / {name}": median(a / b for a, b in zip(rates, row, strict=True))
        for name, row in others
        if len(row) == len(rates)
    }


def host() -> dict[str, Any]:
    """The computer and the software that were measured."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("emucore", "llvmlite", "numba", "numpy")},
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def show(results: Results) -> None:
    """Print tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if results.kernels:
        table = Table(title="Million guest instructions a second (median, and spread of the runs)")
        table.add_column("kernel")
        subjects = results.subjects()
        for name in subjects:
            table.add_column(name, justify="right")
        for k in results.kernels:
            cells = [_cell(k.timings.get(name), 1e-6) for name in subjects]
            table.add_row(f"{k.cpu}/{k.kernel}", *cells)
        table.add_section()
        for cpu in results.cpus():
            table.add_row(f"{cpu}, mean", *_means(results, subjects, cpu))
        table.add_row("geometric mean", *_means(results, subjects, None), style="bold")
        console.print(table)
    if results.machines:
        table = Table(title="Times real time, with picture and sound")
        table.add_column("machine")
        subjects = list(dict.fromkeys(name for m in results.machines for name in m.timings))
        for name in subjects:
            table.add_column(name, justify="right")
        for m in results.machines:
            table.add_row(m.machine, *(_cell(m.timings.get(name), 1) for name in subjects))
        console.print(table)
    for what, why in results.skipped.items():
        console.print(f"skipped: {what}: {why}", markup=False, highlight=False)


def _cell(timing: Timing | None, unit: float) -> str:
    if timing is None:
        return "-"
    return f"{_number(timing.middle * unit)} ±{timing.spread / 2:.0%}"


def _means(results: Results, subjects: Iterable[str], cpu: str | None) -> list[str]:
    means = (results.mean(name, cpu) for name in subjects)
    return ["-" if mean is None else _number(mean * 1e-6) for mean in means]


def _number(value: float) -> str:
    """Three figures."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
