"""What runs a machine: the engines, by name.

The reference engine comes with emucore.  Whoever has another one adds it to :data:`ENGINES`, or
lets it be found by its name, without anything being imported: an entry point of the group
``emucore.engines``, the engine's class, in the metadata of the package that it comes with.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib import metadata
from typing import Any, Protocol

from emucore.base.errors import UnknownName
from emucore.body.guest import Guest


class Engine(Protocol):
    """What runs a machine.  State is only in the arena, so engines can take turns."""

    name: str
    #: What a device's function raised, where the engine knows: for whoever mends the device.
    cause: Exception | None

    def run(self, end: int) -> int:
        """Run to master time *end*: 0.

        1 if the machine asked for its host before; 3 if there are hooks to call before it goes on;
        4 if a device went wrong.
        """

    def step(self) -> None:
        """Run one instruction (or what takes its place), and the events due before it."""

    def wait(self) -> None:
        """Return when what is compiled in the background is in use: nothing gets faster then."""

    def close(self) -> None:
        """Finish background work."""

    def statistics(self) -> dict[str, Any]:
        """Counts for people to read."""


#: Group of the entry points of engines.
GROUP = "emucore.engines"

#: Engines by name; each entry makes an engine for a machine.
ENGINES: dict[str, Callable[[Guest], Engine]] = {}

#: Modules of the engines that are always there, which add themselves.
_OWN = {"reference": "emucore.reference.engine"}


def names() -> list[str]:
    """All engines that there are, those not imported yet among them."""
    found = (point.name for point in metadata.entry_points(group=GROUP))
    return list(dict.fromkeys([*_OWN, *ENGINES, *found]))


def find(name: str) -> Callable[[Guest], Engine]:
    """What makes the engine *name*; :class:`UnknownName` listing all, where there is none.

    >>> find("reference").__name__
    'ReferenceEngine'
    """
    if name not in ENGINES:
        if name in _OWN:
            importlib.import_module(_OWN[name])
        else:
            for point in metadata.entry_points(group=GROUP, name=str(name)):
                ENGINES[name] = point.load()
    if name not in ENGINES:
        raise UnknownName("engine", f"no engine {name!r:.40}; there are {', '.join(names())}")
    return ENGINES[name]
