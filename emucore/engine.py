"""What runs a machine: the engines, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from emucore.machine import Machine


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


#: Engines by name; each entry makes an engine for a machine.  The jit package adds its own.
ENGINES: dict[str, Callable[[Machine], Engine]] = {}
