"""What controls mean, without keyboard or pad."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emucore.board import Board
from emucore.board.inputs import Input
from emucore.device import Device, integer
from machines.host.input.controls import ACTIONS, Change, Controls, shown, split
from machines.host.input.usual import rows


class Panel(Device):
    buttons: int = integer()


@pytest.fixture
def inputs() -> list[Input]:
    """Three buttons that mean something, and one that does not."""
    board = Board("pad", "A panel", 1, 1)
    panel = board.device("panel", Panel())
    for i, means in enumerate(("button1", "button2", "button3", "")):
        board.button(f"button{i + 1}", panel, "buttons", 1 << i, means=means)
    return list(board.inputs.values())


@pytest.fixture
def controls(inputs: list[Input]) -> Controls:
    return Controls(inputs)


def did(name: str, down: bool = True) -> list[Change]:
    return [Change(name, down, action=True)]


def test_names_with_modifiers() -> None:
    assert split("shift+f7") == ({"shift"}, "f7")
    assert split("ctrl+alt+x") == ({"ctrl", "alt"}, "x")
    assert split("+") == (frozenset(), "+")
    assert split("shift++") == ({"shift"}, "+")
    assert split("pad1 leftx+") == (frozenset(), "pad1 leftx+")


def test_controls_as_people_write_them() -> None:
    names = {
        "escape": "Esc",
        "left ctrl": "Left Ctrl",
        "shift+f7": "Shift+F7",
        "alt+return": "Alt+Enter",
        "`": "`",
        "page down": "Page Down",
        "+": "+",
        "pad1 a": "Pad 1 A",
        "pad2 dpleft": "Pad 2 Left",
        "pad1 leftx-": "Pad 1 LS left",
        "pad1 rightshoulder": "Pad 1 RB",
        "": "",
    }
    assert {control: shown(control) for control in names} == names


def test_usual_controls_are_a_key_and_the_pad_that_has_its_place(inputs: list[Input]) -> None:
    assert [row.usual for row in rows(inputs).values()] == [
        ("left ctrl", "pad1 a"),
        ("left alt", "pad1 b"),
        ("space", "pad1 x"),
        (),
    ]


def test_inputs_go_down_and_up(controls: Controls) -> None:
    assert controls.feed("left ctrl", True) == [Change("button1", True)]
    assert controls.feed("left ctrl", True) == []  # a keyboard's repetition
    assert controls.pressed() == {"button1"}
    assert controls.feed("left ctrl", False) == [Change("button1", False)]
    assert controls.feed("left ctrl", False) == []
    assert controls.feed("f24", True) == []


def test_an_input_is_down_while_any_of_its_controls_is(controls: Controls) -> None:
    assert controls.feed("space", True) == [Change("button3", True)]
    assert controls.feed("pad1 x", True) == []
    assert controls.feed("space", False) == []
    assert controls.feed("pad1 x", False) == [Change("button3", False)]


def test_an_action_begins_and_ends(controls: Controls) -> None:
    assert controls.feed("`", True) == did("rewind")
    assert controls.feed("`", False) == did("rewind", False)


def test_the_most_modifiers_decide(controls: Controls) -> None:
    assert controls.feed("f7", True) == did("load")
    controls.feed("f7", False)
    controls.feed("right shift", True)
    assert controls.feed("f7", True) == did("save")
    controls.feed("right shift", False)
    assert controls.feed("f7", False) == did("save", False)  # what began is what ends


def test_a_held_button_that_is_a_modifier_does_not_hinder(controls: Controls) -> None:
    controls.feed("left ctrl", True)
    assert controls.feed("p", True) == did("pause")


def test_a_control_with_a_modifier_goes_before_an_input(inputs: list[Input]) -> None:
    controls = Controls(inputs, bound={"button4": ["return", "p"]})
    assert controls.feed("return", True) == [Change("button4", True)]
    controls.feed("return", False)
    controls.feed("left alt", True)
    assert controls.feed("return", True) == did("fullscreen")
    controls.release()


def test_a_control_that_was_given_to_both_does_both(inputs: list[Input]) -> None:
    controls = Controls(inputs, bound={"button4": ["p"]})
    assert controls.feed("p", True) == [Change("button4", True), *did("pause")]
    assert controls.feed("p", False) == [Change("button4", False), *did("pause", False)]
    controls = Controls(inputs, {"pause": ["left alt"]})
    assert controls.feed("left alt", True) == [Change("button2", True), *did("pause")]


def test_a_machines_own_key_goes_before_an_actions(inputs: list[Input]) -> None:
    """Where nobody has asked for both."""
    inputs[3] = replace(inputs[3], means="button5")
    controls = Controls(inputs, {"fast": ["x"]})
    assert controls.feed("pad1 leftshoulder", True) == [Change("button4", True)]
    assert controls.feed("pad1 rightshoulder", True) == []


def test_settings_take_the_place_of_what_is_usual(inputs: list[Input]) -> None:
    controls = Controls(inputs, {"pause": ["pad1 start", "ctrl+k"]}, {"button1": []})
    assert controls.feed("left ctrl", True) == []
    assert controls.feed("k", True) == did("pause")
    assert controls.feed("p", True) == []
    assert controls.feed("pad1 start", True) == did("pause")


def test_release_lets_go_of_everything(controls: Controls) -> None:
    for control in ("left ctrl", "pad1 a", "page down", "left shift"):
        controls.feed(control, True)
    ended = controls.release()
    assert sorted(ended, key=lambda c: c.name) == [Change("button1", False), *did("fast", False)]
    assert controls.pressed() == set()
    assert controls.feed("left ctrl", False) == []


def test_what_is_pressed_in_a_menu_means_nothing_afterwards(controls: Controls) -> None:
    controls.track("left shift", True)
    controls.track("space", True)
    assert controls.combination("f7") == "shift+f7"
    assert controls.combination("left shift") == "left shift"
    assert controls.pressed() == set()
    assert controls.feed("space", False) == []
    assert controls.feed("f7", True) == did("save")
    controls.track("left shift", False)
    assert controls.combination("f7") == "f7"


def test_every_action_has_a_control_of_its_own() -> None:
    usual = [control for _, controls in ACTIONS.values() for control in controls]
    assert len(set(usual)) == len(usual)
    assert all(controls for _, controls in ACTIONS.values())
