"""Thistledown, the game that comes with emucore, as an environment.

Where its score and lives are is what the assembler says of its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emucore.machine import Machine
from machines.bundled import gardener
from machines.gym.game import Game, GameEnv
from machines.gym.vector import GameVectorEnv


def _symbols() -> Mapping[str, int]:
    """Where the game's variables are."""
    found: Mapping[str, int] = gardener().symbols()
    return found


def _ram() -> tuple[int, int]:
    """The work memory: variables, sprites, stack."""
    return _symbols()["RAM"], _symbols()["STACK"] - 1


def _vary(machine: Machine, number: int) -> None:
    """Set the game's shift register of random numbers, which is never 0."""
    at = _symbols()["random"]
    machine.memory[at : at + 2] = (1 + number % 0xFFFF).to_bytes(2, "little")


def _begin(machine: Machine) -> None:
    gardener().Gardener(machine).start()


def _score(machine: Machine) -> int:
    return int(gardener().Gardener(machine).score)


def _lives(machine: Machine) -> int:
    return int(gardener().Gardener(machine).lives)


# Functions with names, no lambdas: environments are pickled.
THISTLEDOWN = Game(
    machine="invaders",
    actions={
        "NOOP": (),
        "FIRE": ("fire",),
        "RIGHT": ("right",),
        "LEFT": ("left",),
        "RIGHTFIRE": ("right", "fire"),
        "LEFTFIRE": ("left", "fire"),
    },
    trigger="fire",
    ram=_ram,
    begin=_begin,
    vary=_vary,
    score=_score,
    lives=_lives,
)


class ThistledownEnv(GameEnv):
    """``gymnasium.make("emucore/Thistledown-v0", ...)``: see :class:`GameEnv` for the options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(THISTLEDOWN, **options)


class ThistledownVectorEnv(GameVectorEnv):
    """``gymnasium.make_vec("emucore/Thistledown-v0", ...)``: see :class:`GameVectorEnv`."""

    def __init__(self, num_envs: int = 1, **options: Any) -> None:
        super().__init__(THISTLEDOWN, num_envs, **options)
