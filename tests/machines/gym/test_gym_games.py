"""The games as Gymnasium environments, one and many at a time."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from places import ROOT

from emucore.machine import MachineError
from machines.gym import GameVectorEnv, ThistledownEnv, ThistledownVectorEnv
from roms_test import games
from roms_test.games.gardener import Gardener

NAME = "emucore/Thistledown-v0"
PAGE = ROOT / "docs" / "gym.md"
NOOP, FIRE, RIGHT, LEFT, RIGHTFIRE, LEFTFIRE = range(6)


@pytest.fixture
def env() -> ThistledownEnv:
    return ThistledownEnv(obs_type="ram", repeat_action_probability=0.0)


def make(**options: Any) -> gymnasium.Env[Any, Any]:
    return gymnasium.make(NAME, **options)


def run_to_the_end(env: ThistledownEnv, seed: int) -> tuple[float, int]:
    """Play badly until it is over; the rewards' sum and the steps."""
    _, info = env.reset(seed=seed)
    total, steps, over = 0.0, 0, False
    rng = np.random.default_rng(seed)
    lives = info["lives"]
    assert (info["score"], lives, info["episode_frame_number"]) == (0, 3, 0)
    while not over:
        _, reward, over, cut, info = env.step(rng.integers(6))
        total += reward
        steps += 1
        assert (cut, info["episode_frame_number"]) == (False, steps * env.skip)
        assert (info["lives"] == 0) is over
        assert info["lives"] in (lives, lives - 1)
        lives = info["lives"]
    assert total == info["score"] == Gardener(env.machine).score > 0
    return total, steps


def code_of(page: Path) -> list[str]:
    """The Python on a page in Markdown."""
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


@pytest.mark.parametrize("number", range(len(code_of(PAGE))))
def test_what_the_page_says_in_a_process_of_its_own(number: int) -> None:
    """As a user's program: nothing is imported but what it imports."""
    code = code_of(PAGE)[number]
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=120)


def test_an_import_makes_the_names_known() -> None:
    code = f"""
    import gymnasium
    import machines.gym
    env = gymnasium.make("emucore/Machine-v0", machine="invaders", buttons=("left", "fire"))
    env.reset(seed=1)
    env.step([1, 0])
    env = gymnasium.make({NAME!r})
    assert env.reset(seed=1)[0].shape == (256, 224, 3)
    machines.gym.register()
    gymnasium.register_envs(machines.gym)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=120)
    by_module = f"import gymnasium; gymnasium.make('machines.gym:{NAME}').reset(seed=1)"
    subprocess.run([sys.executable, "-c", by_module], check=True, timeout=120)


@pytest.mark.parametrize("obs_type", ["rgb", "grey", "ram"])
@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_gymnasium_is_content(obs_type: str, engine: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(make(obs_type=obs_type, engine=engine, render_mode="rgb_array").unwrapped)


def test_spaces_are_exact() -> None:
    shapes = {"rgb": (256, 224, 3), "grey": (256, 224), "ram": (1024,)}
    for obs_type, shape in shapes.items():
        env = make(obs_type=obs_type)
        assert env.observation_space == gymnasium.spaces.Box(0, 255, shape, np.uint8)
        assert env.action_space == gymnasium.spaces.Discrete(6)
        observation, _ = env.reset(seed=1)
        assert observation in env.observation_space
    assert env.spec is not None
    assert env.spec.max_episode_steps == 27_000


def test_what_is_seen() -> None:
    env, ram = ThistledownEnv(obs_type="grey"), ThistledownEnv(obs_type="ram")
    grey, _ = env.reset(seed=1)
    screen = env.machine.screen.astype(float)
    weighed = screen @ [0.299, 0.587, 0.114]
    assert np.abs(weighed - grey).max() <= 0.5
    assert len(np.unique(grey)) > 2
    memory, _ = ram.reset(seed=1)
    symbols = games.program().symbols
    assert memory[symbols["lives"] - symbols["RAM"]] == 3
    assert memory.tobytes() == env.machine.memory[0x2000:0x2400]


def test_rewards_are_the_score_and_the_last_life_is_the_end(env: ThistledownEnv) -> None:
    first = run_to_the_end(env, 4)
    assert run_to_the_end(env, 4) == first
    assert run_to_the_end(env, 5) != first


def test_seeds_decide_all() -> None:
    """Also what sticks, and on every engine; the seed is what the game's numbers come from."""
    ends = {}
    for engine in ("interp", "jit", "interp"):
        for seed in (1, 2):
            env = ThistledownEnv(engine=engine, obs_type="ram", repeat_action_probability=0.5)
            env.reset(seed=seed)
            for step in range(60):
                env.step(step % 6)
            end = env.machine.state_sha256()
            assert ends.setdefault(seed, end) == end
    assert ends[1] != ends[2]


