"""A pytest plugin: machines for tests, each fresh and cheap.

    def test_a_coin_counts(emu_machine):
        machine = emu_machine("invaders", engine="interp")
        machine.press("coin")
        machine.run(frames=30)
        assert machine.memory[0x20EB] == 1

Installed with emucore; ``pytest --emu-engine reference`` chooses the engine of machines that name
none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import machines
from emucore.machine import Machine

Loader = Callable[..., Machine]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--emu-engine``."""
    group = parser.getgroup("emucore")
    group.addoption("--emu-engine", default="interp", help="engine of emu_machine's machines")


@pytest.fixture(scope="session")
def _emu_loaded() -> dict[object, Machine]:
    """Machines just powered on, which tests get clones of."""
    return {}


@pytest.fixture
def emu_machine(request: pytest.FixtureRequest, _emu_loaded: dict[object, Machine]) -> Loader:
    """A function with the arguments of :func:`machines.load`: a machine just powered on.

    What is asked for again is not loaded again: a clone takes less than a millisecond.
    """

    def load(
        name: str,
        path: str | Path | None = None,
        *,
        cpu: str | None = None,
        engine: str | None = None,
        media: Mapping[str, str | Path] | None = None,
        **options: str | int,
    ) -> Machine:
        engine = engine or str(request.config.getoption("--emu-engine"))
        slots = sorted((media or {}).items())
        versions = (_version(path), *((slot, _version(each)) for slot, each in slots))
        key = (name, versions, cpu, engine, *sorted(options.items()))
        if key not in _emu_loaded:
            _emu_loaded[key] = machines.load(
                name, path, cpu=cpu, engine=engine, media=media, through=(), **options
            )
        return _emu_loaded[key].clone()

    return load


def _version(path: str | Path | None) -> object:
    """What tells whether media are still the same."""
    if path is None:
        return None
    path = Path(path).absolute()
    if path.is_dir():
        return path, *((p.name, _changed(p)) for p in sorted(path.iterdir()))
    return path, _changed(path)


def _changed(path: Path) -> int | None:
    """When *path* was changed last, in nanoseconds; None if there is nothing, as behind a link."""
    return path.stat().st_mtime_ns if path.exists() else None
