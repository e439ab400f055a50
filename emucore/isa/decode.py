"""The decoder: from an ISA's encodings to tables that engines dispatch through.

A :class:`Node` reads one unit and picks an entry by some of its bits (the *key*): all eight for
byte-wise ISAs, a dozen that tell the most for 32-bit ones.  An entry is a list of candidates, tried
in order; what the key does not decide, the candidate's mask and value do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from emucore.isa.isa import Isa, IsaError, Variant

#: No key is wider: tables stay small enough for a host's cache.
KEY_BITS = 12


@dataclass(frozen=True)
class Candidate:
    """Go to ``target`` if ``unit & mask == value`` (mask 0: the key has decided)."""

    mask: int
    value: int
    target: Variant | tuple[int, ...]


@dataclass
class Node:
    """The table after the units ``path``; ``key`` are bit numbers, lowest first in the index.

    It reads unit number ``depth``: the next, or one behind operand units (Z80: DD CB d op).
    A candidate's target that is a path names another node: the unit was a prefix.
    """

    path: tuple[int, ...]
    key: tuple[int, ...]
    depth: int
    entries: list[list[Candidate]] = field(default_factory=list)

    def index(self, unit: int) -> int:
        """The table index of *unit*."""
        return sum((unit >> bit & 1) << i for i, bit in enumerate(self.key))

    def find(self, unit: int) -> Variant | tuple[int, ...] | None:
        """The variant or next path for *unit*; None where it is undefined."""
        for candidate in self.entries[self.index(unit)]:
            if unit & candidate.mask == candidate.value:
                return candidate.target
        return None


@lru_cache(maxsize=32)
def decoder(isa: Isa) -> dict[tuple[int, ...], Node]:
    """Nodes by path, the root at ``()``.  Raises :class:`IsaError` where encodings overlap."""
    nodes: dict[tuple[int, ...], Node] = {}
    _build(isa, (), list(isa.variants()), nodes)
    return nodes


def _build(
    isa: Isa, path: tuple[int, ...], variants: list[Variant], nodes: dict[tuple[int, ...], Node]
) -> None:
    unit = len(path)
    # an operand unit between opcode units (Z80: DD CB d op) is read by the node's own fetch
    depth = unit
    while all(v.encoding.operand[depth] for v in variants):
        depth += 1
    patterns = [(v, *v.pattern(depth)) for v in variants]
    key = _choose_key(isa.unit, [(m, x) for _, m, x in patterns])
    node = nodes[path] = Node(path, key, depth)
    for index in range(1 << len(key)):
        fixed = sum((index >> i & 1) << bit for i, bit in enumerate(key))
        covered = sum(1 << bit for bit in key)
        here = [(v, m, x) for v, m, x in patterns if (x ^ fixed) & m & covered == 0]
        node.entries.append(_entry(isa, path, depth, fixed, covered, here, nodes))


def _entry(
    isa: Isa,
    path: tuple[int, ...],
    depth: int,
    fixed: int,
    covered: int,
    here: list[tuple[Variant, int, int]],
    nodes: dict[tuple[int, ...], Node],
) -> list[Candidate]:
    ends = [(v, m, x) for v, m, x in here if v.encoding.opcode_units == depth + 1]
    goes_on = [v for v, m, x in here if v.encoding.opcode_units > depth + 1]
    for i, (v, m, x) in enumerate(ends):
        for w, n, y in ends[:i]:
            if (x ^ y) & m & n == 0:
                raise IsaError(f"{isa.name}: {v} and {w} have one encoding")
    if goes_on:
        if ends:
            raise IsaError(f"{isa.name}: {ends[0][0]} is also a prefix of {goes_on[0]}")
        if covered != (1 << isa.unit) - 1:
            raise IsaError(f"{isa.name}: prefixes need whole units as keys")
        after = (*path, fixed)
        _build(isa, after, goes_on, nodes)
        return [Candidate(0, 0, after)]
    return [Candidate(m & ~covered, x & m & ~covered, v) for v, m, x in ends]


def _choose_key(unit: int, patterns: list[tuple[int, int]]) -> tuple[int, ...]:
    """Bits that tell the patterns apart: all of a byte, else the most telling ones in turn."""
    if unit <= 8:
        return tuple(range(unit))
    key: list[int] = []
    groups = [patterns]
    while len(key) < KEY_BITS and any(len(g) > 1 for g in groups):
        best, bit = max((_told(groups, b), -b) for b in range(unit) if b not in key)
        if best == 0:
            break
        key.append(-bit)
        groups = [
            [(m, x) for m, x in g if not m >> -bit & 1 or x >> -bit & 1 == side]
            for g in groups
            for side in (0, 1)
        ]
    return tuple(sorted(key))


def _told(groups: list[list[tuple[int, int]]], bit: int) -> int:
    """How many pairs of patterns in one group *bit* tells apart."""
    told = 0
    for g in groups:
        ones = sum(1 for m, x in g if m >> bit & 1 and x >> bit & 1)
        zeros = sum(1 for m, x in g if m >> bit & 1 and not x >> bit & 1)
        told += ones * zeros
    return told
