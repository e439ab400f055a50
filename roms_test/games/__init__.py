"""Games written for the boards here, in assembly: free, with their sources.

    rom("thistledown")                      # bytes for the board's ROM sockets
    symbols("thistledown")["score"]         # where things are

Each is a folder whose main source has the folder's name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from emucore.base.errors import UserError

if TYPE_CHECKING:
    from emucore.assembler import Program

#: The game that is played where none is named.
DEFAULT = "thistledown"

#: A game fills the board's ROM sockets: 0000-1FFF.  What its source puts above is RAM.
ROM_SIZE = 0x2000

#: The best scores of a game: variables, and of how many bytes of which table they are copies when
#: it begins.
KEPT = {"thistledown": (("gardeners", "founders", 30), ("best", "founders", 3))}

_HERE = Path(__file__).parent


def names() -> list[str]:
    """The games there are."""
    return sorted(path.stem for path in _HERE.glob("*/*.asm") if path.stem == path.parent.name)


def _source(name: str) -> Path:
    if name not in names():
        raise UserError(f"no game {name!r}; there are {', '.join(names())}")
    return _HERE / name / f"{name}.asm"


def program(name: str = DEFAULT) -> Program:
    """Assemble a game: its bytes and symbols.  :class:`UserError` if there is none of the name."""
    from emucore.assembler import assemble
    from emucore.cpus.i8080 import i8080

    return assemble(i8080, _source(name))


def picture(name: str = DEFAULT) -> Path:
    """The file of a game's picture, a PNG."""
    return _source(name).parent / "picture.png"


def rom(name: str = DEFAULT) -> bytes:
    """A game's ROM, 8 KiB.  :class:`UserError` if there is no game of the name."""

    def made() -> bytes:
        return program(name).image(0)[:ROM_SIZE].ljust(ROM_SIZE, b"\xff")

    return _cached("rom", name, made)


def symbols(name: str = DEFAULT) -> dict[str, int]:
    """Where a game's variables and routines are.  :class:`UserError` if there is no such game."""
    made = _cached("symbols", name, lambda: json.dumps(dict(program(name).symbols)).encode())
    return {symbol: int(value) for symbol, value in json.loads(made).items()}


def kept(name: str = DEFAULT) -> list[tuple[int, bytes]]:
    """Addresses of a game's best scores, and what it begins with there."""
    known, data = symbols(name), rom(name)
    return [(known[v], data[known[t] : known[t] + size]) for v, t, size in KEPT.get(name, ())]


def _cached(what: str, name: str, make: Callable[[], bytes]) -> bytes:
    """*what* of a game, from the user's cache where possible: assembling takes a second."""
    from jit.store import cache

    digest = hashlib.sha256()
    for path in sorted(_source(name).parent.glob("*.asm")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    key = cache.key(what, name, digest.hexdigest())  # which covers the assembler too
    data = cache.load(key)
    if data is None:
        data = make()
        cache.store(key, data)
    return data
