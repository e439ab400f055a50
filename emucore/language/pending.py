"""What of an instruction is still to come while it is traced: writes, stores, the time."""

from __future__ import annotations

from dataclasses import dataclass, field

from emucore.ir.ops import Op, Space
from emucore.language.registers import Reg, RegFile
from emucore.language.value import Builder, Value, constant, select


class TraceError(Exception):
    """An instruction description that does something the language does not allow."""


class PacketError(TraceError):
    """A packet that no processor would accept: a program's fault, not the description's."""


#: A register, or an element of a file (None: any of them).
Written = tuple[Reg | RegFile, int | None]


@dataclass
class Pending:
    """What has been written so far: values of registers, and writes to files in order."""

    regs: dict[Reg, Value] = field(default_factory=dict)
    files: dict[RegFile, list[tuple[Value, Value]]] = field(default_factory=dict)

    def copy(self) -> Pending:
        return Pending(dict(self.regs), {f: list(w) for f, w in self.files.items()})


@dataclass(frozen=True)
class Time:
    """The clock: a value plus cycles known while translating."""

    base: Value
    ticks: int


@dataclass(frozen=True)
class Store:
    """A bus write that waits for the end of its packet; *cond* is 1 where it happens."""

    space: Space
    kind: str
    address: Value
    value: Value
    cond: Value
    slot: int


class Join:
    """Joins a value of a ``when`` body with the one before: *branch* is its ``if``, if it has one.

    A body of nothing but arithmetic has none: it always runs, and a choice follows.
    """

    def __init__(self, block: Builder, cond: Value, branch: Op | None) -> None:
        self.block = block
        self.cond = cond
        self.branch = branch

    def __call__(self, new: Value, old: Value | int) -> Value:
        if isinstance(old, int):
            old = constant(self.block, old, new.width)
        if new.op is old.op:
            return old
        if self.branch is None:
            return select(self.cond, new, old)
        args = (self.cond.op, new.op, old.op)
        return Value(self.block, self.block.append(Op("phi", new.width, args, self.branch)))

    def known(self, value: Value) -> Value:
        """*value* of the body, made fit for use behind it where the body ran."""
        return value if self.branch is None or value.constant is not None else self(value, 0)
