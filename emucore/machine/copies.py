"""A machine in another process: how it is made there, and the state that it goes on from."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any

from emucore.base.errors import MachineError
from emucore.base.medium import Medium
from emucore.body.cheats import Cheats
from emucore.body.runner import Runner
from emucore.body.symbols import Symbols

#: A function that makes such a machine, just powered on, and its keywords; pickle takes both.
Origin = tuple[Callable[..., Runner], Mapping[str, Any]]


class NotPicklable(MachineError, pickle.PicklingError):
    """A machine of which another process could not make one like it."""


def reduced(machine: Runner, origin: Origin | None) -> tuple[Any, ...]:
    """What pickle keeps of a machine: see :meth:`object.__reduce__`."""
    from emucore.history import snapshot

    if origin is None:
        raise NotPicklable(
            f"{machine.board.name} was made from a Board in this process, which another cannot"
            " have: pickle takes machines of machines.load(); or pickle its state_bytes()"
        )
    make, keywords = origin
    symbols = {name: dict(each) for name, each in machine.labels.items()}
    rest = machine.engine_name, snapshot.to_bytes(machine), symbols, dict(machine.cheats)
    return _restored, (make, dict(keywords), *rest, dict(machine.media))


def _restored(
    make: Callable[..., Runner],
    keywords: dict[str, Any],
    engine: str,
    state: bytes,
    symbols: dict[str, dict[str, int]],
    cheats: dict[int, int],
    media: dict[str, Medium | None],
) -> Runner:
    from emucore.history import snapshot

    machine = make(**keywords)
    for slot, medium in media.items():
        if medium is not None:
            machine.insert(slot, medium)
    snapshot.from_bytes(machine, state)
    machine.use(engine)
    machine.labels = {name: Symbols(each) for name, each in symbols.items()}
    machine.cheats = Cheats(cheats)
    return machine
