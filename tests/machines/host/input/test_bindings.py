"""Keys and pads are given to buttons and hotkeys in the menu."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
from desk import cabinet_of_ports, go, open_session
from desk import hit as press

from machines.host.display import overlay
from machines.host.menu import bindings
from machines.host.profile import settings
from machines.host.session.play import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    file = settings.load(tmp_path / "settings.toml")
    made = open_session(cabinet_of_ports(tmp_path), tmp_path, file)
    yield made
    made.close()


def test_an_input_is_given_another_key(session: Session, tmp_path: Path) -> None:
    go(session, "Inputs …", "Fire")
    press(session, "return", "x")
    assert session.menu.items[session.menu.page.chosen].value == "X, Pad 1 A"
    press(session, "return", "left shift")  # a modifier alone is a key like others
    assert session.controls.inputs["fire"] == ["left shift", "pad1 a"]
    press(session, "return", "escape")
    assert session.controls.inputs["fire"] == ["left shift", "pad1 a"]
    press(session, "tab")
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_LSHIFT))
    session.step()
    assert session.machine.arena["panel.player1"][0] == 0x10
    kept = settings.load(tmp_path / "settings.toml")
    assert kept.controls == {"invaders": {"fire": ["left shift", "pad1 a"]}}
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_LSHIFT))
    go(session, "Inputs …", "Fire")
    press(session, "delete", "tab")
    assert session.controls.inputs["fire"] == ["left ctrl", "pad1 a"]


def test_a_captured_key_is_what_its_row_shows(session: Session) -> None:
    """First of all, so that it is seen however many there are; and that a key is waited for."""
    go(session, "Hotkeys …", "Menu")
    press(session, "return")
    view = overlay._view((400, 300), "", session.menu)
    assert view.rows[0] == ("Menu", "…")
    assert view.hint == overlay.WAITING
    press(session, "f1")
    view = overlay._view((400, 300), "", session.menu)
    assert view.rows[0] == ("Menu", "F1, Pad 1 Guide, Pad 1 RS click")


def test_two_that_want_a_key_are_asked_about(session: Session) -> None:
    def want(answer: str) -> None:
        session.menu.close()
        go(session, "Inputs …", "Fire")
        press(session, "return", "p")
        assert session.menu.page.title == "P is used by Pause"
        labels = [item.label for item in session.menu.items]
        assert labels == [
            "Swap: Pause gets Left Ctrl",
            "Keep both: P does all of it",
            "Cancel",
        ]
        session.menu.page.chosen = [label.split(":")[0] for label in labels].index(answer)
        press(session, "return")
        assert session.menu.page.title == "Inputs"

    inputs, actions = session.controls.inputs, session.controls.actions
    want("Cancel")
    assert (inputs["fire"], actions["pause"]) == (["left ctrl", "pad1 a"], ["p"])
    want("Swap")
    assert (inputs["fire"], actions["pause"]) == (["p", "pad1 a"], ["left ctrl"])
    press(session, "delete")  # its default is another's now
    assert session.menu.page.title == "Left Ctrl is used by Pause"
    press(session, "return")
    assert (inputs["fire"], actions["pause"]) == (["left ctrl", "pad1 a"], ["p"])
    want("Keep both")
    assert (inputs["fire"], actions["pause"]) == (["p", "pad1 a"], ["p"])
    press(session, "return", "p")  # no question about what is so
    assert session.menu.page.title == "Inputs"
    press(session, "tab")
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_p))
    session.step()
    assert session.player.paused
    assert session.machine.arena["panel.player1"][0] == 0x10


def test_a_question_that_is_left_changes_nothing(session: Session) -> None:
    go(session, "Inputs …", "Fire")
    press(session, "return", "p", "escape")
    assert session.menu.page.title == "Inputs"
    assert session.controls.inputs["fire"] == ["left ctrl", "pad1 a"]
    assert session.controls.actions["pause"] == ["p"]


def test_the_menu_keeps_a_key(session: Session) -> None:
    session.controls.actions["menu"] = ["tab"]
    session.controls.inputs["tilt"] = []
    go(session, "Inputs …", "Tilt")
    press(session, "return", "tab")
    assert [item.label.split(":")[0] for item in session.menu.items] == ["Keep both", "Cancel"]


def test_all_inputs_are_reset(session: Session) -> None:
    bound = bindings.every(session)
    fire = next(b for b in bound if b.name == "fire")
    pause = next(b for b in bound if b.name == "pause")
    fire.bind(["x"])
    pause.bind(["left ctrl"])
    go(session, "Inputs …", "Reset to defaults")
    press(session, "return")
    assert session.menu.page.title == "Pause has one of these keys"
    assert fire.controls == ["x"]
    press(session, "return")
    assert (fire.controls, pause.controls) == (["left ctrl", "pad1 a"], ["p"])
    press(session, "return")
    assert session.menu.page.title == "Inputs"


def test_an_action_is_given_keys_together(session: Session) -> None:
    go(session, "Hotkeys …", "Pause")
    press(session, "return")
    for code, down in ((pygame.K_LCTRL, 1), (pygame.K_k, 1), (pygame.K_k, 0), (pygame.K_LCTRL, 0)):
        kind = pygame.KEYDOWN if down else pygame.KEYUP
        pygame.event.post(pygame.event.Event(kind, key=code))
    session.step()
    assert session.controls.actions["pause"] == ["ctrl+k"]
    press(session, "tab", "p")
    assert not session.player.paused
