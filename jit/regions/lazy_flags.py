"""Flags in a region: kept as what they are computed from, until somebody asks.

Nearly every instruction of an 8-bit CPU sets flags, and nearly all of them are overwritten unread.
LLVM sees that only where no exit of the region lies between.  So a one-bit register that is read
only behind a write in the same run of instructions is *deferred*: a write keeps the operands (the
leaves) of the expression and the number of the expression, which costs nothing, and the value is
computed where it is read or, once for the whole region, where the exits end.
"""

from __future__ import annotations

from dataclasses import dataclass

from emucore.ir.ops import OPS, Code, Op
from emucore.language.registers import Line, Reg
from jit.llvm.lowering import Lowering
from jit.llvm.pure_ops import lower_pure
from jit.regions.region import Step

#: Operands that an expression may keep.
_LEAVES = 4


@dataclass(frozen=True)
class Expression:
    """How a flag is computed: the op, and its leaves in order of first use."""

    op: Op
    leaves: tuple[Op, ...]
    text: str

    @property
    def slots(self) -> list[str]:
        """A name for each leaf: its width, and which of that width it is."""
        seen: dict[int, int] = {}
        names = []
        for leaf in self.leaves:
            number = seen[leaf.width] = seen.get(leaf.width, -1) + 1
            names.append(f"{leaf.width}.{number}")
        return names


