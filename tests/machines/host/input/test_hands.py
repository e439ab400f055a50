"""Mouse, sticks and keyboard drive every kind of input, in a window and without."""

from __future__ import annotations

from pathlib import Path

import all_inputs
import pygame
import pytest
from desk import cabinet_of_ports

from emucore.board import Board
from emucore.machine import Machine
from machines.host.input.analog import ACROSS, FRAMES, SPIN, SWEEP, Analog
from machines.host.input.buttons import Buttons
from machines.host.input.controls import Change, Controls
from machines.host.input.usual import moving, rows
from machines.host.profile.settings import PLAIN


@pytest.fixture
def machine() -> Machine:
    return all_inputs.machine()


def per_cent(key: str) -> float:
    return float(PLAIN["input", key][0])


@pytest.fixture
def analog(machine: Machine) -> Analog:
    return Analog(machine, Controls(machine.board.inputs.values()), per_cent)


# -- what is usual --------------------------------------------------------------------------------


def test_the_cabinets_controls_are_those_of_every_version(tmp_path: Path) -> None:
    """People know them, and their settings name them."""
    board = cabinet_of_ports(tmp_path).board
    assert {name: row.usual for name, row in rows(board.inputs.values()).items()} == {
        "coin": ("5", "pad1 back"),
        "start1": ("1", "pad1 start"),
        "start2": ("2", "pad2 start"),
        "left": ("left", "pad1 dpleft", "pad1 leftx-"),
        "left2": ("d", "pad2 dpleft", "pad2 leftx-"),
        "right": ("right", "pad1 dpright", "pad1 leftx+"),
        "right2": ("g", "pad2 dpright", "pad2 leftx+"),
        "fire": ("left ctrl", "pad1 a"),
        "fire2": ("a", "pad2 a"),
        "tilt": ("t",),
    }


def test_what_is_usual_for_each_kind(machine: Machine) -> None:
    made = rows(machine.board.inputs.values())
    usual = {name: made[name].usual for name in made}
    assert usual["a"] == ("left ctrl", "pad1 a")
    assert usual["p4.left"] == ("[4]", "pad4 dpleft", "pad4 leftx-")
    assert usual["paddle"] == ("pad1 leftx", "mouse x")
    assert usual["paddle-"] == ("left", "pad1 dpleft")
    assert usual["stick"] == ("pad1 leftx",)
    assert usual["throttle"] == ("pad1 righttrigger",)
    assert (usual["throttle-"], usual["throttle+"]) == ((), ("left ctrl", "pad1 a"))
    assert usual["ball-y"] == ("pad1 lefty", "mouse y")
    assert usual["ball-y+"] == ("down", "pad1 dpdown")
    assert usual["gun"] == ("pad1 leftxy", "mouse")
    assert usual["trigger"] == ("left ctrl", "pad1 righttrigger+", "pad1 a", "mouse left")
    assert usual["key.a"] == ("a",)
    assert usual["key.shift"] == ("left shift", "right shift")
    assert usual["key.enter"] == ("return",)
    assert usual["key.symbol"] == ()
    titles = [made[name].title for name in ("paddle", "paddle+", "throttle+", "ball-y-")]
    assert titles == ["Paddle", "Paddle: right", "Throttle: up", "Ball Y: up"]


def test_every_control_that_is_usual_exists(machine: Machine) -> None:
    from emucore.board.inputs import AXES, BUTTONS, DIALS, KEYS
    from machines.host.input.keys import is_control

    board = Board("every", "every meaning", 1, 1)
    ports = board.device("ports", all_inputs.Ports())
    for player in (1, 2, 3, 4):
        for means in sorted(BUTTONS):
            board.button(f"{means}{player}", ports, "panel", 1, means=means, player=player)
        for means in sorted(AXES):
            board.axis(f"{means}-{player}.", ports, "paddle", 0, 9, means=means, player=player)
        for means in sorted(DIALS):
            board.dial(f"{means}-{player}.", ports, "paddle", 9, means=means, player=player)
    table = " ".join(f"[{key}]" for key in sorted(KEYS - {"]"})[:60])
    board.keyboard("one", ports, ["panel"], table)
    table = " ".join(f"[{key}]" for key in sorted(KEYS - {"]"})[60:])
    board.keyboard("two", ports, ["panel"], table)
    pygame.display.init()
    wrong = {
        control
        for row in rows(board.inputs.values()).values()
        for control in row.usual
        if not is_control(control)
    }
    assert wrong == set()
    assert all(row.usual for row in rows(board.inputs.values()).values() if row.is_key)


