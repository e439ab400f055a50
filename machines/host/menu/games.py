"""The menu's pages of what there is to play, and of what lies beside it and was not recognised."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from machines.host.menu.model import Item, Page, question
from machines.host.menu.played import Session
from machines.host.profile.library import Entry, Unknown, entry


def games_page(session: Session) -> Page:
    """The picker of machines and media."""

    def item(entry: Entry) -> Item:
        return Item(
            entry.title, entry.machine, lambda: session.choose(entry), picture=entry.picture
        )

    entries, unknown = session.library.look()
    unknown = [found for found in unknown if found.path.absolute() != session.entry.media]
    lines = [item(entry) for entry in entries]
    folder = _short(session.library.folders[0])
    if unknown:
        count = f"{len(unknown)} file{'s' if len(unknown) > 1 else ''}"
        lines.append(Item("Not recognised …", count, lambda: unknown_page(session, unknown)))
    lines.append(Item(f"Put ROMs into {folder}", note=f"ROMs are looked for in {folder}"))
    return Page("Games", lambda: lines)


def unknown_page(session: Session, unknown: list[Unknown]) -> Page:
    """What was not recognised, and why; a machine can be chosen for what may be a program."""

    def item(found: Unknown) -> Item:
        enter = (lambda: machines_page(session, found)) if found.machines else None
        return Item(found.path.name, found.reason, enter, note=f"{found.path}: {found.reason}")

    return Page("Not recognised", lambda: [item(found) for found in unknown])


def machines_page(session: Session, found: Unknown) -> Page:
    """Which machine is to run a file that none of them knows."""

    def run(name: str) -> Callable[[], None]:
        return lambda: session.choose(entry(name, found.path))

    answers = [(f"Run it on {name}", run(name)) for name in found.machines]
    title = f"{found.path.name} is no known ROM"
    return question(session.menu, title, [*answers, ("Cancel", lambda: None)])


def _short(folder: Path) -> str:
    """*folder* as people write it."""
    with contextlib.suppress(ValueError, RuntimeError):  # not below home, or no home
        return f"~/{folder.relative_to(Path.home())}"
    return str(folder)
