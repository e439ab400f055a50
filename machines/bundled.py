"""What comes with this project beside its machines: found by name, as commands are.

Games, exams and benchmarks are made for the machines, and use them; so nothing here imports them.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

#: Module of each thing.
MODULES = {
    "games": "roms_test.games",
    "player": "roms_test.games.gardener",
    "suites": "roms_test.harness.suites",
}


def games() -> ModuleType:
    """The games that are written for the boards here, with their sources."""
    return import_module(MODULES["games"])


def gardener() -> ModuleType:
    """A player of one of the games."""
    return import_module(MODULES["player"])


def suites() -> list[str]:
    """Names of the test suites."""
    return list(import_module(MODULES["suites"]).SUITES)
