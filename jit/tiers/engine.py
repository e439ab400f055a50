"""The JIT engine: the interpreter, and translated regions for what it finds hot.

Handlers that jump look for code at their target and count where there is none.  Addresses that
become hot are translated in the background, quickly at first and well where that is used, and
installed when no guest code runs.  The bytes that a translation was made from are marked, and
stores look at the marks; a write to one of them stops the machine at the end of that instruction,
and translations that are no longer true go.

An exception may come between any two lines of this (Ctrl-C, a signal), and the machine may be run
again after it.  So what must be done is noted as done only when it is, and is done from the start
otherwise, before any guest code runs.
"""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from emucore.base.errors import MachineError
from emucore.body.engines import ENGINES
from emucore.body.guest import Guest
from emucore.kernel import layout as k
from jit.base import forks
from jit.base.failed import Failed
from jit.interpreter.engine import InterpEngine, interpreter
from jit.llvm.lowering import GRANULE_BITS
from jit.llvm.native import threaded
from jit.tiers.translated_cpu import TranslatedCpu
from jit.tiers.translation import MEMORY, Translation, held, worker

#: Seconds between looks at the queues of hot addresses.
_INTERVAL = 0.002
#: Looks without a hot address, from one look for translations that are too poor to the next.
_IDLE = 4
#: Reasons shown in the statistics.
_SHOWN = 32


