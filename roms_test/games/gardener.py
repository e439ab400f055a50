"""A player for Thistledown: a script that sees the game's variables and presses buttons.

    machine = machines.load("invaders")
    gardener = Gardener(machine)
    gardener.start()
    while gardener.lives and gardener.wave < 2:
        gardener.play()

What it sees is what a learner is rewarded for in :mod:`machines.gym`.

As a program it plays until its last mower is lost, and tells how it went:

    python -m roms_test.games.gardener
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from emucore.machine import Machine
from roms_test import games

SPRITE, SHAPE, STATE = 16, 2, 8  # length of a sprite's record, and where things are in it
FLYING = 1
MOWER_MIDDLE = 6  # from a mower's left edge
#: Frames in which a game has begun after a coin.
PATIENCE = 1200
WISP_MIDDLE, HORNET_MIDDLE, SPINE_MIDDLE = 4, 7, 1
GROUND, SHOT_SPEED = 32, 5  # where a shot begins, and pixels a frame


class Thing(NamedTuple):
    """Something that flies: the column of its middle, and how high it is."""

    x: int
    y: int


@cache
def symbols() -> Mapping[str, int]:
    """Where the game's variables are."""
    return games.symbols("thistledown")


class Gardener:
    """A player at *machine*'s controls."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.symbols = symbols()
        self.memory = machine.memory

    # -- what it sees -------------------------------------------------------------------------

    def byte(self, name: str, at: int = 0) -> int:
        """The variable *name*, or the byte *at* bytes behind its first."""
        return self.memory[self.symbols[name] + at]

    @property
    def score(self) -> int:
        """The score, of the player whose turn it is."""
        return int("".join(f"{self.byte('score', i):02x}" for i in (2, 1, 0)))

    @property
    def wave(self) -> int:
        """The wave, from 1."""
        return self.byte("wave")

    @property
    def lives(self) -> int:
        """Mowers left, with the one in use."""
        return self.byte("lives")

    def flying(self, name: str, count: int, middle: int) -> Iterator[Thing]:
        """Those of *count* sprites that are in the air."""
        for at in range(0, count * SPRITE, SPRITE):
            if self.byte(name, at + STATE) == FLYING:
                yield Thing(self.byte(name, at) + middle, self.byte(name, at + 1))

    # -- what it does -------------------------------------------------------------------------

    def tap(self, button: str, frames: int = 4) -> None:
        """Press a button, and let it go."""
        self.machine.press(button)
        self.machine.run(frames)
        self.machine.release(button)
        self.machine.run(2)

    def start(self) -> None:
        """Insert a coin and start a game for one; returns when there is a mower to steer."""
        self.machine.run(20)
        self.tap("coin")
        self.tap("start1")
        for _ in range(PATIENCE):
            if self.byte("playing") and self.byte("mower", 3):
                return
            self.machine.run(1)
        raise RuntimeError("no game has begun: is this another program?")

    def play(self) -> None:
        """Play one frame."""
        mower = self.byte("mower") + MOWER_MIDDLE
        goal = self.goal()
        aimed = abs(goal - mower) < 5
        for danger in self.dangers(mower):  # out of the way first of all, but not into the wall
            aimed = False
            goal = 112 if not 20 < mower < 203 else 0 if mower < danger.x else 224
        self.machine.press("left", goal < mower - 1)
        self.machine.press("right", goal > mower + 1)
        self.machine.press("fire", aimed and self.machine.frame % 4 < 2)
        self.machine.run(1)

    def dangers(self, mower: int) -> Iterator[Thing]:
        """What is about to come down on the mower: spines, and wisps that no shot will reach."""
        loaded = not self.byte("shot", SHAPE + 1)
        for wisp in self.flying("wisps", 10, WISP_MIDDLE):
            beside = abs(wisp.x - mower)
            if wisp.y < 50 and beside < 14 and not (loaded and beside < 5):
                yield wisp
        for spine in self.flying("spines", 3, SPINE_MIDDLE):
            if spine.y < 80 and abs(spine.x - mower) < 12:
                yield spine

    def goal(self) -> int:
        """The column to be in: below the hornet's way, if there is time for it, or the lowest."""
        lowest = min(self.flying("wisps", 10, WISP_MIDDLE), key=lambda w: w.y, default=None)
        for hornet in self.flying("hornet", 1, HORNET_MIDDLE):
            step = self.byte("hornet_step")
            ahead = (step - 256 if step > 127 else step) * (hornet.y - GROUND) // SHOT_SPEED
            if 8 < hornet.x + ahead < 216 and (lowest is None or lowest.y > 60):
                return hornet.x + ahead
        return lowest.x if lowest else 112


def main() -> None:
    """Play one game."""
    import machines

    gardener = Gardener(machines.load("invaders"))
    gardener.start()
    shown = 0
    while gardener.lives:
        gardener.play()
        if gardener.wave != shown:
            shown = gardener.wave
            print(f"wave {shown}: {gardener.score} points, {gardener.lives} mowers")
    print(f"game over: {gardener.score} points, {gardener.machine.frame / 59.54:.0f} seconds")


if __name__ == "__main__":
    main()
