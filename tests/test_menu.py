"""The menu: its pages as data, and in a session."""

from __future__ import annotations

import itertools
import os
import re
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
from machines.host import bindings, menus, overlay, settings, speed
from machines.host.library import entry
from machines.host.menu import Item, Page, Stack, choice, question, slider
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


def test_sliders_end_at_their_ends() -> None:
    changes: list[int] = []
    steps = [(2, 1, [3]), (3, 1, []), (1, -1, []), (9, -1, [2]), (9, 1, [3])]
    for value, by, expected in steps:
        changes.clear()
        item = slider("Number", range(1, 4), value, changes.append)
        assert item.step is not None
        item.step(by)
        assert changes == expected


def test_a_question_is_left_by_any_answer(stack: Stack) -> None:
    done: list[str] = []
    answers = [("Yes", lambda: done.append("yes")), ("No", lambda: None)]
    for control in ("return", "escape"):
        stack.open(question(stack, "Sure?", answers))
        assert stack.page.title == "Sure?"
        stack.obey(control)
        assert stack.page.title == "Shelf"
    assert done == ["yes"]


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
    assert hint(both) == "Enter choose   Del default   Esc back"


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


def test_messages_fit() -> None:
    """In as many lines as they take, none wider than it may be, and nothing lost that has room."""
    pygame.font.init()
    font = pygame.font.Font(None, 24)
    for text in (
        "one two three " * 9,
        "/a/path/without/any/space" * 9,
        "a\nb\x1b[31m",
        "漢字" * 99,
    ):
        for width, most in ((150, 99), (40, 3), (400, 1), (5, 2), (0, 5)):
            lines = overlay.wrapped(font, text, width, most)
            assert len(lines) <= most
            assert all(font.size(line)[0] <= width for line in lines)
            assert all(line.isprintable() for line in lines)
    whole = overlay.wrapped(font, "one two three four", 80, 9)
    assert len(whole) > 1
    assert " ".join(whole) == "one two three four"
    (cut,) = overlay.wrapped(font, "one two three four", 80, 1)
    assert cut.endswith("…")


def test_a_long_message_takes_several_lines() -> None:
    pygame.display.init()

    def rows(message: str) -> int:
        surface = Overlay().surface((300, 400), message)
        assert surface is not None
        return int(pygame.surfarray.array_alpha(surface).any(axis=0).sum())

    assert rows("A message that is too long for a line " * 3) > 2 * rows("A message")
    assert rows("A message " * 1000) < 200


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
    go(session, "DIP switches …", "Lives")
    press(session, "right", "right", "left", "tab")
    assert session.machine.setting("lives") == "4"
    assert settings.load(tmp_path / "settings.toml").switches == {"invaders": {"lives": "4"}}


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
    assert session.machine.arena["main.player1"][0] == 0x10
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
            "Keep both: P presses all of them",
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
    assert session.stage.window.scale_most == 2  # of a desktop that is 768 dots high
    press(session, "down", "right", "right", "right", "right")
    assert session.stage.window.size == (448, 512)
    assert session.settings["video", "scale"] == 2
    press(session, "left", "left", "left", "left")
    assert session.settings["video", "scale"] == 0
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
    press(session, *["right"] * 5)
    assert session.settings["sound", "volume"] == 100
    press(session, *["left"] * 25)
    assert session.settings["sound", "volume"] == 0


def test_words_are_the_fields(session: Session) -> None:
    """No page has a word that other emulators do not use for the thing."""
    pages = {
        make: [item.label for item in make(session).items()]
        for make in (menus.main_page, menus.video_page, menus.switches_page, menus.inputs_page)
    }
    labels = [label for lines in pages.values() for label in lines]
    assert {"Resume", "Integer scale", "Aspect", "Window size", "VSync", "Bonus Life"} <= {*labels}
    assert [lines[-1] for lines in list(pages.values())[1:]] == ["Reset to defaults"] * 3
    values = [item.value for item in menus.video_page(session).items()]
    assert values[1:4] == ["On", "Square pixels", "Auto"]


def test_a_page_is_reset_to_its_defaults(session: Session) -> None:
    session.set_video("filter", "scanlines")
    session.set_video("fit", "fill")
    session.machine.set_switch("lives", "6")
    for page in ("Video …", "DIP switches …"):
        go(session, page, "Reset to defaults")
        press(session, "return", "tab")
    assert (session.settings["video", "filter"], session.settings["video", "fit"]) == (
        "crisp",
        "whole",
    )
    assert session.stage.window.filter == "crisp"
    assert session.machine.setting("lives") == "3"


def test_another_engine_goes_on_with_the_state(session: Session) -> None:
    session.step()
    before = session.machine.state_sha256()
    go(session, "Engine …")
    press(session, "return")
    for number, name in enumerate(("interp", "jit")):
        session.menu.page.chosen = number
        press(session, "return")
        assert session.machine.engine is not None
        assert session.machine.engine.name == name
        assert session.machine.state_sha256() == before
        assert session.settings["play", "engine"] == name
        assert [item.label.endswith("(in use)") for item in session.menu.items][number]


def test_engines_that_are_offered_are_measured(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the reference is not offered: a player would meet a machine that crawls."""
    for name in ("WARM", "MEASURED"):
        monkeypatch.setattr(speed, name, 0.02)
    session.machine.use("interp")
    session.step()
    before = session.machine.state_sha256()
    items = speed.engine_page(session).items()
    assert session.machine.state_sha256() == before
    assert [item.label for item in items] == ["Interpreter (in use)", "JIT"]
    for item in items:
        times = re.fullmatch(r"([\d,.]+) times real speed", item.value)
        assert times is not None
        assert float(times[1].replace(",", "")) > 1


def test_a_speed_is_what_a_clone_does(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 1/60 s a frame on the clock, a machine of 60 Hz runs at its own speed."""
    now = iter(x / session.machine.board.clock_hz for x in itertools.count(0, 335_360))
    monkeypatch.setattr(speed.time, "perf_counter", lambda: next(now))
    for name, seconds in (("LOOK", 0.0), ("WARM", 0.03), ("MEASURED", 0.05)):
        monkeypatch.setattr(speed, name, seconds)
    assert speed.speed(session.machine, "reference") == pytest.approx(1.0)


def test_the_reference_is_not_what_the_next_start_has(session: Session, tmp_path: Path) -> None:
    """It was begun with, by the command line, and stays for this session only."""
    session.use_engine("reference")
    session.close_menu()
    assert "reference" not in [name for _, name in session.settings.values.items()]
    path = tmp_path / "settings.toml"
    path.write_text('[play]\nengine = "reference"\n')
    old = settings.load(path)
    assert old["play", "engine"] == "interp"
    assert len(old.problems) == 1


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


def test_what_lies_unrecognised_can_be_run_on_a_machine(session: Session, tmp_path: Path) -> None:
    roms = tmp_path / "data" / "roms"
    roms.mkdir(parents=True)
    (roms / "own.bin").write_bytes(bytes.fromhex("c30000"))
    (roms / "notes.txt").write_text("Not a program at all")
    go(session, "Games …", "Not recognised …", "notes.txt")
    assert session.menu.item is not None
    assert session.menu.item.value == "text, not a program"
    assert session.menu.item.note.endswith("notes.txt: text, not a program")
    press(session, "return")
    assert session.menu.page.title == "Not recognised"
    press(session, "down", "return", "return")
    assert not session.menu
    assert session.entry.title == "own"
    session.step()
    go(session, "Games …")
    press(session, "return")
    assert session.menu.items[-2].value == "1 file"


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
