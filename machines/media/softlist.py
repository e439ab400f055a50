"""Software lists: what is known of a medium by the hash of its content, whatever its header says.

    format = 1
    machine = "toy"                          # of all that name none

    [[software]]
    title = "Six Sums"
    sha256 = "9f86d0…"                       # or sha1, or crc32 and size: of the content
    board = { mapper = "banked", ram = 8192, battery = true }
    region = "pal"
    quirks = ["slow-start"]
    verified = "the emucore developers, on the machine"
    source = "roms_test/games"

Lists come with the machines (``software/*.toml`` beside this file), and are the user's own:
``software/*.toml`` in the data folder, which come first.  ``board`` is what the machine understands
of it, and takes the place of what a header says.  No list is trusted: it is read within bounds, and
what is wrong in one is a :class:`UserError` of one line with file, number and key.
"""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emucore.base.errors import UserError, plain
from emucore.base.files import about, user_folder
from emucore.base.toml import read_toml

#: The format of the files.
FORMAT = 1
#: Bytes of a list, lists of a folder, and letters of a text.
MOST, LISTS_MOST, TEXT_MOST = 8 << 20, 200, 300

#: Hashes by name, and how many hexadecimal digits they have.
DIGITS = {"sha256": 64, "sha1": 40, "crc32": 8}


@dataclass(frozen=True)
class Software:
    """A row of a list: see the module's text.  ``where`` is its file and number, for messages."""

    title: str
    machine: str
    where: str
    hashes: Mapping[str, str]
    size: int | None = None
    board: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""
    quirks: tuple[str, ...] = ()
    verified: str = ""
    source: str = ""

    def facts(self) -> dict[str, Any]:
        """What takes the place of what a header says."""
        region = {"region": self.region} if self.region else {}
        return {**self.board, **region}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TEXT_MOST and value.isprintable()


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 40


def _is_fact(value: Any) -> bool:
    return isinstance(value, bool) or _is_number(value) or _is_text(value) or _are_texts(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(map(_is_text, value))


def _are_facts(value: Any) -> bool:
    return (
        isinstance(value, dict) and all(map(_is_text, value)) and all(map(_is_fact, value.values()))
    )


def _digits(count: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, str)
        and len(value) == count
        and all(c in "0123456789abcdefABCDEF" for c in value)
    )


#: The keys of a row: what values they may have, and that in words.
KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "title": (_is_text, "a line of text"),
    "machine": (_is_text, "a machine's name"),
    **{name: (_digits(n), f"{n} hexadecimal digits") for name, n in DIGITS.items()},
    "size": (_is_number, "a number of bytes"),
    "board": (_are_facts, "a table of numbers, texts and yes or no"),
    "region": (_is_text, "a line of text"),
    "quirks": (_are_texts, "a list of texts"),
    "verified": (_is_text, "a line of text"),
    "source": (_is_text, "a line of text"),
}


def read_list(path: Path) -> list[Software]:
    """The rows of the list in *path*.

    Raises :class:`UserError` for what is wrong in it, :class:`OSError` where it cannot be read.
    """
    content = read_toml(path, MOST)
    try:
        return _rows(content, path.name)
    except UserError as error:
        raise UserError(about(path, error)) from None


def _rows(content: Mapping[str, Any], name: str) -> list[Software]:
    if content.get("format") != FORMAT or isinstance(content["format"], bool):
        raise UserError(f"format = {content.get('format')!r:.20}; this program reads {FORMAT}")
    unknown = content.keys() - {"format", "machine", "software"}
    if unknown:
        raise UserError(f"unknown key {min(unknown)!r:.40}")
    usual, rows = content.get("machine", ""), content.get("software", [])
    if not isinstance(rows, list) or (usual != "" and not _is_text(usual)):
        raise UserError("expected machine = NAME, and [[software]] tables")
    found, seen = list[Software](), dict[tuple[str, str], int]()
    for number, row in enumerate(rows, 1):
        try:
            software = _row(row, usual, f"{name}, software {number}")
            for kind, digits in software.hashes.items():
                before = seen.setdefault((kind, digits), number)
                if before != number:
                    raise UserError(f"{kind}: software {before} has the same")
        except UserError as error:
            raise UserError(f"software {number}: {error}") from None
        found.append(software)
    return found


def _row(row: Any, machine: str, where: str) -> Software:
    if not isinstance(row, dict):
        raise UserError("expected a table")
    for key, value in row.items():
        if key not in KEYS:
            raise UserError(f"unknown key {key!r:.40}; there are {', '.join(KEYS)}")
        good, words = KEYS[key]
        if not good(value):
            raise UserError(f"{key}: {value!r:.40} is not {words}")
    row = {"machine": machine, **row}
    for key in ("title", "machine"):
        if not row.get(key):
            raise UserError(f"{key} is missing")
    hashes = {name: row[name].lower() for name in DIGITS if name in row}
    if not hashes or (hashes.keys() == {"crc32"} and "size" not in row):
        raise UserError("expected sha256, or sha1, or crc32 with size")
    rest = {
        name: row[name] for name in ("size", "board", "region", "verified", "source") if name in row
    }
    quirks = tuple(row.get("quirks", ()))
    return Software(row["title"], row["machine"], where, hashes, quirks=quirks, **rest)


class Lists:
    """Rows by hash: of several with the same, the first counts."""

    def __init__(self, rows: Iterable[Software]) -> None:
        self._by_hash: dict[tuple[str, str], list[Software]] = {}
        for row in rows:
            for item in row.hashes.items():
                self._by_hash.setdefault(item, []).append(row)

    def find(self, content: bytes, machine: str | None = None) -> Software | None:
        """The row of *content*, all of whose hashes it has; None if there is none for *machine*."""
        if not self._by_hash:
            return None
        digests = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "sha1": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            "crc32": f"{zlib.crc32(content):08x}",
        }
        for item in digests.items():
            for row in self._by_hash.get(item, ()):
                if (
                    row.machine == (machine or row.machine)
                    and row.size in (None, len(content))
                    and row.hashes.items() <= digests.items()
                ):
                    return row
        return None


def users_folder() -> Path:
    """Where a user's own lists are."""
    return user_folder("EMUCORE_DATA", "data") / "software"


@functools.cache
def _included() -> tuple[Software, ...]:
    """The rows of the lists that come with the machines."""
    folder = Path(__file__).with_name("software")
    return tuple(row for path in sorted(folder.glob("*.toml")) for row in read_list(path))


def lists(folder: Path | None = None) -> Lists:
    """All lists: those in *folder* (by default the user's), and those that come with the machines.

    Raises :class:`UserError` for what is wrong in one, :class:`OSError` where it cannot be read.
    """
    folder = users_folder() if folder is None else folder
    own = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if len(own) > LISTS_MOST:
        raise UserError(f"{folder}: more than {LISTS_MOST} lists")
    return _together(tuple((path, _changed(path)) for path in own))


def _changed(path: Path) -> tuple[int, int]:
    """What tells whether a file is still the same."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@functools.lru_cache(maxsize=4)
def _together(own: tuple[tuple[Path, tuple[int, int]], ...]) -> Lists:
    """The lists *own*, as they were changed last, and those that come with the machines: who looks
    through a folder asks for each file in it."""
    return Lists([*(row for path, _ in own for row in read_list(path)), *_included()])


def shown(software: Software) -> str:
    """A row in one line, for people."""
    verified = f", verified by {software.verified}" if software.verified else ""
    return plain(f"{software.title}{verified} ({software.where})")
