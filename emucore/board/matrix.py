"""A keyboard's matrix: rows of keys, each a bit in the row's field, and what each key types.

    SPECTRUM = '''
        [caps]  zZ: xX£ cC? vV/
        aA sS dD fF gG
        ...
    '''
    board.keyboard("key", ula, "rows", SPECTRUM, shifts=("caps", "symbol"), active_low=True)

A row is a line, its first key bit 0.  A key is what it types, alone and with each of the shifts in
turn (``·`` where that is nothing), and is called what it types alone; or it has its name in
brackets, and behind them what it types, if anything: ``[hash]#~``.  ``[-]`` is no key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from emucore.board.errors import BoardError
from emucore.board.inputs import KEYS, Button, Place
from emucore.board.typist import Typist

#: What a shift makes of a key that types nothing with it.
NOTHING = "·"
#: What keys of such names type.
_TYPED = {"space": " ", "enter": "\r", "return": "\r", "tab": "\t", "backspace": "\b"}
#: Names that are printed on keys, for what they mean.
_MEANT = {"return": "enter", "ctrl": "control", "esc": "escape", "del": "backspace"}


@dataclass(frozen=True)
class Key(Button):
    """A key of a keyboard; ``types`` is what it types alone, and with each shift."""

    kind: ClassVar[str] = "a key"
    meanings: ClassVar[frozenset[str]] = KEYS

    types: str = ""


@dataclass(frozen=True)
class Keyboard:
    """All keys of a matrix, and how text is typed on it.

    Each character's keys are down for ``hold`` frames and up for ``gap``, behind the end of a line
    for ``line``: as the machine's own program can follow.  ``shifts`` are the keys held for the
    second, third … character of a key.
    """

    name: str
    keys: tuple[Key, ...]
    shifts: tuple[Key, ...]
    typist: Typist
    hold: int
    gap: int
    line: int
    #: The keys that are pressed together for each character.
    chords: Mapping[str, tuple[Key, ...]] = field(init=False)

    def __post_init__(self) -> None:
        if min(self.hold, self.gap, self.line) < 1:
            raise BoardError(f"{self.name} is typed on in no time")
        chords: dict[str, tuple[Key, ...]] = {}
        for layer, shift in enumerate([(), *((key,) for key in self.shifts)]):
            for key in self.keys:
                if key.types[layer : layer + 1] not in ("", NOTHING):
                    chords.setdefault(key.types[layer], (*shift, key))
        for one, other in [(c, c.swapcase()) for c in chords]:
            if len(other) == 1:
                chords.setdefault(other, chords[one])  # where there are capitals only
        if "\r" in chords:
            chords.setdefault("\n", chords["\r"])
        object.__setattr__(self, "chords", chords)

    def untypeable(self, text: str) -> str:
        """The characters of *text* that it has no keys for, each once."""
        return "".join(dict.fromkeys(c for c in text if c not in self.chords))


def read_matrix(
    name: str,
    places: Sequence[Place],
    table: str,
    active_low: bool,
    means: Mapping[str, str],
) -> Iterator[Key]:
    """The keys of *table*, a row for each of *places*; see the module's text.

    *means* says what keys of a name of the machine's own mean.  Raises :class:`BoardError`.
    """
    rows = [line.split() for line in table.splitlines() if line.strip()]
    if len(rows) != len(places):
        raise BoardError(f"{name} has {len(rows)} rows of keys for {len(places)} rows of bits")
    for row, place in zip(rows, places, strict=True):
        for bit, cell in enumerate(row):
            called, types = _cell(cell)
            if called == "-":
                continue
            meant = means.get(called) or _MEANT.get(called, called.lower())
            yield Key(
                name=f"{name}.{called}",
                at=place,
                means=meant if called in means or meant in KEYS else "",
                player=1,
                title=called.replace("-", " ").title() if len(called) > 1 else called.upper(),
                mask=1 << bit,
                active_low=active_low,
                types=types,
            )


def _cell(cell: str) -> tuple[str, str]:
    """Name of a key, and what it types."""
    named = re.fullmatch(r"\[([^\]]+)\](.*)", cell)
    if named is None:
        return cell[0], cell
    called, types = named.groups()
    return called, types or _TYPED.get(called, "")
