"""Page tables: what of an address map is plain memory, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from emucore.board import AddressMap, CpuPart, Range
from emucore.kernel import layout as k
from emucore.language.registers import PINS
from emucore.plan.plan import Plan, View

Pages = npt.NDArray[np.int64]


def first_rows(m: AddressMap, fixed: int, chosen: int) -> memoryview[int]:
    """For each value of an address's *chosen* top bits, above *fixed* others: the number of the
    first row that has any such address."""
    starts = np.arange(1 << chosen, dtype=np.int64) << fixed
    first = np.full(1 << chosen, len(m.ranges), np.int64)
    for i in reversed(range(len(m.ranges))):
        first[_touches(m, m.ranges[i], starts, fixed)] = i
    return as_words(first)


def as_words(values: Pages) -> memoryview[int]:
    """*values* as words that can be stored at once."""
    return values.data.cast("B").cast("q")


def _touches(m: AddressMap, r: Range, starts: Pages, bits: int) -> npt.NDArray[np.bool_]:
    """Which of the blocks of 2**bits addresses from *starts* have any that the range answers."""
    size = 1 << bits
    keep = ((1 << m.space.bits) - 1) & ~r.mirror
    low = starts & keep  # the least address of the block as the range sees it
    if r.mirror & (size - 1):  # mirrored within a block: its addresses are not in one piece
        high = low | (size - 1) & keep
        return (low <= r.end) & (high >= r.start)
    return (low <= r.end) & (low + size - 1 >= r.start)


def deciding(m: AddressMap, writes: bool) -> tuple[Pages, Pages]:
    """For each page the number of the first row that answers any of its accesses (-1: none), and
    whether that row alone answers all of the page (1) or not."""
    bits, pages = m.space.page_bits, m.space.pages
    starts = np.arange(pages, dtype=np.int64) << bits
    found = np.full(pages, -1, np.int64)
    whole = np.zeros(pages, np.int64)
    for i in reversed(range(len(m.ranges))):
        r = m.ranges[i]
        answers = r.writes if writes else r.reads
        if r.device is not None:
            answers = (r.write if writes else r.read) is not None
        if not answers:
            continue
        touched = _touches(m, r, starts, bits)
        seen = starts & ~r.mirror
        inside = touched & (seen >= r.start) & (seen + (1 << bits) - 1 <= r.end)
        found[touched] = i
        whole[touched] = 0
        if not r.mirror & ((1 << bits) - 1):
            whole[inside] = 1
    return found, whole


def _plain(plan: Plan, view: View, r: Range, writes: bool) -> bool:
    """Whether a page of the range may be reached without the bus."""
    if r.memory is None or r.waits != 0 or (writes and r.kind != k.RAM):
        return False
    return not (isinstance(view.master, CpuPart) and plan.sharing.shared(view.map, r))


def show(plan: Plan, view: View, writes: bool) -> memoryview[int]:
    """The entries of a page table: the first range that has any of a page decides.

    The kernel changes the entries of banks as their registers say, and none else ever changes.
    """
    m = view.map
    bits, pages = m.space.page_bits, m.space.pages
    base = plan.base(view.master) if isinstance(view.master, CpuPart) else 0
    entries = np.full(pages, k.SLOW, np.int64)
    if m.space is PINS and not m.ranges:
        entries[:] = plan.layout.fields["machine.unwired"].offset - base
    numbers, whole = deciding(m, writes)
    starts = np.arange(pages, dtype=np.int64) << bits
    for i, r in enumerate(m.ranges):
        if r.bank is not None or r.memory is None or not _plain(plan, view, r, writes):
            continue
        mine = (numbers == i) & (whole == 1)
        at = ((starts & ~r.mirror) - r.start) % r.memory.size
        mine &= at + (1 << bits) <= r.memory.size
        target = plan.layout.fields[r.memory.field].offset + r.memory.offset
        entries[mine] = (target + at - starts - base)[mine]
    return as_words(entries)


def runs(plan: Plan, view: View, r: Range, writes: bool) -> Iterator[tuple[int, int, int]]:
    """The pages that a bank's window fills: first page, how many, and what is to be added to where
    the bank lies to have their entry (for a master whose base is 0)."""
    m = view.map
    bits, pages = m.space.page_bits, m.space.pages
    if not bits or not _plain(plan, view, r, writes):
        return
    numbers, whole = deciding(m, writes)
    mine = (numbers == m.ranges.index(r)) & (whole == 1)
    starts = np.arange(pages, dtype=np.int64) << bits
    deltas = (starts & ~r.mirror) - r.start - starts
    page = 0
    while page < pages:
        if not mine[page]:
            page += 1
            continue
        end = page
        while end < pages and mine[end] and deltas[end] == deltas[page]:
            end += 1
        yield page, end - page, int(deltas[page])
        page = end
