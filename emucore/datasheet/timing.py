"""How long an instruction takes, read off its micro-ops: every path from its fetch to its end.

Bus accesses are taken to have no wait states.  Conditions that depend on each other in the guest
(a counter at zero, a page crossed) are followed as if they were independent, except where they are
the same micro-op or its negation.
"""

from __future__ import annotations

from collections.abc import Iterator

from emucore.ir.ops import Code, Op, walk
from emucore.isa import Isa, Variant
from emucore.isa.decode import decoder
from emucore.language.registers import Reg

#: Conditions decided on the way along one path; a code with more is not followed to its end.
MAX_DECISIONS = 16
MAX_PATHS = 4096


class Untimed(Exception):
    """The clock's value depends on more than conditions: it cannot be known in advance."""


def durations(isa: Isa, variant: Variant) -> tuple[int, ...]:
    """Every number of cycles that *variant* can take, ascending; empty where it varies freely."""
    clock = isa.cpu.clock
    parts = [isa.trace_fetch(path) for path in prefix_paths(isa, variant)]
    totals = {0}
    for code in (*parts, isa.trace(variant)):
        try:
            here = set(_paths(code, clock))
        except Untimed:
            return ()
        totals = {before + cycles for before in totals for cycles in here}
    return tuple(sorted(totals))


def prefix_paths(isa: Isa, variant: Variant) -> list[tuple[int, ...]]:
    """The nodes of the decoder through which *variant* is reached, the root first."""
    units = variant.encoding.encode(
        {f.name: variant.fields.get(f.name, 0) for f in variant.encoding.fields}
    )
    nodes = decoder(isa)
    paths: list[tuple[int, ...]] = [()]
    while isinstance(found := nodes[paths[-1]].find(units[nodes[paths[-1]].depth]), tuple):
        paths.append(found)
    return paths


def _paths(code: Code, clock: Reg) -> Iterator[int]:
    """The cycles of every path through *code*, by trying all outcomes of its conditions."""
    first: list[bool] = []
    for _ in range(MAX_PATHS):
        path = _Path(clock, first)
        yield path.follow(code)
        taken = path.taken
        while taken and taken[-1]:
            taken.pop()
        if not taken:
            return
        first = [*taken[:-1], True]
    raise Untimed


class _Path:
    """One way through: the first conditions come out as *first* says, all others false."""

    def __init__(self, clock: Reg, first: list[bool]) -> None:
        self.clock = clock
        self.first = first
        self.taken: list[bool] = []
        self._known: dict[Op, bool] = {}

    def follow(self, code: Code) -> int:
        """The clock at the end of *code*, from 0 at its beginning."""
        end: Op | None = None
        ended = False
        while not ended:
            ended = True
            for op in code:
                if op.name == "set" and op.imm is self.clock:
                    end = op.args[0]
                ends = op.body is not None and any(o.name in _ENDS for o in walk(op.body))
                if ends and op.body is not None and self.decide(op.args[0]):
                    code, ended = op.body, False
                    break
        return self.value(end) if end is not None else 0

    def decide(self, condition: Op) -> bool:
        """How *condition* comes out on this path."""
        if condition.name == "not":
            return not self.decide(condition.args[0])
        if condition.name == "const":
            return bool(condition.imm)
        if condition not in self._known:
            if len(self.taken) == MAX_DECISIONS:
                raise Untimed
            at = len(self.taken)
            self.taken.append(self.first[at] if at < len(self.first) else False)
            self._known[condition] = self.taken[at]
        return self._known[condition]

    def value(self, op: Op) -> int:
        """The clock that *op* computes."""
        if op.name == "const":
            return int(op.imm)
        if op.name == "get" and op.imm is self.clock:
            return 0
        if op.name == "after":
            return self.value(op.args[0].args[-1])  # the access at its clock, no waits
        if op.name == "add":
            return self.value(op.args[0]) + self.value(op.args[1])
        if op.name in ("select", "phi"):
            return self.value(op.args[1 if self.decide(op.args[0]) else 2])
        if op.name == "zext" and op.args[0].width == 1:
            return int(self.decide(op.args[0]))
        raise Untimed


_ENDS = ("done", "dispatch")
