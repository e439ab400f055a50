"""What a player meets first: the keys that are told, the picker, and how one leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
from desk import cabinet_of_ports, open_session, press, shown

from machines.host.profile import settings
from machines.host.session.play import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = open_session(cabinet_of_ports(tmp_path), tmp_path)
    yield made
    made.close()


def test_a_key_that_quits_is_pressed_twice_in_a_row(session: Session) -> None:
    """With another key in between, or later, it asks again; and it is called what it is."""
    session.controls.actions["quit"] = ["ctrl+q"]
    for between in (lambda: press(session, pygame.K_F6), lambda: session.player.say("")):
        press(session, pygame.K_LCTRL, pygame.K_q)
        assert shown(session) == "Press Ctrl+Q again to quit"
        between()
        press(session, pygame.K_LCTRL, pygame.K_q)
        assert not session.over
        session.player.say("")


def test_who_leaves_the_picker_plays_nothing(session: Session) -> None:
    session.pick()
    press(session, pygame.K_TAB)
    assert session.menu
    press(session, pygame.K_ESCAPE)
    assert session.over
    assert session.machine.frame == 0


def test_who_picks_a_game_stays(session: Session) -> None:
    session.pick()
    press(session, pygame.K_RETURN)
    assert session.entry.title == "Thistledown"
    press(session, pygame.K_TAB)
    press(session, pygame.K_ESCAPE)
    assert not session.over


def test_the_first_keys_are_told(session: Session) -> None:
    """As they are bound, for some seconds of play."""
    session.step()
    assert shown(session) == "Tab: menu   5: coin   1: start"
    press(session, pygame.K_TAB)
    assert shown(session) == ""
    press(session, pygame.K_TAB)
    press(session, pygame.K_F6)
    assert shown(session).startswith("Slot 2")
    session.player.say("")
    assert shown(session) == "Tab: menu   5: coin   1: start"
    session._hinted = 1
    session.step()
    assert shown(session) == ""


def test_other_first_keys_are_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        '[actions]\nmenu = ["pad1 guide", "f1"]\n'
        '[machines.invaders.controls]\ncoin = []\nstart1 = ["pad1 start"]\n'
    )
    session = open_session(cabinet_of_ports(tmp_path), tmp_path, settings.load(path))
    assert shown(session) == "F1: menu   Pad 1 Start: start"
    session.close()
