"""Any machine as an environment: its buttons are the action, its picture is what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import numpy.typing as npt

import machines
from emucore.board import Axis, Button, Dial, Gun, Input
from emucore.machine import Machine, MachineError

if TYPE_CHECKING:
    from machines.gym.display import Display

Pixels = npt.NDArray[np.uint8]


class ScreenEnv(gymnasium.Env[Pixels, Any]):
    """What environments of machines share: the machine, its frames and how they are shown.

    It has a clone of *machine*, which is not touched; one given by name is loaded, with
    :func:`machines.load`'s *options*.  In the mode ``rgb_array``, :meth:`render` gives the picture;
    in the mode ``human``, every frame is shown in a window at real speed.

    Raises :class:`MachineError` for a machine without a screen, :class:`ValueError` for numbers and
    modes that there are not, and :class:`TypeError` for options of a machine that is there already.
    """

    metadata: dict[str, Any] = {"render_modes": ["human", "rgb_array"], "render_fps": 60}

    def __init__(
        self, machine: Machine | str, *, skip: int, render_mode: str | None, **options: Any
    ) -> None:
        if options and not isinstance(machine, str):
            raise TypeError(f"{', '.join(options)}: options are for a machine given by name")
        if skip < 1:
            raise ValueError(f"skip {skip}: a step is one frame at least")
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            known = ", ".join(self.metadata["render_modes"])
            raise ValueError(f"render_mode {render_mode!r}: there are {known}")
        loaded = machines.load(machine, **options) if isinstance(machine, str) else machine
        self.machine = loaded.clone()
        board = self.machine.board
        if board.picture is None:
            raise MachineError(f"{board.name} has no screen")
        self.skip, self.render_mode = skip, render_mode
        self.metadata = {**self.metadata, "render_fps": board.clock_hz / board.frame_ticks / skip}
        self._display: Display | None = None

    def run(self, frames: int, *, seen: bool = True) -> None:
        """Let *frames* frames pass, and show them if somebody is to see them; else the last is
        drawn, or, if it will not be *seen* either, none."""
        if self.render_mode != "human":
            self.machine.run_frames(frames, draw=None if seen else False)
            return
        for _ in range(frames):
            self.machine.run(1)
            self._show()

    def _show(self) -> None:
        if self._display is None:
            from machines.gym.display import Display

            self._display = Display(self.machine)
        self._display.show(self.machine.screen)

    def render(self) -> Pixels | None:
        """The picture, in the mode ``rgb_array``."""
        return self.machine.screen if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Close the window, if there is one."""
        display, self._display = self._display, None
        if display is not None:
            display.close()


class MachineEnv(ScreenEnv):
    """Each step holds the buttons of an action for *skip* frames.

        env = MachineEnv("invaders", buttons=("left", "right", "fire"), reward=score)
        picture, info = env.reset(seed=1)
        picture, reward, terminated, truncated, info = env.step([0, 1, 1])

    An observation is the picture, red, green and blue; an action says for each button whether it is
    held.  With *analog* inputs it is a dictionary: the ``buttons``, and by its name where an axis
    is, by how much a dial is turned, or the dot (column, row) that a gun is aimed at, -1 and -1 off
    the picture.

    What is good and when it is over is the game's affair: two functions of the machine, which look
    into its memory.  *reward* is a running total of which a step earns the increase; *over* tells
    when the episode has ended.

    An episode begins where *machine* is: powered on, if it is a name, or in the state of a machine
    given.  *noops* is the most frames that pass before an episode, as many as the seed has it.

    Raises what :class:`ScreenEnv` does, and :class:`MachineError` for buttons that there are not.
    """

    def __init__(
        self,
        machine: Machine | str = "invaders",
        *,
        buttons: Sequence[str] | None = None,
        analog: Sequence[str] = (),
        reward: Callable[[Machine], float] | None = None,
        over: Callable[[Machine], bool] | None = None,
        skip: int = 4,
        noops: int = 0,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if noops < 0:
            raise ValueError(f"noops {noops}: frames that pass are 0 at least")
        super().__init__(machine, skip=skip, render_mode=render_mode, **options)
        inputs = self.machine.board.inputs
        every = [name for name, item in inputs.items() if isinstance(item, Button)]
        self.buttons = tuple(every if buttons is None else buttons)
        for name in self.buttons:
            self.machine.panel.button(name)
        self.analog = {name: self.machine.panel.find(name, Input) for name in analog}
        self.noops = noops
        self.observation_space = gymnasium.spaces.Box(0, 255, self.machine.screen.shape, np.uint8)
        held = gymnasium.spaces.MultiBinary(len(self.buttons))
        spaces = {name: _space(item) for name, item in self.analog.items()}
        self.action_space: gymnasium.Space[Any] = (
            gymnasium.spaces.Dict({"buttons": held, **spaces}) if spaces else held
        )
        self._reward = reward or _nothing
        self._over = over or _never
        self._begin = self.machine.arena.state(), self.machine.arena.outputs()
        self._total = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Pixels, dict[str, Any]]:
        """Begin anew; see :class:`gymnasium.Env`."""
        super().reset(seed=seed)
        self.machine.set_state(*self._begin)
        if self.noops:
            self.run(int(self.np_random.integers(self.noops + 1)))
        self._total = self._reward(self.machine)
        return self.machine.screen, self._info()

    def step(self, action: Any) -> tuple[Pixels, float, bool, bool, dict[str, Any]]:
        """Hold the buttons; see :class:`gymnasium.Env`.  Episodes are not cut short."""
        buttons = action["buttons"] if self.analog else action
        for name, held in zip(self.buttons, buttons, strict=True):
            self.machine.press(name, bool(held))
        for name, item in self.analog.items():
            _do(self.machine, item, [int(value) for value in action[name]])
        self.run(self.skip)
        before, self._total = self._total, self._reward(self.machine)
        earned = float(self._total - before)
        return self.machine.screen, earned, self._over(self.machine), False, self._info()

    def _info(self) -> dict[str, Any]:
        return {"frame": self.machine.frame}


def _space(item: Input) -> gymnasium.Space[Any]:
    """What can be done to an input in a step."""
    if isinstance(item, Axis):
        low, high = [item.least], [item.most]
    elif isinstance(item, Dial):
        low, high = [-(item.size // 2)], [item.size // 2]
    elif isinstance(item, Gun):
        low, high = [-1, -1], [item.width - 1, item.height - 1]
    else:
        raise MachineError(f"{item.name} is {item.kind}, which is nothing analog")
    return gymnasium.spaces.Box(np.array(low), np.array(high), dtype=np.int64)


def _do(machine: Machine, item: Input, values: list[int]) -> None:
    if isinstance(item, Axis):
        machine.move(item.name, *values)
    elif isinstance(item, Dial):
        machine.turn(item.name, *values)
    else:
        machine.aim(item.name, *(values if min(values) >= 0 else ()))


def _nothing(machine: Machine) -> float:
    return 0.0


def _never(machine: Machine) -> bool:
    return False