def test_actions_mean_what_they_say(env: ThistledownEnv) -> None:
    assert env.action_meanings == ["NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE"]
    assert env.get_action_meanings() == env.action_meanings
    gardener = Gardener(env.machine)
    moved, shots = {}, {}
    for action in range(6):
        env.reset(seed=1)
        x, before = gardener.byte("mower"), gardener.byte("shots")
        for _ in range(40):
            env.step(action)
        moved[action] = np.sign(gardener.byte("mower") - x)
        shots[action] = gardener.byte("shots") - before
    assert list(moved.values()) == [0, 0, 1, -1, 1, -1]
    assert [count > 1 for count in shots.values()] == [False, True, False, False, True, True]
    with pytest.raises(ValueError, match="action 6: there are 6"):
        env.step(6)


def test_an_episode_s_news(env: ThistledownEnv) -> None:
    _, info = env.reset(seed=1)
    assert set(info) == {"score", "lives", "frame_number", "episode_frame_number", "seeds"}
    (seed,) = info["seeds"]
    first = info["frame_number"]
    random = env.machine.memory[games.symbols()["random"] :][:2]
    assert int.from_bytes(random, "little") == 1 + seed % 0xFFFF
    assert first == env.machine.frame > 0
    info = env.step(NOOP)[4]
    assert info == {
        "score": 0,
        "lives": 3,
        "frame_number": first + 4,
        "episode_frame_number": 4,
    }
    assert env.reset()[1]["seeds"] != (seed,)
    assert env.reset(seed=1)[1]["seeds"] == (seed,)


def test_sticky_actions_go_on_for_a_while() -> None:
    held = []
    for probability in (0.0, 0.5, 1.0):
        env = ThistledownEnv(repeat_action_probability=probability, frameskip=1, obs_type="ram")
        env.reset(seed=3)
        down = 0
        for step in range(200):
            env.step((NOOP, LEFT)[step % 2])
            down += "left" in env._down
        held.append(down)
    assert held[0] == 100
    assert 60 < held[1] < 140
    assert held[2] == 0  # what was before the first


def test_moments_are_gone_on_from(env: ThistledownEnv) -> None:
    def ahead() -> tuple[str, float]:
        total = sum(float(env.step(action)[1]) for action in (FIRE, LEFT, RIGHTFIRE, NOOP) * 30)
        return env.machine.state_sha256(), total

    env.repeat_action_probability = 0.3
    env.reset(seed=8)
    for _ in range(10):
        env.step(LEFTFIRE)
    moment = env.clone_state(include_rng=True)
    first = ahead()
    env.restore_state(moment)
    assert ahead() == first
    env.restore_state(env.clone_state())
    other = ThistledownEnv(obs_type="ram", repeat_action_probability=0.3)
    other.reset(seed=1)
    other.restore_state(moment)
    env, kept = other, env
    assert ahead() == first
    assert kept.machine.state_sha256() == first[0]
    env.restore_state(moment)
    assert env.clone_state(include_rng=True) == moment


def test_an_episode_is_cut_off_by_time() -> None:
    env = make(max_episode_steps=3, obs_type="ram")
    env.reset(seed=1)
    assert [env.step(NOOP)[2:4] for _ in range(3)] == [(False, False)] * 2 + [(False, True)]


def test_a_human_sees_every_frame_at_real_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = make(render_mode="human", frameskip=5)
    env.reset(seed=1)
    began = time.perf_counter()
    for _ in range(6):
        env.step(LEFT)
    assert time.perf_counter() - began > 0.4
    display = env.unwrapped._display  # type: ignore[attr-defined]
    shown = display._window.contents()
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 2
    env.close()
    env.close()


