"""Which addresses are worth a translation: those that the interpreter jumps to over and over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jit.llvm import dispatch_table

#: Times that an address inside a translation must become hot to be a head of its own: the way from
#: it to the head is short, or it would not become hot so often.
INSIDE = 8
#: Addresses remembered of each kind.
REMEMBERED = 1 << 14


class Heat:
    """The hot addresses of a CPU, from the queue of its :mod:`~jit.llvm.dispatch_table`."""

    def __init__(self, table: npt.NDArray[np.int64]) -> None:
        self._table = table
        self._asked: set[int] = set()
        self._waiting: dict[int, None] = {}
        self._inside: dict[int, int] = {}

    def waiting(self, inside: Callable[[int], bool]) -> list[int]:
        """The addresses that wait for their translation, those first that have waited longest;
        *inside* tells whether an address is in a translation that there is."""
        count = int(self._table[dispatch_table.QUEUED])
        found = self._table[dispatch_table.QUEUE : dispatch_table.QUEUE + count].tolist()
        self._table[dispatch_table.QUEUED] = 0
        for pc in found:
            if pc not in self._asked:
                self._asked.add(pc)
                self._waiting[pc] = None
        for pc in list(self._waiting):
            if inside(pc):
                times = self._inside[pc] = self._inside.get(pc, 0) + 1
                if times < INSIDE:
                    del self._waiting[pc]
                    self._asked.discard(pc)
        if max(len(self._asked), len(self._inside)) > REMEMBERED:
            for memory in (self._asked, self._inside, self._waiting):
                memory.clear()
        return list(self._waiting)

    def take(self, pc: int) -> None:
        """*pc*, hot or not, does not wait any longer, nor again."""
        self._waiting.pop(pc, None)
        self._asked.add(pc)

    def again(self, pc: int) -> None:
        """There is no translation at *pc* any more, or may be one now: it may become hot again."""
        self._asked.discard(pc)
        self._inside.pop(pc, None)
