"""A machine as a Gymnasium environment; needs the extra ``gym``.

    env = MachineEnv("invaders", buttons=("left", "right", "fire"), reward=score)
    picture, info = env.reset(seed=1)
    picture, reward, terminated, truncated, info = env.step([0, 1, 1])

Or, by name: ``gymnasium.make("emucore/Machine-v0", machine="invaders")``.

An observation is the picture, red, green and blue; an action says for each button whether it is
held.  What is good and when it is over is the game's affair: two functions of the machine, which
look into its memory.  :attr:`MachineEnv.machine` is the machine itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

import machines
from emucore.machine import Machine, MachineError

Picture = npt.NDArray[np.uint8]
Action = npt.NDArray[np.int8]

ID = "emucore/Machine-v0"


class MachineEnv(gymnasium.Env[Picture, Action]):
    """Each step holds the buttons of an action for *skip* frames.

    An episode begins where *machine* is: powered on, if it is a name (with :func:`machines.load`'s
    *options*), or in the state of a machine given, which is not touched.  *reward* is a running
    total of which a step earns the increase; *over* tells when the episode has ended.  *noops* is
    the most frames that pass before an episode, as many as the seed has it.

    Raises :class:`MachineError` for a machine without a screen and for buttons that it lacks,
    :class:`ValueError` for numbers that make no sense, and :class:`TypeError` for options of a
    machine that is there already.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 60}

    def __init__(
        self,
        machine: Machine | str = "invaders",
        *,
        buttons: Sequence[str] | None = None,
        reward: Callable[[Machine], float] | None = None,
        over: Callable[[Machine], bool] | None = None,
        skip: int = 4,
        noops: int = 0,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if options and not isinstance(machine, str):
            raise TypeError(f"{', '.join(options)}: options are for a machine given by name")
        if skip < 1 or noops < 0:
            raise ValueError(f"skip {skip}, noops {noops}: there are skip from 1, noops from 0")
        loaded = machines.load(machine, **options) if isinstance(machine, str) else machine
        self.machine = loaded.clone()
        board = self.machine.board
        if board.picture is None:
            raise MachineError(f"{board.name} has no screen")
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode {render_mode!r}: there is rgb_array")
        self.buttons = tuple(board.inputs) if buttons is None else tuple(buttons)
        for name in self.buttons:
            self.machine.panel.button(name)
        self.skip, self.noops, self.render_mode = skip, noops, render_mode
        self.metadata = {**self.metadata, "render_fps": board.clock_hz / board.frame_ticks / skip}
        self.observation_space = gymnasium.spaces.Box(0, 255, self.machine.screen.shape, np.uint8)
        self.action_space = gymnasium.spaces.MultiBinary(len(self.buttons))
        self._reward = reward or (lambda machine: 0.0)
        self._over = over or (lambda machine: False)
        self._begin = self.machine.arena.state()
        self._total = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Picture, dict[str, Any]]:
        """Begin anew; see :class:`gymnasium.Env`."""
        super().reset(seed=seed)
        self.machine.set_state(self._begin)
        if self.noops:
            self.machine.run(int(self.np_random.integers(self.noops + 1)))
        self._total = self._reward(self.machine)
        return self.machine.screen, self._info()

    def step(self, action: Action) -> tuple[Picture, float, bool, bool, dict[str, Any]]:
        """Hold the buttons; see :class:`gymnasium.Env`.  Episodes are not cut short."""
        for name, held in zip(self.buttons, action, strict=True):
            self.machine.press(name, bool(held))
        self.machine.run(self.skip)
        before, self._total = self._total, self._reward(self.machine)
        earned = float(self._total - before)
        return self.machine.screen, earned, self._over(self.machine), False, self._info()

    def render(self) -> Picture | None:
        """The picture, in the mode ``rgb_array``."""
        return self.machine.screen if self.render_mode == "rgb_array" else None

    def _info(self) -> dict[str, Any]:
        return {"frame": self.machine.frame}


def register() -> None:
    """Make :data:`ID` known to ``gymnasium.make``, which calls this itself."""
    if ID not in gymnasium.registry:
        gymnasium.register(ID, entry_point=MachineEnv)
