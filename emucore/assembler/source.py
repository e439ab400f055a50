"""Source lines: read from files, repeated, and made by macros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from emucore.assembler.text import Problem, Token, tokenize

#: Includes within includes.
MAX_INCLUDES = 16

MAX_FILE = 1 << 24  # bytes


@dataclass(frozen=True)
class Line:
    """One line of source; *via* tells of the macros and repeats that made it."""

    path: str
    number: int
    text: str
    via: str = ""


@lru_cache(maxsize=1 << 16)
def tokens_of(text: str, comments: str) -> tuple[Token, ...]:
    """:func:`tokenize`, remembered from pass to pass."""
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
    try:
        tokens = tokens_of(text, ";")
    except Problem:
        return text  # reported where the line is assembled
    for token in reversed(tokens):
        if token.kind == "word" and token.text in texts:
            end = token.column + len(token.text)
            text = text[: token.column] + texts[token.text] + text[end:]
    return text


class Library:
    """Files of a program: all below one folder, each read once."""

    def __init__(self, root: Path | None) -> None:
        self.root = root.resolve() if root is not None else None
        self._data: dict[Path, bytes] = {}

    def find(self, name: str, including: str) -> Path:
        """The file *name* seen from the file *including*; raises :class:`ValueError`."""
        if self.root is None:
            raise ValueError(f"{name}: this source is no file, so it can include none")
        path = (self.resolved(including).parent / name).resolve()
        if not path.is_relative_to(self.root):
            raise ValueError(f"{name} lies outside {self.root}")
        return path

    @staticmethod
    def resolved(shown: str) -> Path:
        """The file that is shown as *shown*."""
        return Path(shown).resolve()

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
            try:
                if path.stat().st_size > MAX_FILE:
                    raise ValueError(f"{path} is longer than {MAX_FILE} bytes")
                self._data[path] = path.read_bytes()
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
    """*text* as lines, those of a file called *shown*."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [Line(shown, number, row) for number, row in enumerate(rows, 1)]
