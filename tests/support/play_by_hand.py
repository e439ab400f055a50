"""Every kind of input by real events of mouse and keys: ``python tests/play_by_hand.py FOLDER``.

Needs what :mod:`play_by_keys` needs, and is run as that is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import all_inputs
import pygame
from play_by_keys import Desk


def roll(desk: Desk) -> None:
    """The mouse's way turns and moves, as long as the menu is closed."""
    inputs = desk.session.machine.inputs
    desk.frames(3)
    before = inputs["paddle"], inputs["ball-y"]
    desk.xdotool("mousemove_relative", "--", "-30", "20")
    desk.until("the mouse is rolled", lambda: (inputs["paddle"], inputs["ball-y"]) != before)
    desk.frames(3)
    assert inputs["paddle"] < before[0]
    desk.press("Tab")
    desk.until("the menu is open", lambda: bool(desk.session.menu))
    before = inputs["paddle"], inputs["ball-y"]
    desk.xdotool("mousemove_relative", "--", "50", "50")
    desk.frames(10)
    desk.look("inputs-menu")
    desk.press("Tab")
    desk.until("the menu is closed", lambda: not desk.session.menu)
    assert (inputs["paddle"], inputs["ball-y"]) == before


def point(desk: Desk) -> None:
    """The pointer aims where nothing needs its way."""
    session, inputs = desk.session, desk.session.machine.inputs
    for controls in session.controls.inputs.values():
        controls[:] = [c for c in controls if c not in ("mouse x", "mouse y")]
    desk.frames(3)
    (left, top), size = session.stage.window.place
    for part in (0.3, 0.6):
        x, y = (round(n * part) for n in size)
        desk.xdotool("mousemove", str(left + x), str(top + y))
        dot = session.stage.window.dot_at((x, y))
        assert dot is not None
        desk.until(f"the gun is aimed at {dot}", lambda dot=dot: inputs["gun"] == dot)  # type: ignore[misc]
    desk.xdotool("mousedown", "1")
    desk.until("the trigger is pulled", lambda: inputs["trigger"] is True)
    desk.xdotool("mouseup", "1")
    desk.until("the trigger is let go", lambda: inputs["trigger"] is False)
    desk.xdotool("mousemove", str(left + size[0] + 40), str(top + 5))
    desk.until("the gun is aimed at nothing", lambda: inputs["gun"] is None)


def write(desk: Desk) -> None:
    """Keys of the machine's own, hotkeys beside them, and text that is pasted."""
    session, inputs = desk.session, desk.session.machine.inputs
    desk.down("shift+x")
    desk.until("shift and X", lambda: inputs["key.shift"] is inputs["key.x"] is True)
    desk.up("shift+x")
    desk.until("neither", lambda: inputs["key.shift"] is inputs["key.x"] is False)
    desk.message("Scroll_Lock", "Keyboard: hotkeys")
    desk.down("x")
    desk.frames(10)
    assert inputs["key.x"] is False
    desk.up("x")
    desk.message("Scroll_Lock", "Keyboard: the machine's")
    pygame.scrap.put_text("Zz1!")
    desk.down("shift+Insert")
    desk.until("text is typed", lambda: bool(session.machine.arena["key.typed"][0]))
    desk.up("shift+Insert")
    desk.until("all of it", lambda: session.machine.arena["key.read"][0] == 4)


def main() -> None:
    """Do everything."""
    desk = Desk(Path(sys.argv[1]), all_inputs.machine())
    for part in (roll, point, write):
        part(desk)
    desk.session.close()


if __name__ == "__main__":
    main()
