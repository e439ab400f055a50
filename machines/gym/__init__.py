"""Machines as Gymnasium environments; needs the extra ``gym``.

Importing this makes their names known, as importing ``ale_py`` does for its own:

    import gymnasium
    import machines.gym

    env = gymnasium.make("emucore/Thistledown-v0", obs_type="grey")
    envs = gymnasium.make_vec("emucore/Thistledown-v0", num_envs=8)
    env = gymnasium.make("emucore/Machine-v0", machine="invaders", buttons=("left", "fire"))

The first two know a game: its score is the reward, and an episode ends with the last life; see
:class:`GameEnv` and :class:`GameVectorEnv`.  The last is any machine, with rewards of one's own:
:class:`MachineEnv`.
"""

from __future__ import annotations

import gymnasium

from machines.gym.env import MachineEnv
from machines.gym.game import Game, GameEnv, Moment
from machines.gym.thistledown import THISTLEDOWN, ThistledownEnv, ThistledownVectorEnv
from machines.gym.vector import GameVectorEnv

__all__ = [
    "THISTLEDOWN",
    "Game",
    "GameEnv",
    "GameVectorEnv",
    "MachineEnv",
    "Moment",
    "ThistledownEnv",
    "ThistledownVectorEnv",
    "register",
]

ID, THISTLEDOWN_ID = "emucore/Machine-v0", "emucore/Thistledown-v0"

#: Steps after which an episode is cut off: half an hour at four frames a step, as is usual.
MOST_STEPS = 27_000


def register() -> None:
    """Make the names known to ``gymnasium.make``; importing this module has done so."""
    if ID not in gymnasium.registry:
        gymnasium.register(ID, entry_point="machines.gym:MachineEnv")
    if THISTLEDOWN_ID not in gymnasium.registry:
        gymnasium.register(
            THISTLEDOWN_ID,
            entry_point="machines.gym:ThistledownEnv",
            vector_entry_point="machines.gym:ThistledownVectorEnv",
            max_episode_steps=MOST_STEPS,
        )


register()
