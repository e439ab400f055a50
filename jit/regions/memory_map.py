"""Where plain memory lies in an address space, as far as that never changes.

The interpreter looks each access up in a page table.  A translation is made for one machine, and
knows which stretches of its address space are memory for good: not switched in banks, without wait
states, each at one distance from the CPU's base.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from emucore.board import CpuPart
from emucore.body.body import Body
from emucore.ir.ops import Op, Space
from emucore.kernel import layout as k


@dataclass(frozen=True)
class Piece:
    """Addresses *start* to *end*, both included; address a is the byte at CPU base + entry + a."""

    start: int
    end: int
    entry: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start + 1


@dataclass(frozen=True)
class MemoryMap:
    """The plain pieces of one space, in order of address: for reads, and for writes."""

    reads: tuple[Piece, ...] = ()
    writes: tuple[Piece, ...] = ()

    def around(self, low: int, high: int, *, writing: bool) -> Piece | None:
        """The piece that holds all of *low* to *high*, if one does."""
        pieces = self.writes if writing else self.reads
        return next((p for p in pieces if p.start <= low and high <= p.end), None)

    def main(self, *, writing: bool) -> Piece | None:
        """The piece that has nearly all plain memory, if one has: where accesses mostly are."""
        return self._mains[writing]

    @cached_property
    def _mains(self) -> tuple[Piece | None, Piece | None]:
        return _main(self.reads), _main(self.writes)


def _main(pieces: tuple[Piece, ...]) -> Piece | None:
    largest = max(pieces, key=lambda p: p.size, default=None)
    if largest is None or 8 * largest.size < 7 * sum(p.size for p in pieces):
        return None
    return largest


def plain(machine: Body, part: CpuPart, space: Space) -> MemoryMap:
    """What is plain in a space of one of the machine's CPUs."""
    if not space.page_bits:
        return MemoryMap()
    fixed = {way: np.ones(space.pages, bool) for way in ("reads", "writes")}
    pages = np.arange(space.pages, dtype=np.int64)
    for r in part.spaces[space.name].ranges:
        if r.bank is not None:
            seen = (pages << space.page_bits) & ~r.mirror
            elsewhere = (seen + (1 << space.page_bits) <= r.start) | (seen > r.end)
            for way, answers in (("reads", r.reads), ("writes", r.writes)):
                if answers:
                    fixed[way] &= elsewhere
    reads, writes = (
        _pieces(
            np.where(fixed[way], machine.arena[f"{part.name}.{space.name}.{way}"], k.SLOW),
            space.page_bits,
        )
        for way in ("reads", "writes")
    )
    return MemoryMap(reads, writes)


def _pieces(entries: npt.NDArray[np.int64], bits: int) -> tuple[Piece, ...]:
    """Neighbouring pages of one memory have one entry: they are a piece."""
    edges = np.flatnonzero(np.diff(entries)) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(entries)]
    return tuple(
        Piece(first << bits, (behind << bits) - 1, int(entries[first]))
        for first, behind in zip(starts, ends, strict=True)
        if entries[first] != k.SLOW
    )


def bounds(op: Op) -> tuple[int, int]:
    """The least and the most that *op* can be, as far as its form tells."""
    most = (1 << op.width) - 1
    if op.name == "const":
        return int(op.imm), int(op.imm)
    if op.name == "zext":
        return bounds(op.args[0])
    if op.name == "concat":
        above, below = map(bounds, op.args)
        width = op.args[1].width
        return above[0] << width | below[0], above[1] << width | below[1]
    if op.name == "and":
        return 0, min(bounds(arg)[1] for arg in op.args)
    if op.name == "or":
        bits = max(bounds(arg)[1].bit_length() for arg in op.args)
        return max(bounds(arg)[0] for arg in op.args), (1 << bits) - 1
    if op.name == "add":
        least, greatest = map(sum, zip(*map(bounds, op.args), strict=True))
        return (least, greatest) if greatest <= most else (0, most)
    return 0, most