class JitEngine(InterpEngine):
    """See :class:`emucore.machine.Engine`."""

    name = "jit"

    def __init__(self, machine: Guest) -> None:
        if not threaded():
            raise MachineError("the jit engine needs threaded handlers, which this host has not")
        super().__init__(machine)
        self.cpus = {
            part.name: TranslatedCpu(machine, part, interpreter(part.isa, "linked"))
            for part in machine.board.cpus
        }
        self._ready: deque[tuple[TranslatedCpu, int, Translation | str]] = deque()
        self._lock = forks.lock(forks.Order.SHARED)
        #: the version of memory that all is true for; None while that is being changed
        self._version: int | None = machine.version
        self._running = False
        self._looking = False
        self._idle = 0
        self._closed = False
        marks = machine.layout.fields["kernel.marks"]
        self._marks = machine.arena[marks.name]
        self._marks[:] = 0
        machine.words[k.PROGRAM] = marks.offset
        # stores look here first: a byte for each granule of the arena
        self._granules = np.zeros((len(machine.arena.bytes) >> GRANULE_BITS) + 1, np.uint8)
        for cpu in self.cpus.values():
            header = cpu.base // 8
            own = self._granules.ctypes.data + (cpu.base >> GRANULE_BITS)
            machine.words[header + k.MARKS] = own
            machine.words[header + k.BYTE_MARKS] = machine.arena.address + marks.offset + cpu.base
        for word in (k.CHANGED, k.YIELD):
            machine.words[word] = 0
        self.counts = dict.fromkeys(
            ("translated", "from_disk", "invalidated", "dropped", "untranslatable", "failed"), 0
        )
        self.seconds = 0.0
        #: set before the machine runs, translations count: see :mod:`jit.regions.counting`
        self.counting = False
        #: told of each translation that goes
        self.on_forget: Callable[[TranslatedCpu, Translation], None] | None = None

    def way(self) -> str:
        """Handlers that look for translated code."""
        return "linked"

    def run(self, end: int) -> int:
        """See :class:`emucore.machine.Engine`."""
        self._prepare()
        try:
            self._running = True
            if not self._looking:
                worker.ask(_if_alive(self._look))
                self._looking = True
            while (result := super().run(end)) == 2:
                self._prepare()
        finally:
            self._running = False
        return result

    def _prepare(self) -> None:
        """Between two instructions: see to it that guest code finds all in order."""
        if self._version is None:
            for cpu in self.cpus.values():
                cpu.rebuild()
        if self._version != self.machine.version:
            self._check_all()
        self._see_hooks()
        if self.machine.words[k.CHANGED]:
            if self._drop_false():
                self._check_all()
            self.machine.words[k.CHANGED] = 0
        for cpu in self.cpus.values():
            cpu.handlers()
        self._install()

    def heed_hooks(self) -> None:
        """Have no translation of hooked instructions, nor any that only hooks made as it is."""
        super().heed_hooks()
        for (_, loaded), cpu in zip(self._cpus, self.cpus.values(), strict=True):
            for pc in cpu.heed_hooks(loaded, self.machine.hooks.addresses(cpu.part.name)):
                self._forget(cpu, pc)
        self._check_all()

    # -- from hot to translated ---------------------------------------------------------------

    def _look(self) -> None:
        """In the worker: translate one hot address, and look again while the machine runs."""
        try:
            if not self._translate_one():
                self._idle += 1
                if self._idle % _IDLE or not self._improve_one():
                    time.sleep(_INTERVAL)
        except Exception:  # there will be other hot code
            self.counts["failed"] += 1
            time.sleep(_INTERVAL)
        if self._running:
            worker.ask(_if_alive(self._look))
        else:
            self._looking = False

    def translate_hot(self) -> None:
        """Translate all that has become hot, and what has proved too poor, now."""
        while self._translate_one() or self._improve_one():
            pass

    def _translate_one(self) -> bool:
        """Translate some of what is hot; whether there was something."""
        for cpu in self.cpus.values():
            hot = cpu.hot()
            if hot:
                self._translate(cpu, hot)
                return True
        return False

    def _improve_one(self) -> bool:
        """Make a translation anew that has proved too poor; whether there was one."""
        for cpu in self.cpus.values():
            better = cpu.better(count=self.counting)
            if better is not None:
                self._finished(cpu, *better)
                return True
        return False

    def _translate(self, cpu: TranslatedCpu, hot: list[int]) -> None:
        try:
            for head, made in cpu.translate(hot, count=self.counting):
                self._finished(cpu, head, made)
        except Exception as error:  # which of them it was is not known
            for pc in hot:
                cpu.heat.take(pc)
                self._finished(cpu, pc, Failed.of(error))

    def _finished(self, cpu: TranslatedCpu, pc: int, made: Translation | str) -> None:
        """Hand over what was made, or why not; the machine installs it at its next stop."""
        with self._lock:
            if self._closed:  # nobody would heed it
                return
            self._ready.append((cpu, pc, made))
            words = self.machine.words
            words[k.YIELD] = 1
            if len(self.cpus) == 1:  # one of several has a short turn, and is not to lose its rest
                words[cpu.base // 8 + k.DEADLINE] = 0

    # -- installing ---------------------------------------------------------------------------

    def _install(self) -> None:
        """Put finished translations in place, if the program is still what they were made from."""
        if not self._ready:
            return
        version, self._version = self._version, None
        while self._ready:
            self._put(*self._ready[0])
            self._ready.popleft()
        self._open()
        if held() > MEMORY:
            self._drop_all()
        self._version = version

    def _put(self, cpu: TranslatedCpu, pc: int, made: Translation | str) -> None:
        """Put a finished translation in place, or note why there is none; again, if need be."""
        if isinstance(made, str):
            failed = isinstance(made, Failed)
            self.counts["failed" if failed else "untranslatable"] += 1
            cpu.refuse(pc, made)
            return
        offsets = [cpu.program.offset(a) for a in made.program]
        other = made.hooked - cpu.program.hooked or made.plain != cpu.program.plain
        if None in offsets or other:
            cpu.leave(made)
            return
        made.offsets = np.array(offsets, np.int64)
        made.values = np.array(list(made.program.values()), np.uint8)
        if untrue := self._untrue(made):
            cpu.program.changed(untrue)
            cpu.leave(made)
            return
        self._protect(made)
        for smaller in cpu.smaller(made):
            self._forget(cpu, smaller)
        cpu.install(made)
        self.counts["translated" if made.seconds else "from_disk"] += 1
        self.seconds += made.seconds

    def _untrue(self, made: Translation) -> list[int]:
        """The addresses of program bytes that are not what they were."""
        differing = np.flatnonzero(self.machine.arena.bytes[made.offsets] != made.values)
        addresses = list(made.program) if len(differing) else []
        return [addresses[i] for i in differing]

    def _protect(self, made: Translation) -> None:
        """Mark the bytes of a translation, so that stores to them are seen."""
        self._marks[made.offsets] = 1
        self._granules[made.offsets >> GRANULE_BITS] = 1

    def _drop_false(self) -> bool:
        """Drop translations that are no longer true; whether there were any."""
        dropped = False
        for cpu in self.cpus.values():
            changed: set[int] = set()
            for pc, made in list(cpu.installed.items()):
                untrue = self._untrue(made)
                if untrue:
                    changed.update(untrue)
                    self.counts["invalidated"] += 1
                    self._forget(cpu, pc)
            cpu.program.changed(sorted(changed))
            dropped |= bool(changed)
        return dropped

    def _drop_all(self) -> None:
        """Begin anew: translations take too much memory."""
        for cpu in self.cpus.values():
            for pc in list(cpu.installed):
                self.counts["dropped"] += 1
                self._forget(cpu, pc)
        self._check_all()

    def _forget(self, cpu: TranslatedCpu, pc: int) -> None:
        version, self._version = self._version, None
        if self.on_forget is not None:
            self.on_forget(cpu, cpu.installed[pc])
        cpu.forget(pc)
        self._version = version

    def _check_all(self) -> None:
        """Memory has changed: drop what is false, and protect anew what the rest were made from."""
        version, self._version = self.machine.version, None
        self._drop_false()
        self._marks[:] = 0
        self._granules[:] = 0
        for cpu in self.cpus.values():
            for made in cpu.installed.values():
                self._protect(made)
        self._open()
        self._version = version

    def _open(self) -> None:
        for cpu in self.cpus.values():
            cpu.program.open(self._granules, GRANULE_BITS)

    # -- the rest -----------------------------------------------------------------------------

    def close(self) -> None:
        """Stop looking for hot code; the machine's memory is another engine's now."""
        super().close()
        with self._lock:
            self._running, self._closed = False, True

    def statistics(self) -> dict[str, Any]:
        """Translations by what became of them, how many there are that were made quickly, seconds
        and bytes spent on them, what was refused and why, and the interpreter's."""
        regions: dict[str, Any] = {**self.counts, "seconds": round(self.seconds, 3)}
        present = [made for cpu in self.cpus.values() for made in list(cpu.installed.values())]
        regions["quick"] = sum(made.outline.quick for made in present)
        regions["bytes"] = held()
        regions["refused"] = {
            f"{cpu.part.name} {pc:x}": reason
            for cpu in self.cpus.values()
            for pc, reason in list(cpu.refused.items())[:_SHOWN]
        }
        return {**super().statistics(), "regions": regions}


def _if_alive(method: Callable[[], None]) -> Callable[[], None]:
    """*method*, unless its engine is gone by then: a queue of work keeps no machine."""
    found = weakref.WeakMethod(method)

    def call() -> None:
        alive = found()
        if alive is not None:
            alive()

    return call


ENGINES["jit"] = JitEngine
