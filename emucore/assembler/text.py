"""Source text as tokens, and errors that know where they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from emucore.base.errors import plain

#: Characters of a line and of a name (and digits of a number), and of a line that is shown.
MAX_LINE, MAX_NAME, SHOWN = 1 << 16, 1 << 8, 160


class Problem(Exception):
    """One mistake in a source line: its *column* (from 0) and a message of one line."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


@dataclass(frozen=True)
class Report:
    """A :class:`Problem` with its place: lines and columns count from 1."""

    path: str
    line: int
    column: int
    message: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"

    def caret(self) -> str:
        """The source line, and below it a caret under the mistake; of a long line what is near."""
        start = max(0, self.column - SHOWN // 2) if len(self.text) > SHOWN else 0
        text = "".join(c if c.isprintable() or c == "\t" else "?" for c in self.text[start:])
        blanks = "".join("\t" if c == "\t" else " " for c in text[: self.column - 1 - start])
        return f"{text[:SHOWN]}\n{blanks}^"


class AsmError(Exception):
    """Source that cannot be assembled: every mistake found, in order, as ``reports``."""

    def __init__(self, reports: Sequence[Report]) -> None:
        super().__init__("\n".join(str(r) for r in reports))
        self.reports = tuple(reports)

    def details(self) -> str:
        """The reports, each followed by its source line and a caret."""
        return "\n".join(f"{plain(r)}\n{r.caret()}" if r.text else plain(r) for r in self.reports)


@dataclass(frozen=True)
class Token:
    """A piece of a line.  ``kind`` is word, number, string, field (of a template) or mark.

    ``value`` is what a number or string stands for.
    """

    kind: str
    text: str
    column: int
    value: int | bytes = 0

    @property
    def lower(self) -> str:
        """The text in lower case: how mnemonics, registers and directives are compared."""
        return self.text.lower()


_NUMBER = re.compile(
    r"0x(?P<x>[0-9a-f_]+)|0b(?P<b>[01_]+)(?!\w)|0o(?P<o>[0-7_]+)"
    r"|\$(?P<d>[0-9a-f]+)|(?P<h>\d[0-9a-f_]*)h|(?P<y>[01_]+)b|(?P<n>\d[\d_]*)",
    re.IGNORECASE,
)
_BASES = {"x": 16, "b": 2, "o": 8, "d": 16, "h": 16, "y": 2, "n": 10}
_PERCENT = re.compile(r"%([01]+)(?!\w)|%(hi|lo|signed)(?!\w)", re.IGNORECASE)
_WORD = re.compile(r"\.?[A-Za-z_][\w.@]*'?|@(?:[@fFbB]|\d+)(?!\w)")
_FIELD = re.compile(r"\{(\w+)\}")
_MARK = re.compile(r"<<|>>|<=|>=|==|!=|&&|\|\||:=|[^\w\s\"']")
_ESCAPES = {"n": 10, "r": 13, "t": 9, "0": 0, "a": 7, "b": 8, "e": 27}


def tokenize(line: str, comments: str = ";") -> list[Token]:
    """The tokens of *line* up to a comment: one of the characters *comments*, or ``//``.

    Raises :class:`Problem` for a character or number that is none.
    """
    tokens: list[Token] = []
    at = 0
    while True:
        while at < len(line) and line[at].isspace():
            at += 1
        if at == len(line) or line[at] in comments or line.startswith("//", at):
            return tokens
        token, at = _token(line, at, tokens[-1] if tokens else None)
        tokens.append(token)


def _is_prefix(line: str, at: int, before: Token | None) -> bool:
    """Whether the ``%`` at *at* begins a number; else it is the operator.

    Behind a word only blanks tell ``db %10`` from ``size%10``.
    """
    if before is None or before.kind == "word":
        return line[at - 1 : at].isspace()
    return before.kind == "mark" and before.text not in (")", "$")


def _token(line: str, at: int, before: Token | None) -> tuple[Token, int]:
    if line[at] in "\"'":
        return _string(line, at)
    if line[at] == "%" and _is_prefix(line, at, before) and (m := _PERCENT.match(line, at)):
        if m[1]:
            return Token("number", m[0], at, _number(m[1], 2, at)), m.end()
        return Token("word", m[0], at), m.end()
    if m := _NUMBER.match(line, at):
        end = m.end()
        if end < len(line) and (line[end].isalnum() or line[end] == "_"):
            tail = re.compile(r"\w*").match(line, end)
            raise Problem(at, f"malformed number {line[at : tail.end() if tail else end]!r}")
        base = str(m.lastgroup)
        return Token("number", m[0], at, _number(m[base], _BASES[base], at)), end
    if m := _WORD.match(line, at):
        if m.end() - at > MAX_NAME:
            raise Problem(at, f"name of more than {MAX_NAME} characters")
        return Token("word", m[0], at), m.end()
    if m := _FIELD.match(line, at):
        return Token("field", m[1], at), m.end()
    if m := _MARK.match(line, at):
        return Token("mark", m[0], at), m.end()
    raise Problem(at, f"stray character {line[at]!r}")


def _number(digits: str, base: int, column: int) -> int:
    if len(digits) > MAX_NAME:
        raise Problem(column, f"number of more than {MAX_NAME} digits")
    try:
        return int(digits.replace("_", ""), base)
    except ValueError:  # no digits but _, or of another script than ours
        raise Problem(column, f"malformed number {digits!r}") from None


def _string(line: str, start: int) -> tuple[Token, int]:
    quote, at = line[start], start + 1
    data = bytearray()
    while at < len(line):
        c = line[at]
        if c == quote:
            return Token("string", line[start : at + 1], start, bytes(data)), at + 1
        if c == "\\":
            code, at = _escape(line, at + 1)
            data.append(code)
            continue
        if ord(c) > 0xFF:
            raise Problem(at, f"character {c!r} has no 8-bit code")
        data.append(ord(c))
        at += 1
    raise Problem(start, "string without an end")


def _escape(line: str, at: int) -> tuple[int, int]:
    """The character code of the escape behind a backslash, and where it ends."""
    c = line[at : at + 1]
    if c == "x":
        digits = line[at + 1 : at + 3]
        if re.fullmatch(r"[0-9a-fA-F]{2}", digits):
            return int(digits, 16), at + 3
    elif c in _ESCAPES and c:
        return _ESCAPES[c], at + 1
    elif c and c in "\\\"'":
        return ord(c), at + 1
    raise Problem(at - 1, f"unknown escape \\{c}")