class Flags:
    """The deferred registers of one region under translation."""

    def __init__(self, lowering: Lowering) -> None:
        self._lo = lowering
        self._chosen: dict[Reg, dict[str, int]] = {}  # the expressions of each, numbered
        self._samples: dict[str, Expression] = {}
        self._known: dict[Reg, tuple[Expression, list[str]] | None] = {}
        self._now: list[tuple[Reg, Expression]] = []
        self._eager: list[Reg] = []

    def __contains__(self, reg: object) -> bool:
        return reg in self._chosen

    def choose(self, runs: list[list[Step]]) -> None:
        """Choose the registers to defer: those always written, in a run, before they are read."""
        candidates: dict[Reg, None] = {}
        refused: set[Reg] = set()
        for run in runs:
            written: set[Reg] = set()
            for step in run:
                for op in _everything(step.code):
                    if op.name == "get" and op.imm not in written:
                        refused.add(op.imm)
                for op in step.code:
                    if op.name == "set" and op.imm.width == 1 and not isinstance(op.imm, Line):
                        written.add(op.imm)
                        candidates[op.imm] = None
        hot = set(self._lo.shape.hot)
        self._chosen = {reg: {} for reg in candidates if reg not in refused and reg not in hot}
        for run in runs:
            for step in run:
                for reg, expression in self._split(step)[1]:
                    numbers = self._chosen[reg]
                    numbers.setdefault(expression.text, len(numbers) + 1)
                    self._samples[expression.text] = expression

    def enter(self) -> None:
        """At the region's entry: variables for numbers and leaves; all flags are plain."""
        for reg, numbers in self._chosen.items():
            self._lo.effect(f"%F.{reg.name} = alloca i8")
            self._lo.effect(f"store i8 0, ptr %F.{reg.name}")
            slots = {s for text in numbers for s in self._samples[text].slots}
            for slot in sorted(slots):
                self._lo.effect(f"%F.{reg.name}.{slot} = alloca i{slot.split('.')[0]}")

    def begin(self) -> None:
        """A run begins: what was known of flags in another run is not known here."""
        self._known = {}

    def defer(self, step: Step) -> Code:
        """The code of *step* without what only deferred flags need."""
        code, self._now = self._split(step)
        later = {reg for reg, _ in self._now}
        sets = {op.imm for op in code if op.name == "set"}
        self._eager = [reg for reg in self._chosen if reg in sets and reg not in later]
        return code

    def set_deferred(self) -> None:
        """Behind the code of a step: keep the operands of the flags that it sets."""
        for reg, expression in self._now:
            leaves = [self._lo.value(leaf) for leaf in expression.leaves]
            self._known[reg] = expression, leaves
            number = self._chosen[reg][expression.text]
            self._lo.effect(f"store i8 {number}, ptr %F.{reg.name}")
            for leaf, slot, value in zip(expression.leaves, expression.slots, leaves, strict=True):
                self._lo.effect(f"store i{leaf.width} {value}, ptr %F.{reg.name}.{slot}")
        self._known.update(dict.fromkeys(self._eager))

    def plain(self, reg: Reg) -> None:
        """The variable of *reg* itself was written: by a trap, or because it has many operands."""
        self._lo.effect(f"store i8 0, ptr %F.{reg.name}")

    def read(self, reg: Reg) -> str:
        """The value of a deferred flag, behind a write in the same run."""
        known = self._known.get(reg)
        if known is None:
            return self._lo.emit(f"load i1, ptr %R.{reg.name}")
        expression, leaves = known
        values = dict(zip((id(leaf) for leaf in expression.leaves), leaves, strict=True))
        return self._compute(expression.op, values)

    def value(self, reg: Reg) -> str:
        """The value wherever it was written: the expressions are tried by number."""
        lo = self._lo
        numbers = self._chosen[reg]
        number = lo.emit(f"load i8, ptr %F.{reg.name}")
        join, plain = lo.name(), lo.name()
        arms = {text: lo.name() for text in numbers}
        cases = " ".join(f"i8 {n}, label %{arms[text]}" for text, n in numbers.items())
        lo.effect(f"switch i8 {number}, label %{plain} [ {cases} ]")
        results = []
        for text, label in arms.items():
            lo.label(label)
            expression = self._samples[text]
            values = {
                id(leaf): lo.emit(f"load i{leaf.width}, ptr %F.{reg.name}.{slot}")
                for leaf, slot in zip(expression.leaves, expression.slots, strict=True)
            }
            results.append((self._compute(expression.op, values), lo.block))
            lo.effect(f"br label %{join}")
        lo.label(plain)
        results.append((lo.emit(f"load i1, ptr %R.{reg.name}"), plain))
        lo.effect(f"br label %{join}")
        lo.label(join)
        return lo.emit("phi i1 " + ", ".join(f"[ {v}, %{block} ]" for v, block in results))

    def _compute(self, op: Op, values: dict[int, str]) -> str:
        if op.name == "const":
            return str(op.imm)
        if id(op) not in values:
            args = [self._compute(arg, values) for arg in op.args]
            values[id(op)] = lower_pure(self._lo, op, args)
        return values[id(op)]

    def _split(self, step: Step) -> tuple[Code, list[tuple[Reg, Expression]]]:
        """The code without deferred sets and what they alone need; and those sets."""
        deferred = [op for op in step.code if op.name == "set" and op.imm in self._chosen]
        needed = self._needed(step, {id(op) for op in deferred})
        now: list[tuple[Reg, Expression]] = []
        late: set[int] = set()
        for op in deferred:
            leaves: dict[int, Op] = {}
            text = _describe(op.args[0], needed, leaves)
            if len(leaves) <= _LEAVES:
                late.add(id(op))
                now.append((op.imm, Expression(op.args[0], tuple(leaves.values()), text)))
        if len(late) < len(deferred):  # some are computed after all, and with them what they need
            needed = self._needed(step, late)
            now = []
            for op in deferred:
                if id(op) in late:
                    leaves = {}
                    text = _describe(op.args[0], needed, leaves)
                    now.append((op.imm, Expression(op.args[0], tuple(leaves.values()), text)))
        code = [op for op in step.code if id(op) in needed]
        return code, now

    @staticmethod
    def _needed(step: Step, deferred: set[int]) -> set[int]:
        """Ids of the ops that something other than a deferred set needs, or that are not pure."""
        needed: set[int] = set()
        waiting = [step.target] if step.target is not None else []
        for op in step.code:
            if id(op) not in deferred and (OPS[op.name].fold is None or op.name == "const"):
                waiting.append(op)
        while waiting:
            op = waiting.pop()
            if id(op) not in needed:
                needed.add(id(op))
                waiting.extend(op.args)
                waiting.extend(op.body or [])
        return needed


def _everything(code: Code) -> Code:
    return [inner for op in code for inner in [op, *_everything(op.body or [])]]


def _describe(op: Op, needed: set[int], leaves: dict[int, Op]) -> str:
    """The expression as text, its leaves by number: two of one text are computed alike."""
    if op.name == "const":
        return f"{op.imm}:{op.width}"
    if id(op) in needed or OPS[op.name].fold is None:
        leaves.setdefault(id(op), op)
        return f"%{list(leaves).index(id(op))}:{op.width}"
    inner = " ".join(_describe(arg, needed, leaves) for arg in op.args)
    return f"({op.name} {op.imm} {op.width} {inner})"
