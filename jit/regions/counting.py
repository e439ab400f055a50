"""Regions that count: how often each is entered, the cycles spent in it, and how it is left.

Only an X-ray asks for them; they are other modules than those that do not count.
"""

from __future__ import annotations

from emucore.isa import Isa
from jit.regions.memory_map import MemoryMap
from jit.regions.region import Region
from jit.regions.translate import translate
from jit.regions.translator import Translator

#: What is counted, in the order of the words of ``@counts``.  Left for want of ``budget``, where
#: only the interpreter may go on (``interpreted``), or for code elsewhere (``linked``).
COUNTS = ("entries", "cycles", "budget", "interpreted", "linked")

_COUNTED = {"restarted": "interpreted"}


def counted(isa: Isa, region: Region, plain: MemoryMap, name: str, *, quick: bool) -> str:
    """As :func:`~jit.regions.translate.translate`; it has words to count in, ``@counts``, too."""
    text = translate(isa, region, plain, name, _Counted, quick=quick)
    return f"{text}@counts = global [{len(COUNTS)} x i64] zeroinitializer\n"


class _Counted(Translator):
    _budget = False

    def _tally(self, what: str, amount: str = "1") -> None:
        at = self.emit(f"getelementptr i64, ptr @counts, i64 {COUNTS.index(what)}")
        new = self.emit(f"add i64 {self.emit(f'load i64, ptr {at}')}, {amount}")
        self.effect(f"store i64 {new}, ptr {at}")

    def _enter(self) -> None:
        self._tally("entries")
        super()._enter()

    def _check_budget(self, bound: int, pc: str) -> None:
        self._budget = True  # until it has emitted its exit
        super()._check_budget(bound, pc)

    def _leave_by(self, way: str, pc: str) -> None:
        self._tally("budget" if self._budget else _COUNTED.get(way, way))
        self._budget = False
        super()._leave_by(way, pc)

    def _write_back(self) -> None:
        super()._write_back()
        self._tally("cycles", self.emit(f"sub i64 {self.clock}, %clock"))
