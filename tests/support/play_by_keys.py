"""A session played with real key events: ``python tests/support/play_by_keys.py FOLDER``.

Needs an X display (Xvfb will do) and xdotool.  Every key of the window is pressed in turn, what it
does is checked, and the window's contents are written to FOLDER for a person to look at.  Run by
``tests/test_play_x11.py`` in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ["SDL_VIDEODRIVER"] = "x11"

import pygame

import machines
from emucore.machine import Machine
from machines.host.base.png import png
from machines.host.profile.library import entry
from machines.host.profile.settings import load
from machines.host.session.play import Session

#: Seconds that a key's effect may take: X's round trip, on a busy host.
PATIENCE = 10.0


class Desk:
    """A session and somebody who presses its keys."""

    def __init__(self, folder: Path, machine: Machine | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.session = Session(
            machine or machines.load("invaders"),
            entry("invaders", None),
            load(folder / "settings.toml"),
            data=folder / "data",
            screenshots=folder / "shots",
        )
        self.until("the window has the keyboard", pygame.key.get_focused)

    def xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], check=True)

    def frames(self, count: int) -> None:
        for _ in range(count):
            self.session.step()

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Play until *condition* holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"{what}: not so after {PATIENCE} s"
            self.session.step()
        print(f"ok  {what}")

    def press(self, keys: str) -> None:
        """Press and let go, with the time of some frames between."""
        self.down(keys)
        self.frames(4)
        self.up(keys)
        self.frames(4)

    def down(self, keys: str) -> None:
        for key in keys.split("+"):
            self.xdotool("keydown", key)

    def up(self, keys: str) -> None:
        for key in reversed(keys.split("+")):
            self.xdotool("keyup", key)

    def look(self, name: str) -> None:
        """Write what the window shows."""
        self.session.draw()
        (self.folder / f"{name}.png").write_bytes(png(self.session.stage.window.contents()))

    def message(self, keys: str, text: str) -> None:
        """Press *keys*: a message says *text*."""
        self.press(keys)
        self.until(f"{keys}: {text}", lambda: text in self.session.player.message)


def button(desk: Desk, key: str, field: str, mask: int, active_low: bool = False) -> None:
    """The machine sees a button while its key is down."""

    def seen() -> bool:
        bits = int(desk.session.machine.arena[f"panel.{field}"][0]) & mask
        return bool(bits) != active_low

    desk.down(key)
    desk.until(f"{key} pressed", seen)
    desk.frames(6)
    desk.up(key)
    desk.until(f"{key} released", lambda: not seen())


def play(desk: Desk) -> None:
    """Coin, start, and the controls of a game."""
    desk.until("the first keys are told", lambda: "Tab: menu" in desk.session.message)
    desk.look("00-first")
    desk.frames(120)
    button(desk, "5", "buttons", 0x01, active_low=True)
    desk.frames(30)
    desk.look("01-coin")
    button(desk, "2", "buttons", 0x02)
    button(desk, "1", "buttons", 0x04)
    desk.frames(90)
    desk.look("02-start")
    button(desk, "Left", "player1", 0x20)
    button(desk, "Right", "player1", 0x40)
    button(desk, "Control_L", "player1", 0x10)
    desk.frames(120)
    desk.look("03-game")


def time_keys(desk: Desk) -> None:
    """Pause, frame advance, rewind, throttle, fast forward, reset."""
    session, player, machine = desk.session, desk.session.player, desk.session.machine
    desk.message("p", "Paused")
    frame = machine.frame
    desk.frames(10)
    assert machine.frame == frame
    desk.look("04-paused")
    desk.message("shift+p", "Paused at frame")
    desk.until("Shift+P: one frame on", lambda: machine.frame == frame + 1)
    desk.message("p", "Resumed")
    frame = machine.frame
    desk.down("grave")
    desk.until("`: back", lambda: machine.frame < frame - 20)
    desk.look("05-rewind")
    desk.up("grave")
    desk.until("`: on again", lambda: not player.rewinding)
    for key, name in (("Next", "06-fast"), ("F10", "07-unthrottled")):
        desk.down(key)
        desk.until(f"{key}: hurried", lambda: player.hurried)
        frame, began = machine.frame, time.monotonic()
        desk.frames(30)
        speed = (machine.frame - frame) * session.pacer.period / (time.monotonic() - began)
        assert speed > 2, f"{key}: only {speed:.1f} times real speed"
        desk.look(name)
        desk.up(key)
        desk.frames(3)
    assert not player.throttled
    desk.message("F10", "Normal speed")
    assert not player.hurried
    desk.message("F3", "Reset")
    assert machine.frame < 200
    desk.look("08-reset")


def states(desk: Desk) -> None:
    """Save, load, slots."""
    session = desk.session
    desk.message("F6", "Slot 2: empty")
    desk.message("F7", "Slot 2 is empty")
    desk.message("shift+F7", "Saved in slot 2")
    desk.look("09-saved")
    saved = session.machine.frame
    desk.frames(60)
    desk.message("F7", "Loaded slot 2")
    assert session.machine.frame < saved + 60
    desk.look("10-loaded")
    desk.message("shift+F6", "Slot 1: empty")


def window(desk: Desk) -> None:
    """Full screen and back, screenshot."""
    session = desk.session
    desk.message("alt+Return", "Fullscreen")
    assert session.stage.window.fullscreen
    desk.frames(30)
    desk.look("11-fullscreen")
    desk.message("alt+Return", "Window")
    assert not session.stage.window.fullscreen
    desk.frames(30)
    desk.message("F12", "invaders-0001.png")
    assert (desk.folder / "shots" / "invaders-0001.png").exists()
    desk.look("12-screenshot")


def menus(desk: Desk) -> None:
    """Every page of the Tab menu; a key is remapped, a switch set, the engine changed."""
    session, menu = desk.session, desk.session.menu

    def page(number: int, name: str) -> None:
        session.menu.page.chosen = number
        desk.press("Return")
        desk.until(f"menu: {name}", lambda: menu.page.title.startswith(name))
        desk.look(f"14-{name.lower().replace(' ', '-')}")

    desk.press("Tab")
    desk.until("Tab: menu", lambda: bool(menu))
    desk.look("13-menu")
    frame = session.machine.frame
    page(1, "Games")
    desk.press("Escape")
    page(2, "Load state")
    desk.press("Escape")
    page(4, "Inputs")
    while menu.item is not None and menu.item.label != "Fire":
        desk.press("Down")
    desk.press("Return")
    desk.until("waits for a key", lambda: menu.waiting is not None)
    desk.look("15-waiting")
    desk.press("Escape")
    assert menu.waiting is None
    desk.press("Return")
    desk.press("p")
    desk.until("P: a question", lambda: menu.page.title == "P is used by Pause")
    desk.look("15-question")
    desk.press("Escape")
    desk.press("Return")
    desk.press("x")
    assert session.controls.inputs["fire"] == ["x", "pad1 a"]
    desk.look("15-captured")
    desk.press("Delete")
    assert session.controls.inputs["fire"] == ["left ctrl", "pad1 a"]
    desk.press("Escape")
    page(5, "Hotkeys")
    desk.press("Escape")
    page(6, "DIP")
    desk.press("Right")
    assert session.machine.setting("lives") == "4"
    desk.press("Escape")
    page(7, "Video")
    for name in ("smooth", "scanlines"):
        desk.press("Right")
        assert session.stage.window.filter == name
        desk.look(f"16-{name}")
    desk.press("Right")
    desk.press("Escape")
    session.menu.page.chosen = 8
    desk.press("Left")
    assert session.settings["sound", "volume"] == 95
    page(9, "Engine")
    desk.press("Down")
    desk.press("Return")
    engine = session.machine.engine
    assert engine is not None
    assert engine.name == "jit"
    assert session.machine.frame == frame, "the machine waits behind the menu"
    desk.press("Tab")
    desk.until("Tab: closed", lambda: not menu)
    desk.frames(60)
    assert 'lives = "4"' in (desk.folder / "settings.toml").read_text()


def main() -> None:
    """Press everything."""
    desk = Desk(Path(sys.argv[1]))
    for part in (play, time_keys, states, window, menus):
        part(desk)
    desk.message("Escape", "Press Esc again to quit")
    desk.look("17-esc")
    assert not desk.session.over
    desk.down("Escape")
    desk.until("Escape: over", lambda: desk.session.over)
    desk.up("Escape")
    desk.session.close()


if __name__ == "__main__":
    main()
