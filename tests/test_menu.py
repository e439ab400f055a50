"""The menu: its pages as data, and in a session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import emucore.reference  # noqa: F401 - registers the engine

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from emucore.recording import Recorder
from machines.host import menus, overlay, settings
from machines.host.library import entry
from machines.host.menu import Item, Page, Stack, choice
from machines.host.overlay import Overlay
from machines.host.pacer import Pacer
from machines.host.play import Session
from machines.host.png import png
from machines.invaders import build

# -- the model ------------------------------------------------------------------------------


class Shelf:
    """Something to set: a number, a text, and what was entered."""

    def __init__(self) -> None:
        self.number = 2
        self.control = ""
        self.entered = 0

    def items(self) -> list[Item]:
        return [
            choice("Number", [1, 2, 3], self.number, lambda value: setattr(self, "number", value)),
            Item("Enter", enter=self.enter),
            Item("Page", enter=lambda: Page("Inner", list)),
            Item(
                "Key",
                self.control,
                capture=lambda control: setattr(self, "control", control),
                clear=lambda: setattr(self, "control", ""),
            ),
        ]

    def enter(self) -> None:
        self.entered += 1


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def stack(shelf: Shelf) -> Stack:
    made = Stack()
    made.open(Page("Shelf", shelf.items))
    return made


def test_values_go_round(shelf: Shelf, stack: Stack) -> None:
    for control, value in (("right", 3), ("right", 1), ("left", 3), ("return", 1)):
        assert stack.obey(control)
        assert shelf.number == value
        assert stack.items[0].value == str(value)


def test_lines_go_round_too(stack: Stack) -> None:
    labels = []
    for control in ("down", "pad1 dpdown", "pad2 lefty+", "down", "up"):
        assert stack.obey(control)
        assert stack.item is not None
        labels.append(stack.item.label)
    assert labels == ["Enter", "Page", "Key", "Number", "Key"]


def test_the_hint_says_what_the_line_can() -> None:
    def hint(item: Item | None) -> str:
        return overlay._hint(item)

    assert hint(None) == "Esc back"
    assert hint(Item("Page", enter=lambda: None)) == "Enter choose   Esc back"
    assert hint(Item("Number", step=lambda by: None)) == "Left/Right change   Esc back"
    both = Item("Key", capture=lambda control: None, clear=lambda: None)
    assert hint(both) == "Enter choose   Del usual   Esc back"


def test_pages_lie_on_each_other(shelf: Shelf, stack: Stack) -> None:
    stack.obey("down")
    stack.obey("pad1 a")
    assert shelf.entered == 1
    stack.obey("down")
    stack.obey("return")
    assert stack.page.title == "Inner"
    assert stack.item is None
    for control in ("up", "down", "left", "return", "delete"):
        stack.obey(control)  # an empty page bears it
    stack.obey("escape")
    assert stack.page.title == "Shelf"
    assert stack.page.chosen == 2
    stack.obey("pad1 b")
    assert not stack


def test_a_control_is_waited_for(shelf: Shelf, stack: Stack) -> None:
    stack.obey("up")
    stack.obey("return")
    assert stack.waiting is not None
    stack.take("shift+x")
    assert stack.waiting is None
    assert stack.items[3].value == "shift+x"
    stack.obey("return")
    stack.obey("escape")
    assert stack.waiting is None
    assert stack
    stack.obey("delete")
    assert shelf.control == ""


def test_controls_that_mean_nothing(stack: Stack) -> None:
    for control in ("x", "a", "pad1 guide", "padlock", "pad1"):
        assert not stack.obey(control)


def test_what_is_gone_is_not_chosen(stack: Stack) -> None:
    stack.page.chosen = 99
    assert stack.item is not None
    assert stack.item.label == "Key"


# -- the picture ----------------------------------------------------------------------------


def test_the_overlay_is_drawn_when_it_changes(shelf: Shelf, stack: Stack) -> None:
    pygame.display.init()
    overlay = Overlay()
    assert overlay.surface((300, 200), "") is None
    message = overlay.surface((300, 200), "Hello")
    assert message is not None
    assert overlay.surface((300, 200), "Hello") is message
    menu = overlay.surface((300, 200), "Hello", stack)
    assert menu is not None
    assert menu is not message
    assert overlay.surface((300, 200), "Hello", stack) is menu
    shelf.number = 1
    assert overlay.surface((300, 200), "Hello", stack) is not menu
    assert overlay.surface((400, 200), "", stack).get_size() == (400, 200)
    assert overlay.surface((400, 200), "", Stack()) is None


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (224, 256), (3840, 2160), (200, 2000)])
def test_a_menu_fits_any_window(size: tuple[int, int], tmp_path: Path) -> None:
    damaged, huge = tmp_path / "bad.png", tmp_path / "huge.png"
    whole = png(np.zeros((4, 4, 3), np.uint8))
    damaged.write_bytes(whole[:40])
    huge.write_bytes(whole[:16] + (1 << 30).to_bytes(4, "big") + whole[20:])
    items = [
        Item("Huge", picture=huge),
        Item("A label that is too long " * 9, "and a value " * 9, picture=damaged),
        Item("Nul \0", "Übermut 漢字", picture=tmp_path / "none.png"),
        *(Item(str(i)) for i in range(100)),
    ]
    stack = Stack()
    stack.open(Page("Title", lambda: items))
    for stack.page.chosen in (0, 1, 2, 50, 102):
        surface = Overlay().surface(size, "A message " * 20, stack)
        assert surface is not None
        assert surface.get_size() == size


# -- in a session ---------------------------------------------------------------------------


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    rom = tmp_path / "rom.bin"
    rom.write_bytes(bytes.fromhex("db01 320024 c30000"))
    machine = build(rom)
    machine.use("reference")
    made = Session(
        machine,
        entry("invaders", rom),
        settings.load(tmp_path / "settings.toml"),
        data=tmp_path / "data",
        screenshots=tmp_path / "shots",
        scale=2,
    )
    made.pacer = Pacer(1.0, clock=lambda: 0.0, sleep=lambda seconds: None)
    yield made
    made.close()


def press(session: Session, *names: str) -> None:
    """Tap keys, one after the other."""
    for name in names:
        code = pygame.key.key_code(name)
        for kind in (pygame.KEYDOWN, pygame.KEYUP):
            pygame.event.post(pygame.event.Event(kind, key=code))
        session.step()


def go(session: Session, *labels: str) -> None:
    """Open the menu, choose the lines with *labels*, stay on the last."""
    press(session, "tab")
    for i, label in enumerate(labels):
        if i:
            press(session, "return")
        lines = [item.label for item in session.menu.items]
        session.menu.page.chosen = lines.index(label)


def test_the_machine_waits_behind_the_menu(session: Session) -> None:
    session.step()
    press(session, "tab")
    assert session.menu.page.title == "rom"
    assert (session.machine.frame, session.step()) == (1, 0)
    press(session, "tab")
    assert not session.menu
    assert session.machine.frame == 2
    press(session, "tab", "escape")
    assert not session.menu
    press(session, "tab", "return")
    assert not session.menu


def test_held_buttons_are_let_go(session: Session) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_LEFT))
    session.step()
    assert session.machine.arena["main.player1"][0] == 0x20
    press(session, "tab")
    assert session.machine.arena["main.player1"][0] == 0
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_LEFT))
    press(session, "escape")
    assert session.machine.arena["main.player1"][0] == 0


def test_switches(session: Session, tmp_path: Path) -> None:
    go(session, "Switches …", "lives")
    press(session, "right", "right", "left", "tab")
    assert session.machine.setting("lives") == "4"
    assert settings.load(tmp_path / "settings.toml").switches == {"invaders": {"lives": "4"}}


def test_an_input_is_given_another_key(session: Session, tmp_path: Path) -> None:
    go(session, "Inputs …", "Fire")
    press(session, "return", "x")
    assert session.menu.items[session.menu.page.chosen].value == "pad1 a, x"
    press(session, "return", "left shift")  # a modifier alone is a key like others
    assert session.controls.inputs["fire"] == ["pad1 a", "left shift"]
    press(session, "return", "escape")
    assert session.controls.inputs["fire"] == ["pad1 a", "left shift"]
    press(session, "tab")
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_LSHIFT))
    session.step()
    assert session.machine.arena["main.player1"][0] == 0x10
    kept = settings.load(tmp_path / "settings.toml")
    assert kept.controls == {"invaders": {"fire": ["pad1 a", "left shift"]}}
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_LSHIFT))
    go(session, "Inputs …", "Fire")
    press(session, "delete", "tab")
    assert session.controls.inputs["fire"] == ["left ctrl", "pad1 a"]


def test_an_action_is_given_keys_together(session: Session) -> None:
    go(session, "Keys of the window …", "Pause")
    press(session, "return")
    for code, down in ((pygame.K_LCTRL, 1), (pygame.K_k, 1), (pygame.K_k, 0), (pygame.K_LCTRL, 0)):
        kind = pygame.KEYDOWN if down else pygame.KEYUP
        pygame.event.post(pygame.event.Event(kind, key=code))
    session.step()
    assert session.controls.actions["pause"] == ["ctrl+k"]
    press(session, "tab", "p")
    assert not session.player.paused


def test_video(session: Session) -> None:
    go(session, "Video …", "Filter")
    press(session, "right")
    assert session.stage.window.filter == "smooth"
    press(session, "down", "right")
    assert not session.stage.window.whole
    press(session, "down", "right")
    assert session.stage.window.dot == pytest.approx(6 / 7)
    press(session, "right")
    assert session.stage.window.dot == 1
    press(session, "down", "right", "right", "right")
    assert session.stage.window.size == (672, 768)
    press(session, "down", "right")
    assert session.stage.window.fullscreen
    press(session, "right", "down", "right")
    assert session.settings["video", "vsync"] is False


def test_volume(session: Session) -> None:
    go(session, "Volume")
    press(session, "left", "left")
    assert session.settings["sound", "volume"] == 90
    assert session.stage.speaker is not None
    assert session.stage.speaker.volume == pytest.approx(0.81)


def test_another_engine_goes_on_with_the_state(session: Session) -> None:
    session.step()
    before = session.machine.state_sha256()
    go(session, "Engine")
    for name in ("interp", "jit", "reference"):
        press(session, "right")
        assert session.machine.engine is not None
        assert session.machine.engine.name == name
        assert session.machine.state_sha256() == before
        assert session.settings["play", "engine"] == name


def test_states(session: Session) -> None:
    session.step()
    go(session, "Save state …", "Slot 3")
    press(session, "return")
    assert not session.menu
    assert session.player.message == "Saved in slot 3"
    saved = session.machine.frame
    press(session, "f4", "f4")
    go(session, "Load state …", "Slot 3")
    assert session.menu.item is not None
    assert session.menu.item.picture is not None
    plain = Overlay().surface(session.stage.window.size, "", session.menu)
    session.menu.page.chosen = 2
    assert session.menu.item.picture is None
    assert plain is not None
    session.menu.page.chosen = 3
    press(session, "return")
    assert session.player.message == "Loaded slot 3"
    assert session.machine.frame <= saved + 1


def test_reset_and_quit(session: Session) -> None:
    session.step()
    go(session, "Reset")
    press(session, "return")
    assert session.player.message == "Reset"
    assert session.machine.frame <= 1
    go(session, "Quit")
    press(session, "return")
    assert session.over


def test_another_game_is_picked(session: Session, tmp_path: Path) -> None:
    session.step()
    first = session.machine
    go(session, "Games …", "Thistledown")
    assert session.menu.item is not None
    assert session.menu.item.picture is not None
    press(session, "return")
    assert not session.menu
    assert session.machine is not first
    assert session.entry.title == "Thistledown"
    assert session.step() >= 1
    titles = [e.title for e in session.library.entries()]
    assert titles == ["Thistledown", "rom"]  # the one before is remembered, with its picture
    assert all(e.picture for e in session.library.entries())


def test_a_game_that_is_gone_leaves_this_one(session: Session, tmp_path: Path) -> None:
    machine = session.machine
    missing = entry("invaders", tmp_path / "gone.bin")
    session.open_menu(menus.main_page(session))
    session.choose(missing)
    assert session.machine is machine
    assert "gone.bin: no such file or folder" in session.player.message
    assert session.menu


def test_no_other_game_while_recording(session: Session) -> None:
    Recorder(session.machine)
    machine = session.machine
    session.choose(entry("invaders", None))
    assert session.machine is machine
    assert session.player.message == "No other game while recording"


def test_the_menu_is_seen_over_a_darker_picture(session: Session) -> None:
    session.step()
    before = session.stage.window.contents()
    press(session, "tab")
    after = session.stage.window.contents()
    assert after.shape == before.shape
    assert np.abs(after.astype(int) - before).max() > 100
