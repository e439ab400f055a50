"""The Gymnasium environment, by Gymnasium's own rules; and the pytest fixture, by pytest's."""

from __future__ import annotations

import warnings
from importlib import metadata
from pathlib import Path

import all_inputs
import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import machines
from emucore.machine import Machine, MachineError
from machines import gym

pytest_plugins = ["pytester"]


def drawn(machine: Machine) -> float:
    """Something that changes: how much light there is."""
    return float(np.count_nonzero(machine.arena["raster.pixels"]))


@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_gymnasium_is_content(engine: str) -> None:
    env = gym.MachineEnv("invaders", engine=engine, reward=drawn, noops=30, render_mode="rgb_array")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*environment not having a spec")
        check_env(env)


def test_by_name() -> None:
    env = gymnasium.make(gym.ID, machine="invaders", buttons=("coin", "start1"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)
    assert env.action_space == gymnasium.spaces.MultiBinary(2)


def test_an_episode() -> None:
    """Rewards are increases of the total; a reset is exact; the machine given is not touched."""
    machine = machines.load("invaders", engine="interp")
    machine.run(60)
    before = machine.state_sha256()
    env = gym.MachineEnv(
        machine, buttons=["coin", "fire"], reward=drawn, over=lambda m: m.frame >= 72, skip=3
    )
    first, info = env.reset(seed=3)
    assert (env.machine.state_sha256(), info) == (before, {"frame": 60})
    begin, total, steps = drawn(env.machine), 0.0, 0
    over = False
    while not over:
        picture, reward, over, cut, info = env.step(np.array([steps < 2, 0], np.int8))
        total += reward
        steps += 1
        assert not cut
    assert (steps, info) == (4, {"frame": 72})
    assert begin + total == drawn(env.machine)
    again = machine.clone()
    for step in range(4):
        again.press("coin", step < 2)
        again.press("fire", False)
        again.run(3)
    assert again.state_sha256() == env.machine.state_sha256()
    assert np.array_equal(picture, again.screen)
    assert np.array_equal(env.reset()[0], first)
    assert machine.state_sha256() == before


def test_axes_dials_and_guns_are_parts_of_an_action() -> None:
    machine = all_inputs.machine()
    env = gym.MachineEnv(machine, buttons=["trigger"], analog=["stick", "spinner", "gun"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for words in ("environment not having a spec", "a symmetric and normalized space"):
            warnings.filterwarnings("ignore", message=f".*{words}")
        check_env(env, skip_render_check=True)
    env.reset(seed=2)
    for gun, aimed in (([3, 4], (3, 4)), ([-1, 4], None)):
        env.step({"buttons": [1], "stick": [-7], "spinner": [-2], "gun": gun})
        assert env.machine.inputs["gun"] == aimed
    names = ("trigger", "stick", "spinner")
    assert [env.machine.inputs[name] for name in names] == [True, -7, 60]
    assert "stick" not in gym.MachineEnv(machine).buttons
    with pytest.raises(MachineError, match="trigger is a button, which is nothing analog"):
        gym.MachineEnv(machine, analog=["trigger"])


def test_seeds_choose_where_an_episode_begins() -> None:
    env = gym.MachineEnv("invaders", noops=100)
    frames = [env.reset(seed=seed)[1]["frame"] for seed in (1, 2, 3, 1)]
    assert frames[0] == frames[3]
    assert len(set(frames)) > 1
    assert max(frames) <= 100


def test_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="no input 'jump'"):
        gym.MachineEnv("invaders", buttons=["jump"])
    with pytest.raises(ValueError, match="render_mode 'ansi': there are human, rgb_array"):
        gym.MachineEnv("invaders", render_mode="ansi")
    for name, number in (("skip", 0), ("skip", -1), ("noops", -1)):
        with pytest.raises(ValueError, match=f"{name} {number}: "):
            gym.MachineEnv("invaders", **{name: number})
    with pytest.raises(TypeError, match="cpu: options are for a machine given by name"):
        gym.MachineEnv(machines.load("invaders", engine="reference"), cpu="z80")
    (tmp_path / "x.com").write_bytes(b"\xc9")
    with pytest.raises(MachineError, match="has no screen"):
        gym.MachineEnv(machines.load("cpm", tmp_path / "x.com", engine="reference"))


TESTS = """
import pytest

@pytest.mark.parametrize("turn", [1, 2])
def test_fresh(emu_machine, turn):
    machine = emu_machine("invaders")
    assert machine.frame == 0
    assert machine.engine is None or machine.engine.name == "interp"
    machine.press("coin")
    assert machine.run(3) == 3
    assert machine.use("interp") is machine.engine

def test_two(emu_machine):
    one, two = emu_machine("invaders", engine="reference"), emu_machine("invaders", cpu="z80")
    one.run(1)
    assert (one.engine.name, two.frame) == ("reference", 0)
    assert two.board.cpus[0].isa.name == "z80"

def test_media(emu_machine, tmp_path):
    path = tmp_path / "game.bin"
    for opcode in (0x00, 0x3C):
        path.write_bytes(bytes([opcode]) * 100)
        assert emu_machine("invaders", path).memory[0] == opcode
        path.unlink()
    with pytest.raises(Exception, match="no such file"):
        emu_machine("invaders", path)

def test_option(emu_machine, request):
    machine = emu_machine("invaders")
    machine.run(1)
    assert machine.engine.name == request.config.getoption("--emu-engine")
"""


def test_the_fixture_in_a_project_of_its_own(pytester: pytest.Pytester) -> None:
    """Found by its entry point alone, where emucore is installed."""
    found = [e for e in metadata.entry_points(group="pytest11") if e.name == "emucore"]
    assert found, "emucore is not installed as it is now: pip install -e ."
    assert found[0].value == "machines.pytest_plugin"
    pytester.makepyfile(TESTS)
    pytester.runpytest_subprocess().assert_outcomes(passed=5)
    result = pytester.runpytest_subprocess("--emu-engine", "jit", "-k", "option")
    result.assert_outcomes(passed=1, deselected=4)
