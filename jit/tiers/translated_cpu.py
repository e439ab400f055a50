"""The translated code of one CPU: where it is, and how it comes to be."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.board import CpuPart
from emucore.body.guest import Guest
from emucore.kernel import layout as k
from jit.base.failed import Failed
from jit.interpreter.engine import Interpreter
from jit.llvm import dispatch_table
from jit.regions.region import Region, Step, Tracer, Untranslatable, discover
from jit.tiers.heat import REMEMBERED, Heat
from jit.tiers.program import GuestProgram
from jit.tiers.translation import Translation, make
from jit.tiers.translation_store import TranslationStore

#: Micro-ops in a region at most, at first; and in one that has all of them then, or that was left
#: for other code often.
LIMIT, WHOLE = 1500, 4000
#: Hot addresses that are looked at together, at most.
CONSIDERED = 16
#: Times that a translation is left (for other code) before a better one is worth its making.
GROW = 8_000_000
#: Times that a quick translation looks at the clock before a good one is worth its making; if 0,
#: none are quick.
LOOKS = 50_000
#: Seen targets of computed jumps that a translation is made for, at most.
TARGETS = 64


class TranslatedCpu:
    """Translated code of one CPU of a machine."""

    def __init__(self, machine: Guest, part: CpuPart, loaded: Interpreter) -> None:
        self.machine = machine
        self.part = part
        self.isa = part.isa
        self.interpreter = loaded
        self.base = machine.base(part)
        self.installed: dict[int, Translation] = {}
        #: the translation that jumps to an address go to
        self._entered: dict[int, Translation] = {}
        #: how many of them each instruction is in
        self.inside: Counter[int] = Counter()
        #: addresses left to the interpreter, and why
        self.refused: dict[int, str] = {}
        self.program = GuestProgram(machine, part)
        self.table = np.zeros(dispatch_table.TABLE_BYTES // 8, np.int64)
        self._tags = dispatch_table.tagged(self.isa)
        self._cold = 0
        machine.words[self.base // 8 + k.CALLS] = self.table.ctypes.data
        #: A table of nothing but the interpreter, where others may need each of its accesses.
        self._exact = self.table
        if len(machine.board.cpus) > 1 or any(s.cpu is part for s in machine.board.steals):
            self._exact = np.zeros_like(self.table)
            self._exact[dispatch_table.QUEUED] = dispatch_table.QUEUE_MOST
        machine.words[self.base // 8 + k.EXACT_CALLS] = self._exact.ctypes.data
        self.heat = Heat(self.table)
        self._tracer = Tracer(self.isa, self.program.peek)
        self._shelf: TranslationStore | None = None
        #: hot addresses that the shelf has nothing for
        self._sought: set[int] = set()
        #: how often a head was left so much that it was made anew: each time takes twice as much
        self._grown: Counter[int] = Counter()
        #: translations that wait to be installed
        self.coming: list[Translation] = []

    def handlers(self) -> None:
        """Put the interpreter's present handlers into the table."""
        new = self.interpreter.handlers
        if self._cold == new["cold"]:
            return
        for table in (self.table, self._exact):
            code = self._code(table)
            code[code == self._cold] = new["cold"]
            table[dispatch_table.DISPATCH] = new["dispatch"]
            table[dispatch_table.COLD] = new["cold"]
        self._cold = new["cold"]

    def _code(self, table: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The code of all slots of a table."""
        code = table[dispatch_table.SLOTS // 8 :]
        return code[1::2] if self._tags else code

    def _slot(self, pc: int) -> int:
        """Word of the table that holds the code for *pc*."""
        index = dispatch_table.slot_of(self.isa, pc)
        return dispatch_table.SLOTS // 8 + (2 * index + 1 if self._tags else index)

    def _point(self, pc: int, entry: int) -> None:
        """Let jumps to *pc* go to *entry*."""
        at = self._slot(pc)
        if self._tags:
            self.table[at - 1] = pc
        self.table[at] = entry

    def smaller(self, made: Translation) -> list[int]:
        """Heads of the translations that are of no use beside *made*: it is entered there."""
        return [
            pc
            for pc in made.outline.entries
            if pc in self.installed
            and (pc == made.head or self.installed[pc].outline.limit <= made.outline.limit)
        ]

    def install(self, made: Translation) -> None:
        """Let jumps to its entries go to a translation."""
        self.installed[made.head] = made
        self._lead_to(made)
        if made in self.coming:
            self.coming.remove(made)

    def _lead_to(self, made: Translation) -> None:
        self.inside.update(made.outline.starts)
        for pc in made.outline.entries:
            if pc == made.head or pc not in self.installed:
                self._entered[pc] = made
                self._point(pc, made.entry())

    def leave(self, made: Translation) -> None:
        """Do not install it after all."""
        self.heat.again(made.head)
        if made in self.coming:
            self.coming.remove(made)

    def forget(self, pc: int) -> None:
        """Let jumps to the translation at *pc* go to the interpreter again."""
        made = self.installed.pop(pc)
        self.inside.subtract(made.outline.starts)
        self.inside = +self.inside
        self.heat.again(pc)
        for entry in made.outline.entries:
            if self._entered.get(entry) is made:
                del self._entered[entry]
                at = self._slot(entry)
                if not self._tags or self.table[at - 1] == entry:
                    self.table[at] = self._cold

    def rebuild(self) -> None:
        """Let jumps go to the translations that are installed, and to no others: an exception came
        while that was being changed."""
        self._code(self.table)[:] = self._cold
        self._entered = {}
        self.inside = Counter()
        for made in self.installed.values():
            self._lead_to(made)

    def refuse(self, pc: int, reason: str) -> None:
        """Leave the code at *pc* to the interpreter."""
        if len(self.refused) > REMEMBERED:
            self.refused.clear()
        self.refused[pc] = reason

    def heed_hooks(self, loaded: Interpreter, addresses: frozenset[int]) -> list[int]:
        """There are hooks at *addresses*, which handlers of *loaded* look for; the heads of the
        translations that must go."""
        self.interpreter = loaded
        self.handlers()
        gone, moved = self.program.hooked - addresses, self.program.heed_hooks()
        if gone or moved:
            for pc in [*self.refused, *gone]:
                self.heat.again(pc)
            self.refused.clear()
        self.program.hooked = addresses
        return [
            pc
            for pc, made in self.installed.items()
            if addresses & made.program.keys()
            or made.hooked - addresses
            or made.plain != self.program.plain
        ]

    # -- in the worker ------------------------------------------------------------------------

    def hot(self) -> list[int]:
        """Addresses to translate, those first that have waited longest."""
        if self.program.forget():
            for pc in list(self.refused):
                self.heat.again(pc)
            self.refused.clear()
        return self.heat.waiting(self._is_inside)

    def _is_inside(self, pc: int) -> bool:
        return pc in self.inside or any(pc in made.outline.starts for made in list(self.coming))

    def translate(self, hot: list[int], *, count: bool) -> Iterator[tuple[int, Translation | str]]:
        """Translations, loaded, of the code at the addresses *hot*, by their heads, or the reason
        why there is none: all that there are on disk, or else one made now.  They count if told."""
        plain = self.program.plain
        if self._shelf is None or self._shelf.plain != plain:
            self._shelf = TranslationStore(self.isa, plain, LIMIT, WHOLE, dispatch_table.HOT, count)
        taken = set[int]()
        for pc in dict.fromkeys([*self._shelf.trail(hot[0]), *hot]):
            found = None if pc in self._sought else self._from_disk(self._shelf, pc)
            if found is not None:
                taken.add(pc)
                self.heat.take(pc)
                self._shelf.follow(pc)
                yield pc, found
        self._sought = set(hot) - taken
        if not taken:
            yield from self._make(hot, count)

    def _from_disk(self, shelf: TranslationStore, pc: int) -> Translation | None:
        """The translation that the shelf has, loaded; None if it has none that will load."""
        found = shelf.find(pc, self.program.peek)
        if found is not None:
            with contextlib.suppress(Exception):
                return self._loaded(found)
        return None

    def _make(self, hot: list[int], count: bool) -> Iterator[tuple[int, Translation | str]]:
        """As :meth:`translate`: the region that has the most of what is hot.

        Of those that have the same, that which became hot last: an outer loop does after its inner.
        """
        self._tracer.look_again()
        regions: dict[int, Region] = {}
        for pc in hot[-CONSIDERED:]:
            try:
                region = discover(self._tracer, pc, WHOLE)
                regions[pc] = discover(self._tracer, pc, LIMIT) if region.full else region
            except Exception as error:
                self.heat.take(pc)
                regions.pop(pc, None)
                yield pc, Failed.of(error)
                continue
            if pc not in region.steps:
                self.heat.take(pc)
                del regions[pc]
                yield pc, region.refused[pc]
        if not regions:
            return
        head = max(reversed(regions), key=lambda pc: len(regions[pc].steps.keys() & regions.keys()))
        self.heat.take(head)
        limit, entries, steps = LIMIT, set[int](), regions[head].steps
        if not regions[head].full:
            limit = WHOLE
            for pc, region in regions.items():  # where else it is come from
                both = steps | region.steps
                if len(both) < len(steps) + len(region.steps) and _size(both) <= WHOLE:
                    entries |= {pc} - steps.keys()
                    steps = both
        try:
            made = self._made(head, count=count, quick=LOOKS > 0, limit=limit, targets=entries)
        except Untranslatable as error:  # a hook has come, or it has changed just now
            yield head, str(error)
            return
        except Exception as error:  # memory, LLVM
            yield head, Failed.of(error)
            return
        yield head, made

    def _made(self, head: int, **how: Any) -> Translation:
        """A new translation, kept and loaded; *how* is what :func:`make` is told."""
        assert self._shelf is not None
        current = self.program.is_current()
        made = make(self._tracer, head, self.program, self._shelf.plain, **how)
        if current and self.program.is_current() and self.program.plain == self._shelf.plain:
            self._shelf.keep(made)  # else it may be smaller for the sake of hooks
        self._shelf.follow(head)
        return self._loaded(made)

    def _seen_from(self, made: Translation) -> set[int]:
        """Where computed jumps out of it went, and then those out of the translations there."""
        found: set[int] = set()
        waiting = [made]
        while waiting:
            for pc in waiting.pop().seen() - found:
                found.add(pc)
                entered = self._entered.get(pc)  # the machine runs on, and may change it
                if entered is not None:
                    waiting.append(entered)
        return found

    def better(self, *, count: bool) -> tuple[int, Translation | Failed] | None:
        """A better translation, loaded, for the one that needs it most, if one does: it was left
        often for what it might do itself, or it was made quickly and has been of much use.  Its
        head comes first, and it may fail to be made."""
        coming = {made.head for made in list(self.coming)}
        present = [made for pc, made in list(self.installed.items()) if pc not in coming]
        need = {made: self._need(made) for made in present if not made.final}
        small = max(need, key=need.__getitem__, default=None)
        if small is None or need[small] < 1 or self._shelf is None:
            return None
        grow = self._left(small) >= 1
        small.looked_at = small.left
        outline = small.outline
        targets, limit = outline.targets, outline.limit
        devices = outline.devices | small.devices()
        if grow:
            seen = targets | self._seen_from(small)
            targets = seen if len(seen) <= TARGETS else targets
            limit = min(2 * limit, WHOLE) if outline.full else limit
        known = outline.targets, outline.devices, outline.limit
        if (targets, devices, limit) == known and not outline.quick:
            return None
        self._tracer.look_again()
        how = {"limit": limit, "targets": targets, "devices": devices}
        try:
            made = self._made(small.head, count=count, quick=False, **how)
        except Untranslatable:  # it is about to be dropped
            return None
        except Exception as error:
            small.final = True
            return small.head, Failed.of(error)
        if grow:
            if len(self._grown) > REMEMBERED:
                self._grown.clear()
            self._grown[small.head] += 1
            for each in present:  # with this one there, much of that will not be again
                each.looked_at = each.left
        return made.head, made

    def _left(self, made: Translation) -> float:
        """How often it was left, beside how often is worth a better one."""
        return (made.left - made.looked_at) / (GROW << self._grown[made.head])

    def _need(self, made: Translation) -> float:
        used = made.looks / LOOKS if made.outline.quick and LOOKS else 0
        return max(self._left(made), used)

    def _loaded(self, made: Translation) -> Translation:
        """Load it here and now, because the machine would wait for a compilation that goes on."""
        made.entry()
        self.coming.append(made)
        return made


def _size(steps: dict[int, Step]) -> int:
    return sum(step.size for step in steps.values())
