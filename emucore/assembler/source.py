"""Source lines: read from files, repeated, and made by macros."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from emucore.assembler.text import MAX_LINE, Problem, Token, tokenize
from emucore.base.errors import UserError
from emucore.base.files import read_bounded

#: Includes within includes.
MAX_INCLUDES = 16

MAX_FILE, MAX_FILES = 1 << 24, 1 << 26  # bytes of one, and of all

#: Lines of a file.
MAX_LINES = 300_000

#: Characters of the longest line whose tokens are remembered.
_SHORT = 160


@dataclass(frozen=True)
class Line:
    """One line of source; *via* tells of the macros and repeats that made it."""

    path: str
    number: int
    text: str
    via: str = ""


def tokens_of(text: str, comments: str) -> tuple[Token, ...]:
    """:func:`tokenize`, remembered from pass to pass unless there is much of it."""
    if len(text) > MAX_LINE:
        raise Problem(0, f"line of more than {MAX_LINE:,} characters")
    return _remembered(text, comments) if len(text) <= _SHORT else tuple(tokenize(text, comments))


@lru_cache(maxsize=1 << 14)
def _remembered(text: str, comments: str) -> tuple[Token, ...]:
    return tuple(tokenize(text, comments))


@dataclass(frozen=True)
class Macro:
    """Lines with parameters."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Line, ...]

    def expand(self, arguments: Sequence[str], call: Line) -> list[Line]:
        """The body with *arguments* in the parameters' places."""
        via = f" (in macro {self.name}, used at {call.path}:{call.number}{call.via})"
        texts = dict(zip(self.parameters, arguments, strict=True))
        return [
            Line(line.path, line.number, replace_words(line.text, texts), via) for line in self.body
        ]


def replace_words(text: str, texts: dict[str, str]) -> str:
    """*text* with whole words replaced; strings and comments stay as they are."""
    if not texts:
        return text
    try:
        tokens = tokens_of(text, ";")
    except Problem:
        return text  # reported where the line is assembled
    return rewritten(text, ((t, texts[t.text]) for t in tokens if t.text in texts))


def rewritten(text: str, changes: Iterable[tuple[Token, str]]) -> str:
    """*text* with words, in their order, become others; :class:`Problem` if that is too much."""
    parts: list[str] = []
    at = size = 0
    for token, other in changes:
        if token.kind == "word":
            parts += (text[at : token.column], other)
            size += len(other)
            if size > MAX_LINE:
                raise Problem(0, f"makes a line of more than {MAX_LINE:,} characters")
            at = token.column + len(token.text)
    return "".join((*parts, text[at:]))


class Library:
    """Files of a program: all below one folder, each read once."""

    def __init__(self, root: Path | None) -> None:
        self.root = self.resolved(str(root)) if root is not None else None
        self._data: dict[Path, bytes] = {}

    def find(self, name: str, including: str) -> Path:
        """The file *name* seen from the file *including*; raises :class:`ValueError`."""
        if self.root is None:
            raise ValueError(f"{name}: this source is no file, so it can include none")
        path = self.resolved(str(self.resolved(including).parent / name))
        if not path.is_relative_to(self.root):
            raise ValueError(f"{name} lies outside {self.root}")
        return path

    @staticmethod
    def resolved(shown: str) -> Path:
        """The file that is shown as *shown*."""
        return Path(os.path.realpath(shown))

    @staticmethod
    def shown(path: Path, including: str) -> str:
        """How to call *path* in messages: as the including file is called, where they are near."""
        folder = Path(including).parent
        if path.is_relative_to(folder.resolve()):
            return str(folder / path.relative_to(folder.resolve()))
        return str(path)

    def read(self, path: Path) -> bytes:
        """The bytes of *path*; raises :class:`ValueError` where it cannot be read."""
        if path not in self._data:
            room = MAX_FILES - sum(map(len, self._data.values()))
            try:
                self._data[path] = read_bounded(path, min(MAX_FILE, room))
            except UserError as error:
                raise ValueError(str(error)) from None
            except OSError as error:
                raise ValueError(f"{path}: {error.strerror or error}") from None
        return self._data[path]

    def lines(self, path: Path, shown: str) -> list[Line]:
        """*path* as lines that call it *shown*; raises :class:`ValueError`."""
        try:
            text = self.read(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8 text: {error.reason}") from None
        return text_lines(text, shown)


def text_lines(text: str, shown: str) -> list[Line]:
    """*text* as lines, those of a file called *shown*; :class:`ValueError` for too many."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(rows) > MAX_LINES:
        raise ValueError(f"{shown} has more than {MAX_LINES:,} lines")
    return [Line(shown, number, row) for number, row in enumerate(rows, 1)]
