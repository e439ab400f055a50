"""How fast engines run a machine here, measured on a clone of it, and the page that chooses one."""

from __future__ import annotations

import time

from emucore.base.errors import UserError
from emucore.machine import Machine
from machines.host.menu.model import Item, Page
from machines.host.menu.played import Session
from machines.host.profile.settings import PLAYED

#: Seconds that a clone is run to become warm, to be measured, and between two looks at the clock.
WARM, MEASURED, LOOK = 0.4, 0.2, 0.01

#: What the menu calls an engine, and what there is to say of it.
WORDS = {
    "interp": ("Interpreter", "Fast from the first frame on"),
    "jit": ("JIT", "Makes host code of what runs often, which takes it a while"),
    "reference": ("Reference", "The definition that the others are compared with"),
}


def title(engine: str) -> str:
    """What the menu calls *engine*."""
    return WORDS[engine][0] if engine in WORDS else engine


def speed(machine: Machine, engine: str) -> float:
    """How many times as fast as the machine's own clock *engine* runs it on from where it is.

    The machine itself is not touched.  Raises :class:`UserError` where the engine cannot be had.
    """
    clone = machine.clone()
    clone.host = None
    used = clone.use(engine)
    try:
        _run(clone, WARM)
        frames, seconds = _run(clone, MEASURED)
    finally:
        used.close()
    return frames * machine.board.frame_ticks / machine.board.clock_hz / seconds


def _run(machine: Machine, seconds: float) -> tuple[int, float]:
    """Run frames for so long; how many there were, and the time that they took."""
    begin = now = time.perf_counter()
    frames, at_once = 0, 1
    while now - begin < seconds and machine.run_frames(at_once) == at_once:
        frames += at_once
        before, now = now, time.perf_counter()
        if now - before < LOOK:
            at_once *= 2
    return frames, max(now - begin, 1e-9)


def shown(times: float) -> str:
    """A speed in words."""
    return f"{times:,.0f} times real speed" if times >= 10 else f"{times:.1f} times real speed"


def engine_page(session: Session) -> Page:
    """The engines that can be played on, each with its speed in this very moment of the game."""
    engine = session.machine.engine
    now = engine.name if engine is not None else ""
    names = [*PLAYED, *([now] if now and now not in PLAYED else [])]
    session.say_now("Measuring engines …")
    measured = {name: _measured(session, name) for name in names}
    session.player.say("")

    def item(name: str) -> Item:
        current = session.machine.engine
        used = " (in use)" if current is not None and current.name == name else ""
        note = f"{WORDS[name][1]}. Measured now, from this moment of the game on."
        return Item(title(name) + used, measured[name], lambda: session.use_engine(name), note=note)

    return Page("Engine", lambda: [item(name) for name in names], names.index(now) if now else 0)


def _measured(session: Session, name: str) -> str:
    try:
        return shown(speed(session.machine, name))
    except UserError as error:
        return str(error)
