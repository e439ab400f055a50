"""A game as an environment: its score is the reward, and its last life is the end."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import gymnasium
import numpy as np

from emucore.machine import Machine
from machines.gym.env import Pixels, ScreenEnv

#: What may be seen: the picture in colours or in grey, or the machine's work memory.
OBSERVATIONS = ("rgb", "grey", "ram")
#: How much red, green and blue are of brightness (ITU-R BT.601), as in ALE and OpenCV.
LUMINANCE = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Game:
    """What an environment must know of a game.

    ``actions`` are what a player can do, by its name in ALE and the buttons held for it;
    ``trigger`` is a button that acts when it is pressed, and is let go in between.  ``begin`` leads
    a machine from power-on to where one can play; ``vary`` makes the game that follows another one,
    by a number below 2**32.  ``ram`` is where the work memory is, first and last address.
    """

    machine: str
    actions: Mapping[str, tuple[str, ...]]
    trigger: str
    ram: Callable[[], tuple[int, int]]
    begin: Callable[[Machine], None]
    vary: Callable[[Machine, int], None]
    score: Callable[[Machine], int]
    lives: Callable[[Machine], int]


@dataclass(frozen=True)
class Moment:
    """All that decides what follows in an environment: see :meth:`GameEnv.clone_state`."""

    state: bytes
    score: int
    action: int
    down: frozenset[str]
    random: Mapping[str, Any] | None


class GameEnv(ScreenEnv):
    """*game* on a machine with *engine*; an action is one of :attr:`action_meanings`.

    It is held for *frameskip* frames, in each of which the one before goes on with the probability
    *repeat_action_probability* ("sticky actions").  What is observed is, by *obs_type*, the picture
    as (height, width, 3) or in ``grey`` as (height, width), or the bytes of ``ram``.  The reward is
    what the score has gained; an episode ends with the last life.  It begins where one can play,
    and what the game then does hangs on the seed alone.  ``info`` has ``score`` and ``lives``, and
    as in ALE ``frame_number`` since the machine was switched on, ``episode_frame_number`` and, of a
    reset, ``seeds``: what the game's random numbers come from.

    Raises what :class:`ScreenEnv` does.
    """

    def __init__(
        self,
        game: Game,
        *,
        obs_type: str = "rgb",
        frameskip: int = 4,
        repeat_action_probability: float = 0.25,
        render_mode: str | None = None,
        engine: str = "interp",
        **options: Any,
    ) -> None:
        if obs_type not in OBSERVATIONS:
            raise ValueError(f"obs_type {obs_type!r}: there are {', '.join(OBSERVATIONS)}")
        if not 0 <= repeat_action_probability <= 1:
            raise ValueError(f"repeat_action_probability {repeat_action_probability}: 0 to 1")
        super().__init__(
            game.machine, skip=frameskip, render_mode=render_mode, engine=engine, **options
        )
        self.game, self.obs_type = game, obs_type
        self.repeat_action_probability = repeat_action_probability
        self._held = [frozenset(buttons) for buttons in game.actions.values()]
        self.action_space = gymnasium.spaces.Discrete(len(self._held))
        game.begin(self.machine)
        self._begin = self.machine.arena.state(), self.machine.arena.outputs()
        self._begin_frame = self.machine.frame
        self._action = self._score = 0
        self._down: frozenset[str] = frozenset()
        shape = self._observed().shape
        self.observation_space = gymnasium.spaces.Box(0, 255, shape, np.uint8)

    def twin(self) -> GameEnv:
        """Another environment like this one, on a clone of its machine; to be reset first."""
        other = copy.copy(self)
        other.machine, other._display = self.machine.clone(), None
        other._np_random = None
        return other

    @property
    def action_meanings(self) -> list[str]:
        """What each action does, by ALE's names."""
        return list(self.game.actions)

    def get_action_meanings(self) -> list[str]:
        """:attr:`action_meanings`, as wrappers made for ALE ask for it."""
        return self.action_meanings

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Pixels, dict[str, Any]]:
        """Begin anew; see :class:`gymnasium.Env`."""
        super().reset(seed=seed)
        self.machine.set_state(*self._begin)
        number = int(self.np_random.integers(1 << 32))
        self.game.vary(self.machine, number)
        self._action, self._score = 0, self.game.score(self.machine)
        self._down = frozenset()
        if self.render_mode == "human":
            self._show()
        return self._observed(), {**self._info(), "seeds": (number,)}

    def step(self, action: Any) -> tuple[Pixels, float, bool, bool, dict[str, Any]]:
        """Do an action; see :class:`gymnasium.Env`.  Time limits are a wrapper's."""
        earned, over = self.advance(int(action))
        return self._observed(), earned, over, False, self._info()

    def advance(self, action: int) -> tuple[float, bool]:
        """A step without its observation: what it earned, and whether the game is over."""
        if not 0 <= action < len(self._held):
            raise ValueError(f"action {action}: there are {len(self._held)}")
        sticks = self.np_random.random(self.skip) < self.repeat_action_probability
        for number, stick in enumerate(sticks.tolist()):
            if not stick:
                self._action = action
            held = self._held[self._action]
            if self.skip > 1 and number == self.skip - 1:
                held -= {self.game.trigger}
            self._hold(held)
            self.run(1, seen=number == self.skip - 1)
        before, self._score = self._score, self.game.score(self.machine)
        return float(self._score - before), not self.game.lives(self.machine)

    def _hold(self, held: frozenset[str]) -> None:
        for name in held ^ self._down:
            self.machine.press(name, name in held)
        self._down = held

    # -- what is seen -------------------------------------------------------------------------

    @cached_property
    def _greys(self) -> bytes:
        """The brightness of each colour, by its number."""
        picture = self.machine.board.picture
        assert picture is not None
        greys = np.rint(np.array(picture.palette) @ np.array(LUMINANCE))
        return bytes(greys.astype(np.uint8)).ljust(256, b"\0")

    def _observed(self) -> Pixels:
        machine = self.machine
        if self.obs_type == "ram":
            first, last = self._ram
            return np.frombuffer(machine.memory[first : last + 1], np.uint8).copy()
        if self.obs_type == "rgb":
            return machine.screen
        picture = machine.board.picture
        assert picture is not None
        pixels = machine.arena[f"{picture.device.name}.{picture.pixels}"]
        greys = np.frombuffer(pixels.tobytes().translate(self._greys), np.uint8)
        return np.ascontiguousarray(np.rot90(greys.reshape(pixels.shape), -picture.rotate // 90))

    @cached_property
    def _ram(self) -> tuple[int, int]:
        return self.game.ram()

    def _info(self) -> dict[str, Any]:
        frame = self.machine.frame
        return {
            "score": self._score,
            "lives": self.game.lives(self.machine),
            "frame_number": frame,
            "episode_frame_number": frame - self._begin_frame,
        }

    # -- going back and trying something else -------------------------------------------------

    def clone_state(self, include_rng: bool = False) -> Moment:
        """The present moment, for :meth:`restore_state`; it is good in other environments of the
        game too.  *include_rng*: with it, sticky actions will stick as they would have here.
        """
        random = copy.deepcopy(self.np_random.bit_generator.state) if include_rng else None
        state = self.machine.arena.state()
        return Moment(state, self._score, self._action, self._down, random)

    def restore_state(self, moment: Moment) -> None:
        """Go on from *moment*."""
        self.machine.set_state(moment.state)
        self._score, self._action, self._down = moment.score, moment.action, moment.down
        if moment.random is not None:
            self.np_random.bit_generator.state = moment.random
