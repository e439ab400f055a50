"""The pages of the menu in a session, made from what there is to set."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from machines.host.controls import ACTIONS, is_pad, usual_controls
from machines.host.menu import Item, Page, choice
from machines.host.settings import DOTS, FILTERS, FITS, SLOTS
from machines.registry import ENGINE_MODULES

if TYPE_CHECKING:
    from machines.host.library import Entry
    from machines.host.play import Session

VOLUMES = range(0, 101, 5)


def main_page(session: Session) -> Page:
    """What the menu key opens."""

    def opens(make: Callable[[Session], Page]) -> Callable[[], Page]:
        return lambda: make(session)

    def items() -> list[Item]:
        engine = session.machine.engine
        lines = [
            Item("Go on", enter=session.close_menu),
            Item("Games …", enter=opens(games_page)),
            Item("Load state …", enter=opens(load_page)),
            Item("Save state …", enter=opens(save_page)),
            Item("Inputs …", enter=opens(inputs_page)),
            Item("Keys of the window …", enter=opens(actions_page)),
            Item("Switches …", enter=opens(switches_page)),
            Item("Video …", enter=opens(video_page)),
            choice("Volume", VOLUMES, session.settings["sound", "volume"], session.set_volume),
            choice(
                "Engine", list(ENGINE_MODULES), engine.name if engine else "", session.use_engine
            ),
            Item("Reset", enter=lambda: session.from_menu("reset")),
            Item("Quit", enter=lambda: session.from_menu("quit")),
        ]
        if not session.machine.board.switches:
            del lines[6]
        return lines

    return Page(session.entry.title, items)


def games_page(session: Session) -> Page:
    """The picker of machines and media."""

    def item(entry: Entry) -> Item:
        return Item(
            entry.title, entry.machine, lambda: session.choose(entry), picture=entry.picture
        )

    found = [item(entry) for entry in session.library.entries()]
    note = Item(f"Put ROMs into {_short(session.library.folders[0])}")
    return Page("Games", lambda: [*found, note])


def _short(folder: Path) -> str:
    """*folder* as people write it."""
    with contextlib.suppress(ValueError, RuntimeError):  # not below home, or no home
        return f"~/{folder.relative_to(Path.home())}"
    return str(folder)


def load_page(session: Session) -> Page:
    """States to be loaded."""
    return Page("Load state", lambda: _slots(session, "load"), session.player.slot)


def save_page(session: Session) -> Page:
    """Slots for a state."""
    return Page("Save state", lambda: _slots(session, "save"), session.player.slot)


def _slots(session: Session, action: str) -> list[Item]:
    def use(slot: int) -> None:
        session.player.choose_slot(slot)
        session.from_menu(action)

    def item(slot: int) -> Item:
        slots = session.player.slots
        saved = slots.saved(slot) or "empty"
        return Item(f"Slot {slot}", saved, lambda: use(slot), picture=slots.picture(slot))

    return [item(slot) for slot in range(SLOTS)]


def inputs_page(session: Session) -> Page:
    """What presses the machine's buttons."""
    board, settings = session.machine.board, session.settings

    def item(name: str) -> Item:
        controls = session.controls.inputs[name]

        def bind(new: list[str]) -> None:
            settings.bind_input(board.name, name, new)
            session.controls.inputs[name] = new

        return _binding(
            board.inputs[name].title, controls, usual_controls(board.inputs[name]), bind
        )

    return Page("Inputs", lambda: [item(name) for name in board.inputs])


def actions_page(session: Session) -> Page:
    """What makes the window do something."""

    def item(name: str) -> Item:
        controls = session.controls.actions[name]
        title, usual = ACTIONS[name]

        def bind(new: list[str]) -> None:
            session.settings.bind_action(name, new)
            session.controls.actions[name] = new

        return _binding(title, controls, list(usual), bind)

    return Page("Keys of the window", lambda: [item(name) for name in ACTIONS])


def _binding(
    title: str, controls: list[str], usual: Sequence[str], bind: Callable[[list[str]], None]
) -> Item:
    """An item that takes a control in place of the others of its kind: keys, or pads."""

    def capture(control: str) -> None:
        bind([*(c for c in controls if is_pad(c) != is_pad(control)), control])

    value = ", ".join(controls) or "nothing"
    return Item(title, value, capture=capture, clear=lambda: bind(list(usual)))


def switches_page(session: Session) -> Page:
    """The DIP switches."""
    machine, settings = session.machine, session.settings

    def item(name: str) -> Item:
        def change(setting: Any) -> None:
            machine.set_switch(name, setting)
            settings.set_switch(machine.board.name, name, setting)

        values = list(machine.board.switches[name].settings)
        return choice(name.replace("_", " "), values, machine.setting(name), change)

    return Page(
        "Switches (some count from a reset on)",
        lambda: [item(name) for name in machine.board.switches],
    )


def video_page(session: Session) -> Page:
    """How the picture looks."""

    def item(label: str, key: str, values: Sequence[Any], **shown: Any) -> Item:
        return choice(
            label,
            values,
            session.settings["video", key],
            lambda value: session.set_video(key, value),
            **shown,
        )

    def times(scale: int) -> str:
        return f"{scale} times" if scale else "what suits"

    return Page(
        "Video",
        lambda: [
            item("Filter", "filter", FILTERS),
            item("Size of the picture", "fit", FITS),
            item("Shape of the dots", "dots", DOTS),
            item("Size of the window", "scale", range(9), shown=times),
            item("Full screen", "fullscreen", (False, True)),
            item("Wait for the display (vsync)", "vsync", (False, True)),
        ],
    )