def test_what_cannot_be() -> None:
    for options, problem in (
        ({"obs_type": "smell"}, "obs_type 'smell': there are rgb, grey, ram"),
        ({"frameskip": 0}, "skip 0"),
        ({"repeat_action_probability": 1.5}, "repeat_action_probability 1.5"),
        ({"render_mode": "ansi"}, "render_mode 'ansi'"),
        ({"num_envs": 0}, "num_envs 0"),
        ({"num_envs": 2, "render_mode": "human"}, "render_mode 'human'"),
    ):
        kind: Any = ThistledownVectorEnv if "num_envs" in options else ThistledownEnv
        with pytest.raises(ValueError, match=problem):
            kind(**options)
    with pytest.raises(MachineError, match="no engine 'warp'"):
        ThistledownEnv(engine="warp")
    envs = ThistledownVectorEnv(num_envs=2, obs_type="ram")
    with pytest.raises(ValueError, match="1 seeds for 2 environments"):
        envs.reset(seed=[1])
    with pytest.raises(ValueError, match="reset_mask: 2 truth values"):
        envs.reset(options={"reset_mask": np.ones(3, np.bool_)})
    envs.reset(seed=1)
    with pytest.raises(ValueError, match=r"actions of shape \(3,\)"):
        envs.step([0, 0, 0])
    envs.close()


# -- many at a time -------------------------------------------------------------------------------


def same(one: Any, other: Any) -> None:
    """What two vector environments returned is the same."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, tuple):
        for pair in zip(one, other, strict=True):
            same(*pair)
    elif isinstance(one, np.ndarray) and one.dtype == object:
        same(tuple(one), tuple(other))
    else:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("threads", [1, 3])
def test_a_vector_does_what_its_parts_do(mode: AutoresetMode, threads: int) -> None:
    """Against Gymnasium's own, with episodes of 7 steps and games that end."""
    options: dict[str, Any] = {"obs_type": "ram", "max_episode_steps": 7}
    ours = gymnasium.make_vec(
        NAME, num_envs=4, autoreset_mode=mode, threads=threads, engine="interp", **options
    )
    assert isinstance(ours, GameVectorEnv)
    sync = gymnasium.vector.SyncVectorEnv([lambda: make(**options)] * 4, autoreset_mode=mode)
    assert isinstance(sync, SyncVectorEnv)
    assert (ours.observation_space, ours.action_space) == (
        sync.observation_space,
        sync.action_space,
    )
    assert ours.metadata["autoreset_mode"] is mode
    same(ours.reset(seed=5), sync.reset(seed=5))
    rng = np.random.default_rng(1)
    ended = np.zeros(4, np.bool_)
    for step in range(30):
        if step == 12:  # the last life of one is lost
            for envs in (ours.envs, [env.unwrapped for env in sync.envs]):
                machine = envs[2].machine  # type: ignore[attr-defined]
                machine.memory[games.symbols()["lives"]] = 0
        if mode is AutoresetMode.DISABLED and ended.any():
            mask = {"reset_mask": ended}
            same(ours.reset(seed=step, options=dict(mask)), sync.reset(seed=step, options=mask))
        actions = rng.integers(6, size=4)
        found, expected = ours.step(actions), sync.step(actions)
        same(found, expected)
        ended = found[2] | found[3]
        if mode is AutoresetMode.DISABLED and ended.any() and step == 6:
            with pytest.raises(ValueError, match="an episode has ended"):
                ours.step(actions)
    ours.close()
    sync.close()


def test_make_vec_gives_the_native_one_and_pictures() -> None:
    envs = gymnasium.make_vec(NAME, num_envs=3, render_mode="rgb_array")
    observations, _ = envs.reset(seed=2)
    assert observations.shape == (3, 256, 224, 3)
    assert envs.spec is not None
    assert envs.spec.max_episode_steps == 27_000
    pictures = envs.render()
    assert pictures is not None
    assert np.array_equal(np.stack(pictures), observations)
    kept = observations.copy()
    envs.step(np.zeros(3, np.int64))
    assert np.array_equal(observations, kept)  # it is the caller's
    envs.close()


@pytest.mark.parametrize("name", ["emucore/Thistledown-v0", "emucore/Machine-v0"])
def test_a_pickled_environment_goes_on_as_it_would_have(name: str) -> None:
    env = gymnasium.make(name).unwrapped
    env.reset(seed=1)
    env.action_space.seed(1)
    env.step(env.action_space.sample())
    other = pickle.loads(pickle.dumps(env))
    for _ in range(5):
        action = env.action_space.sample()
        (seen, *rest), (again, *others) = env.step(action), other.step(action)
        assert rest == others
        assert (seen == again).all()
