"""TOML from anywhere: depth and numbers are bounded before the parser sees the text.

The parser recurses into what is nested, and takes quadratic time for long keys and numbers.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from emucore.base.errors import UserError
from emucore.base.files import read_text

#: Arrays and tables within each other, and the parts of a dotted key.
DEPTH_MOST = 32
#: Digits (and what else is of a number or a bare key) in a row.
DIGITS_MOST = 256

# A string or comment that never ends goes to where the text does: what is wrong, the parser says.
_PIECE = re.compile(
    r""" \"{3} (?:[^"\\]++|\\.|"(?!""))*+ (?:"{3,5})?   # strings of many lines
      |  '{3} (?:[^']++|'(?!''))*+ (?:'{3,5})?
      |  " (?:[^"\\\n]++|\\[^\n])*+ "?                  # of one
      |  ' [^'\n]*+ '?
      |  \#[^\n]*+
      |  [\[\]{}.,=\n]
      |  [\w+-]++
    """,
    re.DOTALL | re.VERBOSE,
)


def read_toml(path: Path, most: int) -> dict[str, Any]:
    """The content of the TOML file *path* of at most *most* bytes.

    Raises :class:`UserError` naming the file for what is wrong, :class:`OSError` where it cannot be
    read.
    """
    text = read_text(path, most)
    try:
        return parse(text)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def parse(text: str) -> dict[str, Any]:
    """The content of *text*; :class:`UserError` for what is wrong."""
    text = text.replace("\r\n", "\n")
    _check(text)
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise UserError(str(error)) from None
    except RecursionError:
        raise UserError("too much within each other") from None


def _check(text: str) -> None:
    """:class:`UserError` for what is too deep or too long in *text* to be parsed."""
    depth = dots = 0
    line = 1
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece in "[{":
            depth += 1
        elif piece in "]}":
            depth -= 1
        elif piece == ".":
            dots += 1
        elif piece in ",=\n":
            dots = 0
        elif len(piece) > DIGITS_MOST and piece[0] not in "\"'#":
            raise UserError(f"a number or key of {len(piece):,} characters (at line {line})")
        if depth > DEPTH_MOST or dots > DEPTH_MOST:
            raise UserError(f"more than {DEPTH_MOST} within each other (at line {line})")
        line += piece.count("\n")
