"""Steps a second of the Gymnasium environments, and of ale-py's beside them where it is there.

    python -m roms_test.bench.learning

All take turns, a few times over; four frames a step, random actions.  A peer's vector gives what
its makers thought fit: four pictures of 84 x 84 in grey.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import gymnasium

import machines.gym

#: Times that each has its turn, seconds of one, and environments in a vector.
TURNS, SECONDS, MANY = 3, 0.3, 8
NAME, PEER = "emucore/Thistledown-v0", "ALE/SpaceInvaders-v5"

Run = Callable[[float], tuple[int, float, float]]


def _timed(seconds: float, reset: Callable[[], Any], step: Callable[[], bool]) -> tuple[int, Any]:
    """Steps done in *seconds*, and the seconds that they took of the clock and of the CPUs."""
    reset()
    steps, clock, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - clock < seconds:
        for _ in range(10):
            if step():
                reset()
        steps += 10
    return steps, (time.perf_counter() - clock, time.process_time() - cpu)


def _single(name: str, **options: Any) -> Run:
    env = gymnasium.make(name, disable_env_checker=True, **options)
    env.action_space.seed(1)

    def step() -> bool:
        _, _, over, cut, _ = env.step(env.action_space.sample())
        return over or cut

    def run(seconds: float) -> tuple[int, float, float]:
        steps, times = _timed(seconds, lambda: env.reset(seed=1), step)
        return steps, *times

    return run


def _vector(name: str, **options: Any) -> Run:
    envs = gymnasium.make_vec(name, num_envs=MANY, **options)
    envs.action_space.seed(1)

    def step() -> bool:
        envs.step(envs.action_space.sample())
        return False

    def run(seconds: float) -> tuple[int, float, float]:
        steps, times = _timed(seconds, lambda: envs.reset(seed=1), step)
        return MANY * steps, *times

    return run


def subjects() -> dict[str, Run]:
    """What is measured, by its name."""
    found: dict[str, Run] = {}
    for engine in ("interp", "jit"):
        for seen in machines.gym.game.OBSERVATIONS:
            options = {"engine": engine, "obs_type": seen}
            found[f"emucore {engine} {seen}"] = _single(NAME, **options)
            found[f"emucore {engine} {seen} x {MANY}"] = _vector(NAME, **options)
    try:
        import ale_py
    except ImportError:
        print("ale-py is not there: pip install 'emucore[peers]'", file=sys.stderr)
        return found
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    gymnasium.register_envs(ale_py)
    for seen, named in (("rgb", "rgb"), ("grey", "grayscale"), ("ram", "ram")):
        found[f"ale-py {seen}"] = _single(PEER, obs_type=named)
        found[f"ale-py {seen} x {MANY}, sync"] = _vector(
            PEER, obs_type=named, vectorization_mode="sync"
        )
    found[f"ale-py 4 x 84 x 84 x {MANY}, native"] = _vector(PEER)
    return found


def main() -> None:
    """Measure, and print a table: medians."""
    runs = subjects()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for run in runs.values():
        run(SECONDS)
    for _ in range(TURNS):
        for name, run in runs.items():
            steps, clock, cpu = run(SECONDS)
            times[name].append((steps / clock, steps / cpu))
    print(f"{'':36}  steps/s  steps/s of CPU")
    for name, found in times.items():
        clock, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:36} {clock:8,.0f} {cpu:15,.0f}")


if __name__ == "__main__":
    main()
