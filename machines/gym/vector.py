"""Many games at once in one process: clones of one machine, on threads.

The engines run without Python's lock, so that as many machines run at a time as there are cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from machines.gym.env import Pixels
from machines.gym.game import Game, GameEnv

Step = tuple[Pixels, float, bool, dict[str, Any]]


class GameVectorEnv(gymnasium.vector.VectorEnv[Pixels, Any, Any]):
    """*num_envs* games; *options* are those of :class:`GameEnv`, the mode ``human`` excepted.

    They do what as many environments in a :class:`gymnasium.vector.SyncVectorEnv` would, to the
    bit.  An episode is cut off after *max_episode_steps* (None: never).  Whether one that has ended
    begins anew in the next step, in the same one or when it is told is *autoreset_mode*, as
    Gymnasium defines it.  *threads* is how many run at a time, as a rule one for each core.

    What :meth:`step` and :meth:`reset` return is the caller's.  Raises what :class:`GameEnv` does.
    """

    def __init__(
        self,
        game: Game,
        num_envs: int,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        threads: int | None = None,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs {num_envs}: there is one at least")
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode {render_mode!r}: a vector of them has rgb_array")
        first = GameEnv(game, render_mode=render_mode, **options)
        self.envs = [first, *(first.twin() for _ in range(num_envs - 1))]
        self.num_envs, self.render_mode = num_envs, render_mode
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        modes = {"render_modes": ["rgb_array"], "autoreset_mode": self.autoreset_mode}
        self.metadata = {**first.metadata, **modes}
        self.single_observation_space = first.observation_space
        self.single_action_space = first.action_space
        self.observation_space = batch_space(first.observation_space, num_envs)
        self.action_space = batch_space(first.action_space, num_envs)
        self.max_episode_steps = max_episode_steps
        self._steps = np.zeros(num_envs, np.int64)
        self._ended = np.zeros(num_envs, np.bool_)
        workers = min(num_envs, threads or os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(workers, "game") if workers > 1 else None
        #: Which of them each thread does: as many each, so that one hand-over does for all.
        self._shares = [range(number, num_envs, workers) for number in range(workers)]

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Pixels, dict[str, Any]]:
        """Begin all anew, or those of ``options["reset_mask"]``; see
        :class:`gymnasium.vector.VectorEnv`.  A number is the first one's seed, and the next number
        the next one's.
        """
        count = self.num_envs
        if seed is None or isinstance(seed, int):
            seeds: list[int | None] = [None if seed is None else seed + i for i in range(count)]
        else:
            seeds = list(seed)
        if len(seeds) != count:
            raise ValueError(f"{len(seeds)} seeds for {count} environments")
        options = dict(options or {})
        mask = options.pop("reset_mask", None)
        if mask is None:
            mask = np.ones(count, np.bool_)
        elif np.asarray(mask).shape != (count,) or np.asarray(mask).dtype != np.bool_:
            raise ValueError(f"reset_mask: {count} truth values tell which begin anew")
        observations = np.empty(self.observation_space.shape or (), np.uint8)
        infos: dict[str, Any] = {}
        for i, env in enumerate(self.envs):
            if mask[i]:
                observations[i], info = env.reset(seed=seeds[i], options=options)
                infos = self._add_info(infos, info, i)
                self._steps[i], self._ended[i] = 0, False
            else:
                observations[i] = env._observed()
        return observations, infos

    def step(
        self, actions: Any
    ) -> tuple[
        Pixels,
        npt.NDArray[np.float64],
        npt.NDArray[np.bool_],
        npt.NDArray[np.bool_],
        dict[str, Any],
    ]:
        """Do an action in each; see :class:`gymnasium.vector.VectorEnv`."""
        chosen = np.asarray(actions)
        if chosen.shape != (self.num_envs,):
            raise ValueError(f"actions of shape {chosen.shape}: there are {self.num_envs}")
        if self.autoreset_mode is AutoresetMode.DISABLED and self._ended.any():
            raise ValueError("an episode has ended: reset it, by options reset_mask")
        observations = np.empty(self.observation_space.shape or (), np.uint8)
        rewards = np.zeros(self.num_envs)
        terminated = np.zeros(self.num_envs, np.bool_)
        news: list[dict[str, Any]] = [{}] * self.num_envs
        fresh = self._ended.copy()  # those whose step is their reset

        def do(share: range) -> None:
            for i in share:
                env = self.envs[i]
                if fresh[i]:
                    observations[i], news[i] = env.reset()
                else:
                    rewards[i], terminated[i] = env.advance(int(chosen[i]))
                    observations[i], news[i] = env._observed(), env._info()

        self._spread(do)
        self._steps = np.where(fresh, 0, self._steps + 1)
        truncated = np.zeros(self.num_envs, np.bool_)
        if self.max_episode_steps is not None:
            truncated = self._steps >= self.max_episode_steps
        self._ended = terminated | truncated
        infos: dict[str, Any] = {}
        for i, info in enumerate(news):
            if self._ended[i] and self.autoreset_mode is AutoresetMode.SAME_STEP:
                final = {"final_obs": observations[i].copy(), "final_info": info}
                infos = self._add_info(infos, final, i)
                observations[i], info = self.envs[i].reset()
                self._steps[i], self._ended[i] = 0, False
            infos = self._add_info(infos, info, i)
        return observations, rewards, terminated, truncated, infos

    def _spread(self, do: Callable[[range], None]) -> None:
        """Have *do* done for all, by the threads if there are several."""
        if self._pool is None:
            do(self._shares[0])
        else:
            list(self._pool.map(do, self._shares))

    def render(self) -> tuple[Pixels, ...] | None:
        """The pictures, in the mode ``rgb_array``."""
        return tuple(env.machine.screen for env in self.envs) if self.render_mode else None

    def close_extras(self, **kwargs: Any) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()
        for env in self.envs:
            env.close()
