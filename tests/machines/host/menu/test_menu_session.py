"""The menu in a session: what its pages do."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
from desk import at_once, go
from desk import hit as press

from emucore.history.recording import Recorder
from machines.arcade.invaders import build
from machines.host.display.overlay import Overlay
from machines.host.menu import pages as menus
from machines.host.menu import speed
from machines.host.profile import settings
from machines.host.profile.library import entry
from machines.host.session.play import Session


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
    yield at_once(made)
    made.close()


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
    assert session.machine.arena["panel.player1"][0] == 0x20
    press(session, "tab")
    assert session.machine.arena["panel.player1"][0] == 0
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_LEFT))
    press(session, "escape")
    assert session.machine.arena["panel.player1"][0] == 0


def test_switches(session: Session, tmp_path: Path) -> None:
    go(session, "DIP switches …", "Lives")
    press(session, "right", "right", "left", "tab")
    assert session.machine.setting("lives") == "4"
    assert settings.load(tmp_path / "settings.toml").switches == {"invaders": {"lives": "4"}}


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
