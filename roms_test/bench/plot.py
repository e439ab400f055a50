"""A picture of a benchmark, with matplotlib (the extra ``plot``)."""

from __future__ import annotations

from pathlib import Path

from emucore.base.errors import UserError
from roms_test.bench.results import Results, host


def check() -> None:
    """Complain now, not after minutes of measuring, if matplotlib is not installed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        text = "--plot needs matplotlib: pip install 'emucore[plot]'"
        raise UserError(text) from None


def plot(results: Results, path: Path) -> None:
    """Bars by kernel, a colour by subject, on a logarithmic scale; what they were measured on."""
    from matplotlib.figure import Figure

    subjects = results.subjects()
    kernels = [f"{k.cpu}\n{k.kernel}" for k in results.kernels]
    figure = Figure(figsize=(max(6.0, 0.8 * len(kernels) + 2), 5), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / max(1, len(subjects))
    for i, name in enumerate(subjects):
        shown = [(x, k.timings[name]) for x, k in enumerate(results.kernels) if name in k.timings]
        middles = [t.middle * 1e-6 for _, t in shown]
        low = [m - min(t.rates) * 1e-6 for m, (_, t) in zip(middles, shown, strict=True)]
        high = [max(t.rates) * 1e-6 - m for m, (_, t) in zip(middles, shown, strict=True)]
        places = [x + (i + 0.5) * width - 0.4 for x, _ in shown]
        axes.bar(places, middles, width, yerr=[low, high], label=name)
    axes.set_yscale("log")
    axes.set_ylabel("million guest instructions a second")
    axes.set_xticks(range(len(kernels)), kernels)
    axes.set_xlabel(f"one core of {host()['cpu']}, Python {host()['python']}", color="grey")
    axes.margins(x=0.01)
    figure.legend(loc="outside upper center", ncols=len(subjects), frameon=False)
    figure.savefig(path)
