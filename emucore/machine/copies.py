"""A machine in another process: how it is made there, and the state that it goes on from."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from emucore.base.errors import MachineError
from emucore.body.cheats import Cheats
from emucore.body.symbols import Symbols

if TYPE_CHECKING:
    from emucore.machine.machine import Machine

#: A function that makes such a machine, just powered on, and its keywords; pickle takes both.
Origin = tuple[Callable[..., "Machine"], Mapping[str, Any]]


class NotPicklable(MachineError, pickle.PicklingError):
    """A machine of which another process could not make one like it."""


def reduced(machine: Machine) -> tuple[Any, ...]:
    """What pickle keeps of a machine: see :meth:`object.__reduce__`."""
    if machine.origin is None:
        raise NotPicklable(
            f"{machine.board.name} was made from a Board in this process, which another cannot"
            " have: pickle takes machines of machines.load(); or pickle its state_bytes()"
        )
    make, keywords = machine.origin
    symbols = {name: dict(each) for name, each in machine.labels.items()}
    rest = machine.engine_name, machine.state_bytes(), symbols, dict(machine.cheats)
    return _restored, (make, dict(keywords), *rest)


def _restored(
    make: Callable[..., Machine],
    keywords: dict[str, Any],
    engine: str,
    state: bytes,
    symbols: dict[str, dict[str, int]],
    cheats: dict[int, int],
) -> Machine:
    machine = make(**keywords)
    machine.load_state_bytes(state)
    machine.use(engine)
    machine.labels = {name: Symbols(each) for name, each in symbols.items()}
    machine.cheats = Cheats(cheats)
    return machine
