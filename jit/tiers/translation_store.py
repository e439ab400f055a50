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
from jit.regions.memory_map import MemoryMap
from jit.regions.region import Peek
from jit.store import cache
from jit.store.fingerprint import identity
from jit.tiers.translation import Outline, Translation

#: Versions of the code at a head, and heads of one program, that are remembered at most.
VERSIONS, TRAIL = 32, 1024

#: Bytes of an index, and numbers of each kind in it, at most.
MOST, MANY = 16 << 20, 1 << 16

#: What an index that is none of ours may raise.
_BAD = (ValueError, TypeError, KeyError, AttributeError, RecursionError)

#: Those of an outline's fields that are sets.
_SETS = ("starts", "targets", "devices", "entries")


class TranslationStore:
    """What is on disk for one CPU of a machine; *options* are whatever else the code depends on."""

    def __init__(self, isa: Isa, plain: MemoryMap, *options: object) -> None:
        self._lasting = identity(isa) is not None  # an ISA of the user's own has no lasting name
        self._isa = isa
        self.plain = plain
        self._key = (isa.name, plain, *options)
        self._first: int | None = None

    def find(self, head: int, peek: Peek) -> Translation | None:
        """A translation that is true now, the latest if there are several."""
        for version in self._index(head)["versions"] if self._lasting else ():
            with contextlib.suppress(*_BAD):
                program, outline = self._understood(version)
                if all(peek(a, 8) == byte for a, byte in program.items()):
                    image = cache.load(self._image_name(head, version))
                    if image is not None:
                        return Translation(self._isa, head, program, image, outline, self.plain)
        return None

    def _understood(self, version: dict[str, Any]) -> tuple[dict[int, int], Outline]:
        """The program bytes and the outline of an index's entry; it may be anything."""
        space = 2 << max(
            self._isa.space.bits, self._isa.pc.width
        )  # code may wrap around at the end
        starts, targets, devices, entries = (_numbers(version[name], space) for name in _SETS)
        self._pcs(targets + entries)  # which lead jumps
        [limit] = _numbers([version["limit"]], MANY)
        outline = Outline(
            frozenset(starts),
            frozenset(targets),
            frozenset(devices),
            frozenset(entries),
            limit,
            full=version["full"] is True,
            quick=version["quick"] is True,
        )
        return dict(_unpack(version["program"], space)), outline

    def _pcs(self, values: Any) -> list[int]:
        return _numbers(values, 1 << self._isa.pc.width)

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
        cache.store(self._image_name(made.head, new), made.image)
        index = self._index(made.head)
        others = [version for version in index["versions"] if version != new]
        index["versions"] = [new, *others][:VERSIONS]
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
        data = cache.load(self._name(head)) or b""
        with contextlib.suppress(*_BAD):
            index = json.loads(data if len(data) <= MOST else b"")
            versions, after = index["versions"][:VERSIONS], index["after"][-TRAIL:]
            if all(isinstance(version, dict) for version in versions):
                return {"versions": list(versions), "after": self._pcs(after)}
        return {"versions": [], "after": []}

    def _put(self, head: int, index: dict[str, Any]) -> None:
        cache.store(self._name(head), json.dumps(index).encode())

    def _image_name(self, head: int, version: dict[str, Any]) -> str:
        return cache.key("region", *self._key, head, json.dumps(version, sort_keys=True))

    def _name(self, head: int) -> str:
        return cache.key("regions", *self._key, head)


def _pack(program: dict[int, int]) -> list[list[Any]]:
    """Runs of neighbouring bytes: the first address, and the bytes in hexadecimal."""
    runs: list[tuple[int, bytearray]] = []
    for address, byte in sorted(program.items()):
        if not runs or runs[-1][0] + len(runs[-1][1]) != address:
            runs.append((address, bytearray()))
        runs[-1][1].append(byte)
    return [[address, data.hex()] for address, data in runs]


def _unpack(runs: list[list[Any]], end: int) -> Iterator[tuple[int, int]]:
    """The addresses, below *end*, and their bytes."""
    for address, data in runs:
        yield from enumerate(bytes.fromhex(data), *_numbers([address], end))


def _numbers(values: Any, end: int) -> list[int]:
    """*values*, a list of numbers from 0 to before *end*, and not too many of them."""
    if not isinstance(values, list) or len(values) > MANY:
        raise ValueError("no list of numbers")
    if not all(type(value) is int and 0 <= value < end for value in values):
        raise ValueError("no such number")
    return values
