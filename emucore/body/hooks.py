"""Hooks: a function that is called whenever a CPU is about to run the instruction at an address.

The engines only find the boundary and stop there (:data:`emucore.kernel.kernel.HOOK`); here its
hooks are called, each once.  Between the calls no guest code runs, so that a hook may do all that
can be done between two runs.  Hooks of memory are in :mod:`emucore.body.memory_hooks`.
"""

from __future__ import annotations

from emucore.board import CpuPart
from emucore.body.body import Body
from emucore.body.hook import Hook
from emucore.body.memory_hooks import MemoryHooks
from emucore.kernel import layout as k


class Hooks:
    """The hooks of one machine."""

    def __init__(self, machine: Body) -> None:
        #: Counts changes; engines compare it with what they know.
        self.version = 0
        self._machine = machine
        self.memory = MemoryHooks(machine)
        self._hooks: dict[tuple[str, int], list[Hook]] = {}
        self._addresses: dict[str, frozenset[int]] = {}
        # of each CPU that stopped at a hook: the last boundary there, and what was called there
        self._called: dict[str, tuple[tuple[int, int, int], list[Hook]]] = {}

    def addresses(self, cpu: str) -> frozenset[int]:
        """Where *cpu* has hooks."""
        return self._addresses.get(cpu, frozenset())

    def add(self, hook: Hook) -> None:
        """Have *hook* called from now on, behind those that its addresses have."""
        self.version += 1  # before anything is different: what is translated meanwhile is suspect
        if hook.on != "execute":
            self.memory.add(hook)
            return
        for address in hook.addresses:
            self._hooks.setdefault((hook.cpu, address), []).append(hook)
        self._changed()

    def remove(self, hook: Hook) -> None:
        """Have *hook* called no more."""
        self.version += 1
        if hook.on != "execute":
            self.memory.remove(hook)
            return
        for address in hook.addresses:
            key = hook.cpu, address
            if hook in self._hooks.get(key, ()):
                self._hooks[key].remove(hook)
                if not self._hooks[key]:
                    del self._hooks[key]
        self._changed()

    def _changed(self) -> None:
        self._addresses = {
            part.name: frozenset(at for name, at in self._hooks if name == part.name)
            for part in self._machine.board.cpus
        }
        for part in self._machine.board.cpus:
            self._machine.words[self._machine.base(part) // 8 + k.PASSED] = k.NOWHERE
        self.version += 1

    def call(self) -> None:
        """Call the hooks of the boundary at which an engine has stopped; first, those of what the
        instruction before it has accessed.

        Then the engine may go on there; if the run ends instead, those that were called are not
        called again when the next one begins.
        """
        machine, words, state = self._machine, self._machine.words, self._machine.states
        if words[k.HITS]:
            self.memory.call()
            return
        index = words[k.HOOK] - 1
        part = machine.board.cpus[index]
        here = self._boundary(part)
        at, called = self._called.get(part.name, (here, []))
        if at != here:
            called = []
        # from here on, whatever comes between: the CPU has its turn still, and none is called twice
        self._called[part.name] = here, called
        words[k.HOOK], words[k.RESUME] = 0, index + 1
        try:
            while (hook := self._next(part.name, here[0], called)) is not None:
                called += [hook]  # no call, behind which an interrupt might come between the two
                hook.function(machine)
                if machine.states != state or self._boundary(part)[0] != here[0]:
                    break  # another instruction is next, with hooks of its own
        finally:
            if machine.states == state:
                self._called[part.name] = self._boundary(part), called
        if not machine.ending and self._boundary(part)[0] == here[0]:
            words[machine.base(part) // 8 + k.PASSED] = here[0]

    def pass_by(self) -> None:
        """Go on without having called those of the boundary at which an engine has stopped."""
        words = self._machine.words
        words[k.HITS] = 0
        if words[k.HOOK]:
            part = self._machine.board.cpus[words[k.HOOK] - 1]
            words[self._machine.base(part) // 8 + k.PASSED] = self._boundary(part)[0]
            words[k.HOOK] = 0

    def _next(self, cpu: str, pc: int, called: list[Hook]) -> Hook | None:
        """The first hook at *pc* that has not been called."""
        return next((h for h in self._hooks.get((cpu, pc), ()) if h not in called), None)

    def _boundary(self, part: CpuPart) -> tuple[int, int, int]:
        """Where a CPU is: its pc, its clock, and in which state."""
        registers = self._machine.cpus[part.name]
        return registers[part.isa.pc.name], registers["clock"], self._machine.states
