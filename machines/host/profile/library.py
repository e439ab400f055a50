"""What there is to play: what comes with the machines, what was played, what lies in the folders.

Each thing that was played is remembered with its last picture, as two small files below the data
folder: ``played/ID.json`` and ``played/ID.png``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.base.errors import UserError
from emucore.base.files import read_bounded, write_atomically
from machines.host.base.png import png
from machines.registry import MODULES, find, names

#: Things played that are remembered, entries of a folder that are looked at, bytes of a note.
REMEMBERED, LOOKED_AT, NOTE_MOST = 50, 500, 1 << 16


@dataclass(frozen=True)
class Entry:
    """Something to play: a machine, its media (None: what comes with it), title and picture."""

    machine: str
    media: Path | None
    title: str
    picture: Path | None = None

    @property
    def key(self) -> str:
        """Names it on disk."""
        text = f"{self.machine}\0{self.media or ''}"
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:24]


def entry(machine: str, media: Path | None) -> Entry:
    """The entry of what a command names."""
    info = find(machine)
    if media is None:
        title, picture = info.included or (info.title, None)
        return Entry(machine, None, title, picture)
    with contextlib.suppress(UserError, OSError):
        title = info.recognise(media)
        if title:
            return Entry(machine, media.absolute(), title)
    return Entry(machine, media.absolute(), media.stem)


@dataclass(frozen=True)
class Unknown:
    """A file or folder that no machine surely knows, with what is to be said of it.

    ``machines`` are those that might take it all the same: a program of one's own.
    """

    path: Path
    reason: str
    machines: tuple[str, ...] = ()


def judged(path: Path) -> Entry | Unknown:
    """What *path* is to the machines with a screen: something to play, or why not."""
    takers, reasons = [], []
    for info in map(find, names()):
        if not info.screen:
            continue
        try:
            title = info.recognise(path)
        except OSError as error:
            reasons.append(error.strerror or str(error))
        except UserError as error:
            reasons.append(str(error).removeprefix(f"{path}: "))
        else:
            if title:
                return Entry(info.name, path.absolute(), title)
            takers.append(info.name)
    if takers:
        return Unknown(path, "no known ROMs; it may be a program of your own", tuple(takers))
    return Unknown(path, reasons[0] if reasons else "no machine takes files")


class Library:
    """What was played is below *root*; *folders* hold media."""

    def __init__(self, root: Path, folders: Sequence[Path] = ()) -> None:
        self.played = root / "played"
        self.folders = [root / "roms", *folders]

    def entries(self) -> list[Entry]:
        """Everything to play: first what comes with machines, then what was played last."""
        return self.look()[0]

    def look(self) -> tuple[list[Entry], list[Unknown]]:
        """Everything to play, and what lies in the folders beside it."""
        found: dict[str, Entry] = {}
        lying = list(self._lying())
        known = [item for item in lying if isinstance(item, Entry)]
        for item in (*self._included(), *self._remembered(), *known):
            found.setdefault(item.key, item)
        played = {item.media for item in found.values()}
        others = [u for u in lying if isinstance(u, Unknown) and u.path.absolute() not in played]
        return [self._pictured(item) for item in found.values()], others

    def _pictured(self, item: Entry) -> Entry:
        path = self.played / f"{item.key}.png"
        if item.picture is None and path.exists():
            return Entry(item.machine, item.media, item.title, path)
        return item

    @staticmethod
    def _included() -> Iterator[Entry]:
        for name in names():
            if find(name).included is not None:
                yield entry(name, None)

    def _remembered(self) -> Iterator[Entry]:
        for path in _newest_first(self.played)[:REMEMBERED]:
            with contextlib.suppress(OSError, UserError, ValueError, RecursionError):
                note = json.loads(read_bounded(path, NOTE_MOST))
                if _is_note(note):
                    item = Entry(note["machine"], Path(note["media"]), note["title"])
                    if item.machine in MODULES and Path(note["media"]).exists():
                        yield item

    def _lying(self) -> Iterator[Entry | Unknown]:
        """What lies in the folders, recognised or not."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                found = sorted(
                    p for p in Path(os.path.expanduser(folder)).iterdir() if p.name[0] != "."
                )
                for path in found[:LOOKED_AT]:
                    yield judged(path)
                if found[LOOKED_AT:]:
                    yield Unknown(folder, f"only the first {LOOKED_AT} of {len(found):,} are read")

    def remember(self, item: Entry, picture: npt.NDArray[np.uint8]) -> None:
        """*item* was played, and looked like this at last.  Raises :class:`OSError`."""
        self.played.mkdir(parents=True, exist_ok=True)
        write_atomically(self.played / f"{item.key}.png", png(picture))
        if item.media is not None:
            note = {"machine": item.machine, "media": str(item.media), "title": item.title}
            write_atomically(self.played / f"{item.key}.json", json.dumps(note))
        for path in _newest_first(self.played)[REMEMBERED:]:
            path.unlink(missing_ok=True)
            path.with_suffix(".png").unlink(missing_ok=True)


def _is_note(note: Any) -> bool:
    names = ("machine", "media", "title")
    return isinstance(note, dict) and all(isinstance(note.get(name), str) for name in names)


def _newest_first(folder: Path) -> list[Path]:
    """The notes in *folder*."""
    dated = []
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError):
            dated.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(dated, reverse=True)]
