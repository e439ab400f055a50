"""Hooks of memory: a function that is called for each access of a CPU to some of its addresses.

Pages with hooked addresses are taken out of the page tables, so that every engine goes to the bus
for them; the kernel notes the accesses (:data:`emucore.kernel.kernel.HITS`) and cuts the CPU's turn
short.  Behind the instruction, the hooks are called here, in the order in which the bus had the
accesses.  A page without hooks costs nothing, and no time passes that would not otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from emucore.base.errors import MachineError
from emucore.board import CpuPart
from emucore.body.body import Body
from emucore.body.hook import Hook
from emucore.ir.ops import KINDS
from emucore.kernel import layout as k

#: What hooks may be called on, as the kernel has it.
WAYS = {"read": k.READS, "write": k.WRITES, "access": k.READS | k.WRITES}


class Accessed(NamedTuple):
    """An access that a hook is told of.

    ``on`` is ``read`` or ``write``, ``kind`` why the bus was accessed
    (:data:`emucore.ir.ops.KINDS`: a 6502's ``dummy`` reads are among them), ``width`` in bits.
    ``clock`` is the CPU's when the access began, ``pc`` where its instruction did; at an interrupt,
    where it interrupts.
    """

    cpu: str
    space: str
    on: str
    kind: str
    address: int
    value: int
    width: int
    clock: int
    pc: int

    def touches(self, addresses: range) -> bool:
        """Whether one of its bytes is at one of those."""
        return self.address < addresses.stop and addresses.start < self.address + self.width // 8


class MemoryHooks:
    """The hooks of memory of one machine."""

    def __init__(self, machine: Body) -> None:
        self._machine = machine
        #: by CPU and space, those that there are
        self._hooks: dict[tuple[str, str], list[Hook]] = {}
        #: entries of page tables that are SLOW for the hooks' sake, by their words, as they were
        self._slow: dict[int, int] = {}
        # of the hits that are noted: how many all hooks were told of, and the next one's that were;
        # and the state of the machine in which that was
        self._told = 0
        self._called: list[Hook] = []
        self._state = 0

    def has(self, cpu: str) -> bool:
        """Whether memory of *cpu* has hooks."""
        return any(name == cpu for name, _ in self._hooks)

    def add(self, hook: Hook) -> None:
        """Have *hook* called from now on, behind those that are there."""
        self._hooks.setdefault((hook.cpu, hook.space), []).append(hook)
        self._watch(hook.cpu, hook.space)

    def remove(self, hook: Hook) -> bool:
        """Have *hook* called no more; whether it was."""
        key = hook.cpu, hook.space
        if hook not in self._hooks.get(key, ()):
            return False
        self._hooks[key].remove(hook)
        if not self._hooks[key]:
            del self._hooks[key]
        self._watch(*key)
        return True

    # -- what the kernel looks at -----------------------------------------------------------

    def _watch(self, cpu: str, space: str) -> None:
        """Have the kernel told of what that space's hooks are to be told."""
        machine, words = self._machine, self._machine.words
        part = machine.part(cpu)
        row = _space_row(machine, part, space)
        hooks = self._hooks.get((cpu, space), [])
        found = [
            (start, end, way)
            for way in (k.READS, k.WRITES)
            for start, end in covering(h.addresses for h in hooks if WAYS[h.on] & way)
        ]
        for i, values in enumerate(found):
            at = words[row + k.SPACE_HOOKED] + i * k.HOOKED_ROW
            for column, value in enumerate(values):
                words[at + column] = value
        words[row + k.SPACE_HOOKS] = len(found)
        bits = words[row + k.SPACE_PAGE_BITS]
        pages = ((words[row + k.SPACE_MASK] + 1) >> bits) if bits else 0
        tables = {k.READS: words[row + k.SPACE_READS], k.WRITES: words[row + k.SPACE_WRITES]}
        wanted = {
            tables[way] + page
            for start, end, way in found
            for page in range(start >> bits, min(pages, (end >> bits) + 1))
        }
        mine = {at for at in self._slow if any(0 <= at - t < pages for t in tables.values())}
        for at in mine - wanted:
            words[at] = self._slow.pop(at)
        for at in wanted - mine:
            if words[at] != k.SLOW:
                self._slow[at] = words[at]
                words[at] = k.SLOW
        machine.refresh()  # banks are shown anew

    def undo_in(self, clone: Body) -> None:
        """The memory of *clone*, just copied, has no hooks."""
        for cpu, space in self._hooks:
            clone.words[_space_row(clone, clone.part(cpu), space) + k.SPACE_HOOKS] = 0
        for at, entry in self._slow.items():
            clone.words[at] = entry
        clone.words[k.HITS] = 0
        if self._slow:
            clone.refresh()

    # -- calling ----------------------------------------------------------------------------

    def call(self) -> None:
        """Call the hooks of the accesses that are noted.

        What one raises comes out; the next run begins with those that have not been called.
        """
        machine, words, state = self._machine, self._machine.words, self._machine.states
        if self._state != state:  # of those of another state, nobody will be told
            self._told, self._called, self._state = 0, [], state
        hits = words[k.HITS]
        while self._told < min(hits, k.HIT_MOST):
            access = self._hit(self._told)
            while (hook := self._next(access)) is not None:
                self._called += [hook]  # as in :meth:`emucore.body.hooks.Hooks.call`
                hook.function(machine, access)
                if machine.states != state:
                    return
            self._told, self._called = self._told + 1, []
        self._told = words[k.HITS] = 0
        if hits > k.HIT_MOST:
            raise MachineError(
                f"{machine.board.name}: an instruction accessed hooked memory {hits} times;"
                f" the last {hits - k.HIT_MOST} are not told"
            )

    def _next(self, access: Accessed) -> Hook | None:
        """The first hook of an access that has not been called."""
        for hook in self._hooks.get((access.cpu, access.space), ()):
            wanted = WAYS[hook.on] & WAYS[access.on] and access.touches(hook.addresses)
            if wanted and hook not in self._called:
                return hook
        return None

    def _hit(self, number: int) -> Accessed:
        words = self._machine.words
        row = words[k.HIT_TABLE] + number * k.HIT_ROW
        part = self._machine.board.cpus[words[row + k.HIT_CPU]]
        return Accessed(
            part.name,
            list(part.spaces)[words[row + k.HIT_SPACE]],
            "write" if words[row + k.HIT_WAY] == k.WRITES else "read",
            KINDS[words[row + k.HIT_KIND]],
            words[row + k.HIT_ADDRESS],
            words[row + k.HIT_LOW] | words[row + k.HIT_HIGH] << 32,
            words[row + k.HIT_WIDTH],
            words[row + k.HIT_CLOCK],
            words[row + k.HIT_PC],
        )


def _space_row(machine: Body, part: CpuPart, space: str) -> int:
    """Word of the kernel's row of a space."""
    cpu = machine.words[k.CPU_TABLE] + machine.board.cpus.index(part) * k.CPU_ROW
    return machine.words[cpu + k.CPU_SPACES] + list(part.spaces).index(space) * k.SPACE_ROW


def covering(stretches: Iterable[range], most: int = k.HOOKED_MOST // 2) -> list[tuple[int, int]]:
    """At most *most* stretches, first and last address, that hold all of those: with as little as
    can be of what lies between them.

    >>> covering([range(4, 8), range(1, 2), range(8, 9), range(20, 21)], 2)
    [(1, 8), (20, 20)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted((r.start, r.stop - 1) for r in stretches):
        if found and start <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    gaps = sorted(range(1, len(found)), key=lambda i: found[i - 1][1] - found[i][0])
    return list(_joined(found, set(gaps[: most - 1])))


def _joined(found: list[tuple[int, int]], kept: set[int]) -> Iterator[tuple[int, int]]:
    """*found*, joined but before those numbered in *kept*."""
    first = 0
    for i in range(1, len(found) + 1):
        if i == len(found) or i in kept:
            yield found[first][0], found[i - 1][1]
            first = i
