"""Playing a machine in a window, from its first frame to its last."""

from __future__ import annotations

import gc
from typing import Any

from emucore.machine import Machine
from machines.host.base.stopping import Stop
from machines.host.profile import folders
from machines.host.profile.library import Entry
from machines.host.profile.settings import Settings
from machines.host.session.session import Session

__all__ = ["Session", "play"]


def play(
    machine: Machine,
    entry: Entry,
    settings: Settings | None = None,
    *,
    scale: int = 0,
    max_frames: int | None = None,
    muted: bool = False,
    pick: bool = False,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Play *machine* until the person ends it, or for *max_frames*; statistics of the session.

    *scale* is the size of the picture's dots on the screen, 0 for what suits; *pick* begins with
    the picker of games; *stop* ends it as Esc does.  Raises :class:`MachineError` where there is no
    screen.
    """
    session = Session(
        machine,
        entry,
        settings,
        data=folders.data(),
        screenshots=folders.screenshots(),
        scale=scale,
        muted=muted,
        most=max_frames,
    )
    gc.freeze()  # what was imported stays: looking through it again would take a frame's time
    try:
        if pick:
            session.pick()
        while not session.over and not stop:
            session.step()
    finally:
        gc.unfreeze()
        session.close()
    return session.statistics()
