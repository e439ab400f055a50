"""Whether a program has come to rest, and exactly when.

It has if its next instruction leaves the program counter and all registers as they are, so that the
next one is again the same: a jump to itself, or what a CPU does that is halted.  To see that, the
last instruction of a run is run alone; where it was such a one, the machine goes back to the first
boundary from which on there were no others.
"""

from __future__ import annotations

from collections.abc import Callable

from emucore.kernel import layout as k
from emucore.language.registers import RegFile, storage
from emucore.machine import Machine
from emucore.plan.cpu_layout import offsets, size


class Rest:
    """What looks for it on one machine, whose first CPU runs the program by *run*, an engine's."""

    def __init__(self, machine: Machine, run: Callable[[int], int]) -> None:
        self._machine = machine
        self._run = run
        part = machine.board.cpus[0]
        self._base = machine.base(part)
        self._end = self._base + size(part.isa.cpu)
        # what only counts or remembers is internal: the Z80's R, RISC-V's retired instructions
        places, own = offsets(part.isa.cpu), part.isa.cpu.registers
        self._pieces = [
            slice(places[name], places[name] + storage(reg.width) * getattr(reg, "count", 1))
            for name, reg in own.items()
            if isinstance(reg, RegFile) or not reg.internal
        ]
        #: Cycles before the end of a run in which the last instruction begins: found out.
        self._span = 1

    def advance(self, end: int) -> tuple[int, bool]:
        """Run to *end*, where no host code is called meanwhile: what the engine says, and whether
        the program has come to rest.  Then the machine is where it did.

        What interrupts that (Ctrl-C) finds the machine where it began.
        """
        if self._machine.time >= end:
            return self._run(end), False
        start = self._moment()
        try:
            reason, rests = self._forward(start, end)
            if rests:
                self._go_back(start)
        except BaseException:
            self._restore(start)
            raise
        return reason, rests

    def _forward(self, start: tuple[bytes, int], end: int) -> tuple[int, bool]:
        """Run from *start* to *end*: what the engine says, and whether the program rests there."""
        machine, reason, rests = self._machine, 0, False
        while end - self._span > machine.time and not reason:
            reason = self._run(end - self._span)
            if not reason and machine.time >= end:  # that was the last instruction, and others
                self._span *= 2
                self._restore(start)
        while not reason and machine.time < end:
            reason, rests = self._step()
        return reason, rests and not reason

    def _step(self) -> tuple[int, bool]:
        """Run an instruction: what the engine says, and whether that was one of rest."""
        memory, time = self._machine.arena.memory, self._machine.time
        before = bytes(memory[self._base : self._end])
        reason = self._run(time + 1)
        after = memory[self._base : self._end]
        same = all(before[piece] == after[piece] for piece in self._pieces)
        return reason, same and self._machine.time > time

    def _moment(self) -> tuple[bytes, int]:
        """The state, and the boundary of it whose hooks have been called."""
        machine = self._machine
        return machine.arena.state(), machine.words[self._base // 8 + k.PASSED]

    def _restore(self, moment: tuple[bytes, int]) -> None:
        """Put the machine back to a moment that :meth:`_moment` gave."""
        machine, (state, passed) = self._machine, moment
        words = machine.words
        machine.arena.set_state(state)
        machine.refresh()
        words[k.HOOK] = words[k.RESUME] = words[k.FAULT] = words[k.HITS] = 0
        words[self._base // 8 + k.CUT] = 0
        words[self._base // 8 + k.PASSED] = passed

    def _go_back(self, start: tuple[bytes, int]) -> None:
        """Put the machine to where its program came to rest: at *start*, or after it."""
        machine, end = self._machine, self._machine.time
        part = machine.board.cpus[0]
        self._restore(start)
        begin, rests = machine.time - 1, False
        while end - begin > 1:
            middle = (begin + end) // 2
            if middle > machine.time:
                self._run(middle)
            here, reached = self._moment(), machine.time
            machine.words[self._base // 8 + k.PASSED] = machine.cpus[part.name][part.isa.pc.name]
            _, rests = self._step()
            if rests:
                end = middle
            else:
                start, begin = here, max(middle, reached)
            self._restore(start)
        if end > machine.time:
            self._run(end)
