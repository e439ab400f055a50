"""A session with every kind of input: mouse, sticks, a keyboard, the clipboard, the menu."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import all_inputs
import pygame
import pytest
from desk import cabinet_of_ports, go, hit, key, open_session

from emucore.history.recording import Recorder
from machines.host.menu import bindings, pages
from machines.host.profile import settings
from machines.host.session.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = open_session(all_inputs.machine(), tmp_path, settings.load(tmp_path / "settings.toml"))
    yield made
    made.close()


def mouse(session: Session, dx: int = 0, dy: int = 0, at: tuple[int, int] = (0, 0)) -> None:
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, rel=(dx, dy), pos=at))
    session.step()


def test_the_mouse_moves_and_aims(session: Session) -> None:
    """At the dot that is seen under the pointer; buttons are controls as well."""
    inputs, window = session.machine.inputs, session.stage.window
    session.step()
    assert window._mouse == (True, True)
    mouse(session, 40, at=(9, 13))  # twice as large as the picture
    assert (inputs["paddle"], inputs["gun"]) == (154, (4, 6))
    pygame.event.post(pygame.event.Event(pygame.WINDOWLEAVE))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=4))
    session.step()
    assert (inputs["trigger"], inputs["gun"]) == (True, None)
    hit(session, "tab")
    mouse(session, 40)
    assert window._mouse == (False, True)
    assert inputs["paddle"] == 154
    hit(session, "tab")
    assert inputs["trigger"] is False


def test_a_pads_stick_moves(session: Session) -> None:
    from test_pads import LEFT_X, Virtual

    from machines.host.base.sdl import sdl

    pad = Virtual(sdl())
    session.step()
    pad.axis(LEFT_X, 32_767)
    session.step()
    assert session.machine.inputs["stick"] == 100
    pad.unplug()
    session.step()
    assert session.machine.inputs["stick"] == 0


@pytest.mark.parametrize(
    ("rotate", "dot"), [(0, (4, 6)), (90, (6, 19)), (180, (27, 17)), (270, (25, 4))]
)
def test_where_the_beam_is(rotate: int, dot: tuple[int, int], session: Session) -> None:
    """Under a dot of a picture that is turned."""
    stage, across, down = session.stage, 32, 24
    if rotate % 180:
        across, down = down, across
    stage._machine = SimpleNamespace(  # type: ignore[assignment]
        board=SimpleNamespace(picture=SimpleNamespace(rotate=rotate))
    )
    stage.window.adopt("turned", across, down, 2)
    width, height = stage.window.size
    place = (width // 2 - across + 9, height // 2 - down + 13)
    assert stage.window.dot_at(place) == (4, 6)
    assert stage.beam_at(place) == dot
    assert stage.beam_at((-1, 0)) is None


def test_the_keyboard_and_its_release(session: Session) -> None:
    inputs = session.machine.inputs
    key(pygame.K_d)
    key(pygame.K_LSHIFT)
    session.step()
    assert (inputs["key.d"], inputs["key.shift"], inputs["key.s"]) == (True, True, False)
    hit(session, "tab")
    assert session.menu.page.title == "Ports"
    assert (inputs["key.d"], inputs["key.shift"]) == (False, False)
    hit(session, "tab")
    hit(session, "scroll lock")
    assert session.message == "Keyboard: hotkeys"
    hit(session, "x")
    assert not inputs["key.x"]
    hit(session, "scroll lock")
    key(pygame.K_x)
    session.step()
    assert inputs["key.x"]


def test_text_is_pasted_from_the_clipboard(session: Session, tmp_path: Path) -> None:
    machine = session.machine
    recorder = Recorder(machine)
    pygame.scrap.put_text("Add 1!?\r\n" * 40 + "€")
    key(pygame.K_LSHIFT)
    hit(session, "insert")
    assert session.message == "Typing 280 characters, 41 without a key left out"
    down: list[str] = []
    for _ in range(280 * 4 + 40 * 2 + 10):
        session.step()
        held = [n for n, value in machine.inputs.items() if n.startswith("key.") and value]
        down += ["+".join(held)] if held and (not down or down[-1] != "+".join(held)) else []
    line = ["key.shift+key.a", "key.d", "key.space", "key.1", "key.shift+key.1", "key.enter"]
    assert down == line * 40
    recorder.save(tmp_path / "recording")
    go(session, "Paste text")
    pygame.scrap.put_text("")
    hit(session, "return")
    assert session.message == "Nothing to paste"


def test_the_menu_shows_and_rebinds_what_moves(session: Session, tmp_path: Path) -> None:
    go(session, "Inputs …", "Paddle")
    labels = {item.label: item.value for item in session.menu.items}
    assert labels["Paddle"] == "Pad 1 LS across, Mouse X"
    assert labels["Paddle: left"] == "Left, Pad 1 Left"
    assert labels["Gun"] == "Pad 1 LS, Mouse"
    assert labels["Mouse sensitivity"] == "100 %"
    hit(session, "return", "x")
    assert session.controls.inputs["paddle"] == ["pad1 leftx", "mouse x"]  # no key moves it
    hit(session, "return")
    mouse(session, 1, 2)
    assert session.menu.waiting is not None
    mouse(session, 1, -9)
    assert session.menu.page.title == "Mouse Y is used by Ball Y"
    session.menu.page.chosen = 1
    hit(session, "return")
    assert session.controls.inputs["paddle"] == ["pad1 leftx", "mouse y"]
    lines = [item.label for item in session.menu.items]
    session.menu.page.chosen = lines.index("Mouse sensitivity")
    hit(session, "right")
    session.menu.page.chosen = lines.index("Keyboard …")
    hit(session, "return")
    labels = {item.label: item.value for item in session.menu.items}
    assert (labels["Hash"], labels["Enter"]) == ("Not set", "Enter")
    assert labels["Keyboard is"] == "The machine's"
    session.menu.page.chosen = [item.label for item in session.menu.items].index("Hash")
    hit(session, "return", "p")  # no question, though Pause has it
    assert session.controls.inputs["key.hash"] == ["p"]
    hit(session, "tab", "p")
    assert not session.player.paused
    kept = settings.load(tmp_path / "settings.toml")
    assert kept["input", "mouse"] == 110
    assert kept.controls["inputs"] == {"paddle": ["pad1 leftx", "mouse y"], "key.hash": ["p"]}
    kept.set_up(session.machine)
    assert kept.problems == []


def test_reset_gives_all_their_defaults(session: Session) -> None:
    for name, control in (("paddle", "mouse y"), ("a", "k"), ("paddle-", "j")):
        next(b for b in bindings.every(session) if b.name == name).bind([control])
    go(session, "Inputs …", "Reset to defaults")
    hit(session, "return")
    inputs = session.controls.inputs
    assert inputs["paddle"] == ["pad1 leftx", "mouse x"]
    assert (inputs["a"], inputs["paddle-"]) == (["left ctrl", "pad1 a"], ["left", "pad1 dpleft"])


def test_a_machine_without_a_keyboard(tmp_path: Path) -> None:
    """Has no hotkeys for one: their keys are free for what somebody had bound before."""
    path = tmp_path / "settings.toml"
    path.write_text('[actions]\npause = ["scroll lock"]\n')
    session = open_session(cabinet_of_ports(tmp_path), tmp_path, settings.load(path))
    hit(session, "scroll lock")
    assert session.message == "Paused"
    assert session.hands.paste("x") == "No keyboard to paste into"
    assert not {"keyboard", "paste"} & session.controls.actions.keys()
    assert session.stage.window._mouse == (False, False)
    labels = [item.label for item in pages.main_page(session).items()]
    assert "Paste text" not in labels
    session.close()
