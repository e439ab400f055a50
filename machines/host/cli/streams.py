"""The standard streams: there, whoever started the program, and taking any text."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import unicodedata

#: What is printed where a stream's encoding lacks a character.
_SIMILAR = str.maketrans("\u00d7\u2013\u2014\u00b5\u2018\u2019\u201c\u201d", "x--u''\"\"") | {
    ord("±"): "+-",
    ord("→"): "->",
    ord("←"): "<-",
}
_HANDLER = "emucore-similar"


def set_up() -> None:
    """Let the streams take every character, and open those that are closed.

    The next file that is opened would get the number of a stream that is closed, and be written
    into by whoever means the stream.
    """
    codecs.register_error(_HANDLER, _similar)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        with contextlib.suppress(OSError):
            _fill(number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _fill(number: int) -> None:
    """Open nothing as the descriptor *number* if it is closed; those below it are not."""
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        if opened == number:
            os.set_inheritable(opened, True)
        else:
            os.close(opened)


def let_go() -> None:
    """Write what is left; what nobody takes is dropped, so that nothing is said at the end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, stream.fileno())
                os.close(nothing)


def _similar(error: UnicodeError) -> tuple[str, int]:
    """Characters that an encoding has, in place of those that it has not."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_letter, error.object[error.start : error.end])), error.end


def _letter(character: str) -> str:
    if ord(character) in _SIMILAR:
        return character.translate(_SIMILAR)
    if not character.isprintable():  # such as a byte of a file's name that is not UTF-8
        return ascii(character)[1:-1]
    parts = unicodedata.normalize("NFKD", character)
    return "".join(c for c in parts if c.isascii()) or "?"
