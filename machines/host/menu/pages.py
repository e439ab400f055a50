"""The pages of the menu in a session, made from what there is to set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from machines.host.menu.bindings import hotkeys_page, inputs_page
from machines.host.menu.games import games_page
from machines.host.menu.media import media_page
from machines.host.menu.model import Item, Page, choice
from machines.host.menu.played import Session
from machines.host.menu.speed import engine_page, title
from machines.host.profile.settings import DOTS, FILTERS, FITS, PLAIN, SLOTS

VOLUMES = range(0, 101, 5)


def main_page(session: Session) -> Page:
    """What the menu key opens."""

    def opens(make: Callable[[Session], Page]) -> Callable[[], Page]:
        return lambda: make(session)

    def items() -> list[Item]:
        machine = session.machine
        engine, switches, typing = machine.engine, machine.board.switches, machine.panel.typing
        return [
            Item("Resume", enter=session.close_menu),
            Item("Games …", enter=opens(games_page)),
            Item("Load state …", enter=opens(load_page)),
            Item("Save state …", enter=opens(save_page)),
            Item("Inputs …", enter=opens(inputs_page)),
            Item("Hotkeys …", enter=opens(hotkeys_page)),
            *([Item("Paste text", enter=lambda: session.from_menu("paste"))] if typing else []),
            *([Item("Media …", enter=opens(media_page))] if machine.board.slots else []),
            *([Item("DIP switches …", enter=opens(switches_page))] if switches else []),
            Item("Video …", enter=opens(video_page)),
            choice(
                "Volume",
                VOLUMES,
                session.settings["sound", "volume"],
                session.set_volume,
                lambda volume: f"{volume} %",
                ends=True,
            ),
            Item("Engine …", title(engine.name) if engine else "", opens(engine_page)),
            Item("Reset", enter=lambda: session.from_menu("reset")),
            Item("Quit", enter=session.quit),
        ]

    return Page(session.entry.title, items)


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


def switches_page(session: Session) -> Page:
    """The DIP switches."""
    machine, settings = session.machine, session.settings

    def set_to(name: str, setting: str) -> None:
        machine.set_switch(name, setting)
        settings.set_switch(machine.board.name, name, setting)

    def item(name: str) -> Item:
        switch = machine.board.switches[name]
        made = choice(
            switch.title,
            list(switch.settings),
            machine.setting(name),
            lambda setting: set_to(name, setting),
        )
        return replace(made, note="Some games look at the switches only after a reset")

    def reset() -> None:
        for name, switch in machine.board.switches.items():
            if machine.setting(name) != switch.default:
                set_to(name, switch.default)

    last = Item("Reset to defaults", enter=reset)
    return Page("DIP switches", lambda: [*map(item, machine.board.switches), last])


def video_page(session: Session) -> Page:
    """How the picture looks."""

    def item(label: str, key: str, values: Sequence[Any], shown: Callable[[Any], str]) -> Item:
        return choice(
            label,
            values,
            session.settings["video", key],
            lambda value: session.set_video(key, value),
            shown,
        )

    def switch(label: str, key: str, off: Any = False, on: Any = True) -> Item:
        return item(label, key, (off, on), lambda value: "On" if value == on else "Off")

    def scale() -> Item:
        most = session.scale_most
        return choice(
            "Window size",
            range(most + 1),
            session.settings["video", "scale"],
            lambda value: session.set_video("scale", value),
            lambda value: f"{value}x" if value else "Auto",
            ends=True,
        )

    def reset() -> None:
        for key in ("filter", "fit", "dots", "scale", "fullscreen", "vsync"):
            if session.settings["video", key] != PLAIN["video", key][0]:
                session.set_video(key, PLAIN["video", key][0])

    return Page(
        "Video",
        lambda: [
            item("Filter", "filter", FILTERS, str.capitalize),
            switch("Integer scale", "fit", *reversed(FITS)),
            item("Aspect", "dots", DOTS, lambda dots: _aspect(session, dots)),
            scale(),
            switch("Fullscreen", "fullscreen"),
            switch("VSync", "vsync"),
            Item("Reset to defaults", enter=reset),
        ],
    )


def _aspect(session: Session, dots: str) -> str:
    """How broad and high the picture is with such dots."""
    picture = session.machine.board.picture
    if dots == DOTS[0] or picture is None or picture.tube is None:
        return "Square pixels"
    across, down = picture.tube if picture.rotate % 180 == 0 else reversed(picture.tube)
    return f"{across}:{down}, as on the monitor"