def test_what_moves_an_input(machine: Machine) -> None:
    stick, gun = machine.board.inputs["stick"], machine.board.inputs["gun"]
    assert moving(stick, "pad2 righty-") == "pad2 righty"
    assert moving(stick, "mouse y") == "mouse y"
    assert moving(gun, "pad1 righty+") == "pad1 rightxy"
    assert moving(gun, "mouse x") == "mouse"
    assert [moving(stick, c) for c in ("left", "pad1 a", "mouse left")] == ["", "", ""]
    assert moving(gun, "pad1 lefttrigger+") == ""


# -- moved, frame by frame ------------------------------------------------------------------------


def test_an_axis_by_the_mouse_a_stick_and_keys(machine: Machine, analog: Analog) -> None:
    """Each takes over from where the others have left it."""
    analog.frame()
    assert machine.inputs["paddle"] == 128
    analog.mouse(ACROSS / 4, 0)
    analog.frame()
    assert machine.inputs["paddle"] == 192
    analog.frame()
    assert machine.inputs["paddle"] == 192
    analog.mouse(10_000, 0)
    analog.frame()
    assert machine.inputs["paddle"] == 255
    analog.push("pad1 leftx", -1.0)
    analog.frame()
    assert machine.inputs["paddle"] == 0
    assert analog.press("paddle+", True)
    for _ in range(FRAMES // 3):
        analog.frame()
    analog.press("paddle+", False)
    analog.frame()
    assert machine.inputs["paddle"] == 85  # it stays: a paddle does not spring
    analog.push("pad1 leftx", 0.1)  # within the dead zone: its middle
    analog.frame()
    assert machine.inputs["paddle"] == 128
    assert not analog.press("coin", True)


def test_a_stick_springs_back(machine: Machine, analog: Analog) -> None:
    analog.press("stick-", True)
    for _ in range(FRAMES):
        analog.frame()
    assert machine.inputs["stick"] == -100
    analog.press("stick-", False)
    found = []
    for _ in range(FRAMES):
        analog.frame()
        found.append(machine.inputs["stick"])
    assert found == sorted(found)
    assert (found[0], found[-1]) == (-96, 0)
    analog.push("pad1 leftx", 1.0)
    analog.frame()
    assert machine.inputs["stick"] == 100


def test_a_dial_by_all(machine: Machine, analog: Analog) -> None:
    analog.mouse(5, -3)
    analog.frame()
    names = ("spinner", "ball-x", "ball-y")
    assert [machine.inputs[n] for n in names] == [5, 5, 253]
    analog.push("pad1 lefty", 1.0)
    for _ in range(3):
        analog.frame()
    assert machine.inputs["ball-y"] == 253 + 3 * SPIN - 256
    analog.push("pad1 lefty", 0.0)
    analog.press("spinner-", True)
    analog.frame()
    analog.press("spinner-", False)
    analog.frame()
    assert machine.inputs["spinner"] == (5 - SPIN) % 64
    analog.mouse(100, 100)
    analog.idle()
    analog.frame()
    assert machine.inputs["spinner"] == (5 - SPIN) % 64


def test_slow_turns_add_up(machine: Machine) -> None:
    controls = Controls(machine.board.inputs.values())
    analog = Analog(machine, controls, lambda key: 25 if key == "mouse" else per_cent(key))
    for _ in range(10):
        analog.mouse(1, 0)
        analog.frame()
    assert machine.inputs["spinner"] == 2


def test_a_gun_by_the_pointer_and_a_stick(machine: Machine, analog: Analog) -> None:
    analog.point((3, 4))
    analog.frame()
    assert machine.inputs["gun"] == (3, 4)
    analog.point((all_inputs.WIDTH, 0))
    analog.frame()
    assert machine.inputs["gun"] is None
    analog.push("pad1 leftx", 1.0)
    analog.frame()
    assert machine.inputs["gun"] == (16, 12)  # from the middle on
    for _ in range(SWEEP):
        analog.frame()
    assert machine.inputs["gun"] == (31, 12)


def test_another_state_is_given_what_the_hands_have(machine: Machine, analog: Analog) -> None:
    begin = machine.state_bytes()
    analog.mouse(100, 0)
    analog.point((1, 2))
    analog.frame()
    values = {name: machine.inputs[name] for name in ("paddle", "gun", "stick")}
    machine.load_state_bytes(begin)
    analog.frame()
    assert machine.inputs["gun"] is None
    analog.again()
    analog.frame()
    assert {name: machine.inputs[name] for name in values} == values


def test_nothing_is_told_twice(machine: Machine, analog: Analog) -> None:
    told = []
    machine.heard = lambda *event: told.append(event)
    for _ in range(3):
        analog.frame()
    assert told == []
    analog.mouse(40, 0)
    analog.frame()
    analog.frame()
    assert told == [
        ("move", "paddle", "154"), ("turn", "spinner", "40"), ("turn", "ball-x", "40"),
    ]  # fmt: skip


def test_an_impulse_lasts_as_long_as_it_should(machine: Machine) -> None:
    buttons = Buttons(machine)
    for held in (1, 9):
        pressed = []
        for frame in range(12):
            buttons.frame()
            if frame in (0, held):
                buttons.press("coin", frame == 0)
            machine.run(1)
            pressed.append(machine.inputs["coin"])
        assert pressed == [True] * 3 + [False] * 9


def test_what_toggles_stays(machine: Machine) -> None:
    buttons = Buttons(machine)
    states = []
    for _ in range(4):
        for down in (True, False):
            buttons.frame()
            buttons.press("door", down)
            machine.run(1)
            states.append(machine.inputs["door"])
    assert states == [True, True, False, False] * 2
    machine.press("door")
    buttons.again(set())
    assert machine.inputs["door"] is True


# -- keyboards ------------------------------------------------------------------------------------


def test_a_machines_keyboard_has_the_keys() -> None:
    """Those that it has; what else there is stays what it was, as do menu and release."""
    controls = Controls(all_inputs.board().inputs.values())
    assert controls.captured
    assert [c.name for c in controls.feed("x", True)] == ["key.x"]
    assert controls.feed("f7", True) == [Change("load", True, action=True)]
    controls.release()
    controls.feed("left shift", True)
    assert controls.feed("f7", True) == [Change("save", True, action=True)]
    controls.release()
    assert controls.feed("tab", True) == [Change("menu", True, action=True)]
    assert controls.feed("scroll lock", True) == [Change("keyboard", True, action=True)]
    controls.release()
    controls.captured = False
    assert controls.feed("x", True) == []
    assert controls.hint() == "Tab: menu   Scroll Lock: hotkeys   5: coin   1: start"


def test_its_keys_go_before_actions_whoever_bound_them() -> None:
    inputs = list(all_inputs.board().inputs.values())
    controls = Controls(inputs, {"pause": ["z"], "menu": ["s"]}, {"key.a": ["f12", "tab"]})
    assert controls.feed("z", True) == [Change("key.z", True)]
    assert controls.feed("f12", True) == [Change("key.a", True)]
    assert controls.feed("s", True) == [Change("menu", True, action=True)]
    controls.release()
    controls.captured = False
    assert controls.feed("z", True) == [Change("pause", True, action=True)]
