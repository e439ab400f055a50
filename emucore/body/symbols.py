"""Names of addresses: what an assembler or linker calls the places of a program.

Read are ELF executables and the text files that assemblers and linkers write, each line of one of
these forms (what is none of them names nothing):

    name equ 0x1234     name: equ 1234h     name = $1234        assemblers, ``emu asm --symbols``
    1234 name           00:1234 name                            .sym files, the bank first
    00001234 T name                                             nm
    al C:1234 .name                                             VICE
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from emucore.base import elf
from emucore.base.errors import ArgumentError, BadValue, UnknownName, UserError
from emucore.base.files import about, read_bounded

#: Bytes of a file, at most, and names that are taken from one.
FILE_MOST, NAMES_MOST = 64 << 20, 1 << 20

_NAME = r"(?P<name>[A-Za-z_.$@?][\w.$@?!#'~]{0,254})"
_DIGITS = r"[0-9a-fA-F]{1,16}"
_NUMBER = rf"(?P<number>0[xX]{_DIGITS}|\${_DIGITS}|[0-9][0-9a-fA-F]{{0,16}}[hH]|\d{{1,20}})"
_HEX = rf"(?P<hex>{_DIGITS})"
_FORMS = tuple(
    re.compile(rf"\s*{form}\s*(?:[;#].*)?")
    for form in (
        rf"{_NAME}:?\s+(?:equ|EQU|=|:=)\s*{_NUMBER}",
        rf"{_NAME}\s*:?=\s*{_NUMBER}",
        rf"al\s+(?:C:)?{_HEX}\s+\.{_NAME}",
        rf"(?:[0-9a-fA-F]{{1,4}}:)?{_HEX}\s+(?:[A-Za-z?]\s+)?{_NAME}",
    )
)


class Symbols(Mapping[str, int]):
    """Names and their addresses; :meth:`at` has the name of an address.

    >>> symbols = Symbols({"start": 0x100})
    >>> symbols["loop"] = 0x103
    >>> symbols.at(0x103), symbols.at(0x104)
    ('loop', None)
    >>> symbols["lop"]
    Traceback (most recent call last):
    ...
    emucore.base.errors.UnknownName: no symbol 'lop'; the nearest of 2: loop
    """

    def __init__(self, names: Mapping[str, int] | None = None) -> None:
        self._addresses = dict(names or {})
        self._names: dict[int, str] | None = None

    def __getitem__(self, name: str) -> int:
        if name not in self._addresses:
            from difflib import get_close_matches

            near = get_close_matches(str(name), self._addresses, 3)
            more = f"; the nearest of {len(self)}: {', '.join(near)}" if near else ""
            raise UnknownName("name", f"no symbol {name!r:.80}{more}")
        return self._addresses[name]

    def __setitem__(self, name: str, address: int) -> None:
        self._addresses[name] = address
        self._names = None

    def __contains__(self, name: object) -> bool:
        return name in self._addresses

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)

    def __repr__(self) -> str:
        return f"<{len(self)} symbols>"

    def at(self, address: int) -> str | None:
        """The first name of *address*, if it has one."""
        if self._names is None:
            self._names = {}
            for name, value in self._addresses.items():
                self._names.setdefault(value, name)
        return self._names.get(address)

    def copy(self) -> Symbols:
        """Others, the same."""
        return Symbols(self._addresses)

    def add(self, names: Mapping[str, int]) -> None:
        """Add names; those that are there already are moved."""
        self._addresses.update(names)
        self._names = None


def read(path: Path) -> dict[str, int]:
    """The names in a file.

    Raises :class:`UserError`, of one line, for one that has none or cannot be used, and
    :class:`OSError` where it cannot be read.
    """
    data = read_bounded(path, FILE_MOST)
    try:
        names = elf.parse(data).symbols if data[:4] == b"\x7fELF" else parse(data)
    except UserError as error:
        raise ArgumentError("path", about(path, error)) from None
    if not names:
        raise ArgumentError("path", f"{path}: no symbols in it")
    return names


def parse(data: bytes) -> dict[str, int]:
    """The names in the text *data*."""
    names: dict[str, int] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        match = next((m for form in _FORMS if (m := form.fullmatch(line[:600]))), None)
        if match is not None:
            if len(names) >= NAMES_MOST:
                raise BadValue("path", f"more than {NAMES_MOST:,} symbols")
            groups = match.groupdict()
            digits = groups.get("hex")
            names[match["name"]] = int(digits, 16) if digits else _number(match["number"])
    return names


def _number(text: str) -> int:
    if text[0] == "$":
        return int(text[1:], 16)
    if text[-1] in "hH":
        return int(text[:-1], 16)
    return int(text, 16 if text[:2] in ("0x", "0X") else 10)
