"""The menu's pages of the machine's slots: what is in them, and what may be put there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from emucore.base.errors import UserError
from emucore.board import Slot
from machines.host.menu.model import Item, Page
from machines.host.menu.played import Session

#: Files that are listed of a folder.
LISTED = 200


def media_page(session: Session) -> Page:
    """The machine's slots."""

    def item(slot: Slot) -> Item:
        medium = session.machine.media[slot.name]
        return Item(
            slot.title, medium.name if medium else "empty", lambda: slot_page(session, slot)
        )

    return Page("Media", lambda: [item(slot) for slot in session.machine.board.slots.values()])


def slot_page(session: Session, slot: Slot) -> Page:
    """What may be put into one: files beside what is there, and in the folders of ROMs."""

    def put(path: Path) -> Callable[[], None]:
        return lambda: _leave(session, insert(session, slot.name, path))

    def items() -> list[Item]:
        there = session.machine.media[slot.name]
        lines = []
        if there is not None:
            lines.append(Item("Take it out", enter=lambda: _leave(session, eject(session, slot))))
        files = sorted(set(_files(session, there.source if there is not None else None)))
        return [*lines, *(Item(p.name, note=str(p), enter=put(p)) for p in files)]

    return Page(slot.title, items)


def _files(session: Session, source: Path | None) -> Iterator[Path]:
    beside = [path.parent for path in (source, session.entry.media) if path is not None]
    for folder in (*beside, *session.library.folders):
        with contextlib.suppress(OSError):
            found = (p for p in folder.expanduser().iterdir() if p.name[0] != "." and p.is_file())
            yield from (path.absolute() for path, _ in zip(found, range(LISTED), strict=False))


def _leave(session: Session, done: bool) -> None:
    if done:
        session.close_menu()


def insert(session: Session, slot: str, path: Path) -> bool:
    """Put the file *path* into *slot*; whether it fits: why not is told."""
    try:
        medium = session.machine.insert(slot, path)
    except OSError as error:
        session.tell(f"{path.name}: {error.strerror}")
    except UserError as error:
        session.tell(str(error))
    else:
        session.player.say(f"{session.machine.board.slots[slot].title}: {medium.name}")
        return True
    return False


def eject(session: Session, slot: Slot) -> bool:
    """Take out what is in *slot*; whether it could be: why not is told."""
    try:
        session.machine.eject(slot.name)
    except OSError as error:
        session.tell(f"{slot.title}: not written: {error.strerror}")
        return False
    session.player.say(f"{slot.title}: empty")
    return True


def taker(session: Session, path: Path) -> str:
    """The first slot of the machine that takes the file *path*; nothing if none does."""
    for name in session.machine.board.slots:
        with contextlib.suppress(OSError, UserError):
            session.machine.media.read(name, path)
            return name
    return ""
