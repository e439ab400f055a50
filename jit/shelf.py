"""Translations on disk: found by their head and by the program bytes that they were made from.

An *index* for each head names the objects there are, and the bytes each is true for.  The index of
the address that a run finds hot first also lists the heads of its translations, so that the next
run of the program has all of them at once.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from emucore.isa import Isa
from jit import cache
from jit.fingerprint import identity
from jit.morph import Outline, Translation
from jit.plain import Plain
from jit.region import Peek

#: Versions of the code at a head, and heads of one program, that are remembered at most.
VERSIONS, TRAIL = 32, 1024

#: Those of an outline's fields that are sets.
_SETS = ("starts", "targets", "devices", "entries")


class Shelf:
    """What is on disk for one CPU of a machine; *options* are whatever else the code depends on."""

    def __init__(self, isa: Isa, plain: Plain, *options: object) -> None:
        self._lasting = identity(isa) is not None  # an ISA of the user's own has no lasting name
        self._isa = isa
        self._key = (isa.name, plain, *options)
        self._first: int | None = None

    def find(self, head: int, peek: Peek) -> Translation | None:
        """A translation that is true now, the latest if there are several."""
        for version in self._index(head)["versions"] if self._lasting else ():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                program = dict(_unpack(version["program"]))
                starts, targets, devices, entries = (
                    frozenset(map(int, version[name])) for name in _SETS
                )
                limit, full = int(version["limit"]), bool(version["full"])
                quick = bool(version["quick"])
                outline = Outline(starts, targets, devices, entries, limit, full, quick)
                if all(peek(a, 8) == byte for a, byte in program.items()):
                    image = cache.load(version["name"])
                    if image is not None:
                        return Translation(self._isa, head, program, image, outline)
        return None

    def keep(self, made: Translation) -> None:
        """Add a translation, before it is loaded; not one that is smaller for a hook's sake."""
        if not self._lasting or made.hooked:
            return
        new = {
            "program": _pack(made.program),
            **{name: sorted(getattr(made.outline, name)) for name in _SETS},
            "limit": made.outline.limit,
            "full": made.outline.full,
            "quick": made.outline.quick,
        }
        name = cache.key("region", *self._key, made.head, json.dumps(new))
        cache.store(name, made.image)
        index = self._index(made.head)
        others = [v for v in index["versions"] if v.get("name") != name]
        index["versions"] = [{"name": name, **new}, *others][:VERSIONS]
        self._put(made.head, index)

    def trail(self, hot: int) -> list[int]:
        """*hot* is hot: the heads of other runs that began with it, if it is this run's first."""
        if self._first is not None or not self._lasting:
            return []
        self._first = hot
        return list(self._index(hot)["after"])

    def follow(self, head: int) -> None:
        """There is a translation at *head*: this run's trail leads there."""
        if self._first is not None:
            index = self._index(self._first)
            if head not in index["after"]:
                index["after"] = [*index["after"], head][-TRAIL:]
                self._put(self._first, index)

    def _index(self, head: int) -> dict[str, Any]:
        data = cache.load(self._name(head))
        with contextlib.suppress(ValueError, TypeError, KeyError):
            index = json.loads(data or b"")
            versions, after = list(index["versions"]), list(map(int, index["after"]))
            if all(isinstance(version, dict) for version in versions):
                return {"versions": versions, "after": after}
        return {"versions": [], "after": []}

    def _put(self, head: int, index: dict[str, Any]) -> None:
        cache.store(self._name(head), json.dumps(index).encode())

    def _name(self, head: int) -> str:
        return cache.key("regions", *self._key, head)


def _pack(program: dict[int, int]) -> list[tuple[int, str]]:
    """Runs of neighbouring bytes: the first address, and the bytes in hexadecimal."""
    runs: list[tuple[int, bytearray]] = []
    for address, byte in sorted(program.items()):
        if not runs or runs[-1][0] + len(runs[-1][1]) != address:
            runs.append((address, bytearray()))
        runs[-1][1].append(byte)
    return [(address, data.hex()) for address, data in runs]


def _unpack(runs: list[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    for address, data in runs:
        yield from enumerate(bytes.fromhex(data), address)
