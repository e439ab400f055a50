"""Tracing: running an instruction's Python function once, with symbolic values, into micro-ops.

A :class:`Block` collects the ops.  Register writes stay pending in it and become ``set`` ops only
where the instruction completes, so an instruction that faults leaves its registers alone, and a
VLIW packet (:meth:`Block.packet`) can read old values while new ones are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar

from emucore.ops import Access, Code, Op, Space
from emucore.state import NEVER, Reg, RegFile
from emucore.value import Value, constant, fit, select

__all__ = ["NEVER", "Block", "Cpu", "TraceError"]


class TraceError(Exception):
    """An instruction description that does something the language does not allow."""


@dataclass
class _Pending:
    """What has been written so far: values of registers, and writes to files in order."""

    regs: dict[Reg, Value] = field(default_factory=dict)
    files: dict[RegFile, list[tuple[Value, Value]]] = field(default_factory=dict)

    def copy(self) -> _Pending:
        return _Pending(dict(self.regs), {f: list(w) for f, w in self.files.items()})


@dataclass(frozen=True)
class _Time:
    """The clock: a value plus cycles known while translating."""

    base: Value
    ticks: int


class Block:
    """Micro-ops being collected: one instruction, or several in a row (a translated block)."""

    def __init__(self, clock: Reg) -> None:
        self._clock_reg = clock
        self._prologue: Code = []  # gets and constants: defined before everything, used anywhere
        self._gets: dict[Reg, Op] = {}
        self._constants: dict[tuple[int, int], Op] = {}
        self._regions: list[Code] = [[]]
        self._conditions: list[Value] = []
        self._ended = False
        self._now = _Pending()
        self._before: _Pending | None = None  # inside a packet: what its reads see
        self._stores: list[Callable[[], None]] = []
        self._time: _Time | None = None
        self._word: Op | None = None

    # -- building ---------------------------------------------------------------------------

    def append(self, op: Op) -> Op:
        """Add *op* to the open region."""
        if self._ended:
            raise TraceError(f"{op!r} after the end of the instruction")
        self._regions[-1].append(op)
        return op

    def constant(self, number: int, width: int) -> Op:
        """The op of a constant, shared."""
        op = self._constants.get((number, width))
        if op is None:
            op = self._constants[number, width] = Op("const", width, imm=number)
            self._prologue.append(op)
        return op

    def word(self, width: int) -> Value:
        """The unit that was decoded to reach this instruction, *width* bits."""
        if self._word is None:
            self._word = Op("word", width)
            self._prologue.append(self._word)
        return Value(self, self._word)

    def finish(self) -> Code:
        """End the code: commit what is pending and return the micro-ops."""
        if len(self._regions) != 1:
            raise TraceError("finish() inside `when`")
        if not self._ended:
            self._commit()
        return self._prologue + self._regions[0]

    def _commit(self) -> None:
        self._set_time()
        for file, writes in self._now.files.items():
            for index, value in writes:
                self.append(Op("setx", 0, (index.op, value.op), file))
        for reg, value in self._now.regs.items():
            if value.op is not self._gets.get(reg):
                self.append(Op("set", 0, (value.op,), reg))

    # -- registers ----------------------------------------------------------------------------

    def get(self, reg: Reg) -> Value:
        """The register's value here; inside a packet, its value before the packet."""
        if reg is self._clock_reg:
            return self.clock
        seen = (self._before or self._now).regs.get(reg)
        return seen if seen is not None else self._initial(reg)

    def new(self, reg: Reg) -> Value:
        """Inside a packet: the value that the packet gives *reg* (Hexagon's ``.new``)."""
        seen = self._now.regs.get(reg)
        return seen if seen is not None else self._initial(reg)

    def _initial(self, reg: Reg) -> Value:
        op = self._gets.get(reg)
        if op is None:
            op = self._gets[reg] = Op("get", reg.width, imm=reg)
            self._prologue.append(op)
        return Value(self, op)

    def set(self, reg: Reg, value: Value | int) -> None:
        """Write *reg* when the instruction completes; later reads here see it at once."""
        if isinstance(value, int):
            value = constant(self, value, reg.width)
        if value.width != reg.width:
            raise TraceError(f"{value.width} bits assigned to {reg!r}")
        if self._before is not None and not self._conditions:
            old = self._before.regs.get(reg)
            if reg in self._now.regs and self._now.regs[reg] is not old:
                raise TraceError(f"{reg!r} is written twice in one packet")
        self._now.regs[reg] = value

    def getx(self, file: RegFile, index: Value | int) -> Value:
        """Element *index* of a register file, as :meth:`get`."""
        return self._element((self._before or self._now), file, index)

    def newx(self, file: RegFile, index: Value | int) -> Value:
        """Element *index* of a register file, as :meth:`new`."""
        return self._element(self._now, file, index)

    def _element(self, state: _Pending, file: RegFile, index: Value | int) -> Value:
        index = self._index(file, index)
        if file.zero is not None and index.constant == file.zero:
            return constant(self, 0, file.width)
        op = self.append(Op("getx", file.width, (index.op,), file))
        value = Value(self, op)
        for written, new in state.files.get(file, ()):
            same = written == index
            if file.zero is not None:
                same = same & (index != file.zero)
            value = select(same, new, value)
        return value

    def setx(self, file: RegFile, index: Value | int, value: Value | int) -> None:
        """Write element *index*; ignored for the register that is always zero."""
        index = self._index(file, index)
        if isinstance(value, int):
            value = constant(self, value, file.width)
        if value.width != file.width:
            raise TraceError(f"{value.width} bits assigned to {file!r}")
        if file.zero is None or index.constant != file.zero:
            self._now.files.setdefault(file, []).append((index, value))

    def _index(self, file: RegFile, index: Value | int) -> Value:
        width = max(1, (file.count - 1).bit_length())
        if isinstance(index, int):
            if not 0 <= index < file.count:
                raise TraceError(f"{file!r} has no element {index}")
            return constant(self, index, width)
        return fit(index, width)

    # -- time -------------------------------------------------------------------------------

    def _clock(self) -> _Time:
        if self._time is None:
            self._time = _Time(self._initial(self._clock_reg), 0)
        return self._time

    @property
    def clock(self) -> Value:
        """The CPU's clock here, in its cycles, 64 bits."""
        time = self._clock()
        return time.base + time.ticks

    def tick(self, cycles: int) -> None:
        """Let *cycles* of the CPU's clock pass."""
        time = self._clock()
        self._time = replace(time, ticks=time.ticks + cycles)

    def _set_time(self) -> None:
        if self._time is not None:
            self._now.regs[self._clock_reg] = self.clock

    # -- control ------------------------------------------------------------------------------

    @contextmanager
    def when(self, cond: Value) -> Iterator[None]:
        """Run the body at guest time where the 1-bit *cond* is 1."""
        if cond.width != 1:
            raise TraceError(f"when() needs 1 bit, not {cond.width}")
        self._clock()
        state, time = self._now.copy(), self._time
        self._regions.append([])
        self._conditions.append(cond)
        yield
        if not self._ended and time is not None and self._clock().base.op is not time.base.op:
            # the new base must be an op of the body, to be joined with the old one after it
            self._time = _Time(self._clock().base + (self._clock().ticks - time.ticks), time.ticks)
        self._conditions.pop()
        body = self._regions.pop()
        ended, self._ended = self._ended, False
        then, then_time = self._now, self._time
        self._now, self._time = state, time
        if cond.constant == 0:
            return
        if cond.constant == 1:
            self._regions[-1].extend(body)
            self._now, self._time, self._ended = then, then_time, ended
            return
        if any(op.name not in _SPECULATIVE for op in body):
            self.append(Op("if", 0, (cond.op,), body=body))
            join = "phi"
        else:
            self._regions[-1].extend(body)
            join = "select"
        if not ended:
            self._merge(join, cond, then, then_time)

    def _merge(self, join: str, cond: Value, then: _Pending, then_time: _Time | None) -> None:
        """After a body: each register's value is the body's or the one before, by *cond*."""

        def either(new: Value, old: Value) -> Value:
            if new.op is old.op:
                return old
            if join == "select":
                return select(cond, new, old)
            return Value(self, self.append(Op("phi", new.width, (cond.op, new.op, old.op))))

        for reg, new in then.regs.items():
            self._now.regs[reg] = either(new, self.new(reg))
        for file, writes in then.files.items():
            for index, value in writes[len(self._now.files.get(file, ())) :]:
                where = either(index, constant(self, 0, index.width))
                self.setx(file, where, either(value, self.newx(file, where)))
        before, after = self._time, then_time
        if before is None or after is None:
            raise TraceError("when() without a clock")
        if before.base.op is after.base.op:
            if before.ticks != after.ticks:
                extra = select(cond, constant(self, after.ticks - before.ticks, 64), 0)
                self._time = _Time(before.base + extra, before.ticks)
        else:
            self._time = _Time(either(after.base, before.base), before.ticks)

    def done(self) -> None:
        """End the instruction here; inside ``when``, only where its condition holds."""
        self._commit()
        self.append(Op("done", 0))
        self._ended = True

    def dispatch(self, unit: Value, path: tuple[int, ...] = ()) -> None:
        """Go on as the instruction whose units are *path* (prefixes) and then *unit*."""
        self._commit()
        self.append(Op("dispatch", 0, (unit.op,), path))
        self._ended = True

    def fault(self) -> None:
        """Forget this instruction's register writes; what follows (a trap) starts afresh."""
        self._now = _Pending()

    def attend(self, cycle: Value) -> None:
        """Have the engine look at lines and modes at the first boundary not before *cycle*."""
        self.append(Op("attend", 0, (cycle.op,)))

    # -- the bus ------------------------------------------------------------------------------

    def read(self, space: Space, kind: str, address: Value, width: int = 8) -> Value:
        """Read *width* bits at *address* at the present cycle; wait states move the clock."""
        address = fit(address, 64)
        access = Access(space, kind)
        op = self.append(Op("read", width, (address.op, self.clock.op), access))
        self._after(op)
        return Value(self, op)

    def write(self, space: Space, kind: str, address: Value, value: Value) -> None:
        """Write *value* at *address*, as :meth:`read`; in a packet, at the packet's end."""
        if self._before is not None:
            conditions = list(self._conditions)

            def later() -> None:
                self._guarded(conditions, lambda: self._write(space, kind, address, value))

            self._stores.append(later)
        else:
            self._write(space, kind, address, value)

    def _write(self, space: Space, kind: str, address: Value, value: Value) -> None:
        address = fit(address, 64)
        args = (address.op, value.op, self.clock.op)
        self._after(self.append(Op("write", 0, args, Access(space, kind))))

    def _guarded(self, conditions: list[Value], action: Callable[[], None]) -> None:
        if not conditions:
            action()
            return
        with self.when(conditions[0]):
            self._guarded(conditions[1:], action)

    def _after(self, op: Op) -> None:
        self._time = _Time(Value(self, self.append(Op("after", 64, (op,)))), 0)

    # -- VLIW ---------------------------------------------------------------------------------

    @contextmanager
    def packet(self) -> Iterator[None]:
        """Instructions that execute together: every read before any write.

        Reads see registers and memory as they were; :meth:`new` sees what the packet writes.
        Writes to one register twice raise :class:`TraceError`, unless under ``when``.
        """
        if self._before is not None:
            raise TraceError("packets do not nest")
        self._before = self._now.copy()
        yield
        self._before = None
        stores, self._stores = self._stores, []
        for store in stores:
            store()


_SPECULATIVE = frozenset(
    [
        "getx",
        "add",
        "sub",
        "mul",
        "umulh",
        "udiv",
        "urem",
        "sdiv",
        "srem",
        "and",
        "or",
        "xor",
        "not",
        "shl",
        "shr",
        "sar",
        "popcount",
        "clz",
        "ctz",
        "zext",
        "sext",
        "slice",
        "concat",
        "eq",
        "ult",
        "slt",
        "select",
    ]
)


class Cpu:
    """Base of every CPU description: the view of a CPU while its instructions are traced.

    A subclass declares registers, lines and views as class attributes, its address spaces as
    :class:`Space`, and verbs of its own bus (``fetch``, ``read`` …) over :attr:`block`.
    """

    clock = Reg(64, internal=True)
    registers: ClassVar[dict[str, Reg | RegFile]] = {"clock": clock}

    def __init_subclass__(cls) -> None:
        found = dict(cls.registers)
        for item in vars(cls).values():
            if isinstance(item, (Reg, RegFile)):
                found[item.name] = item
        cls.registers = found

    def __init__(self, block: Block | None = None) -> None:
        self.block = block or Block(type(self).clock)

    @property
    def now(self) -> Value:
        """The clock, in cycles."""
        return self.block.clock

    def tick(self, cycles: int) -> None:
        """Let cycles pass with no bus access."""
        self.block.tick(cycles)

    def when(self, cond: Value) -> AbstractContextManager[None]:
        """``with cpu.when(cond):`` runs the body at guest time where *cond* is 1."""
        return self.block.when(cond)

    def done(self) -> None:
        """The instruction ends here."""
        self.block.done()

    def dispatch(self, unit: Value, path: tuple[int, ...] = ()) -> None:
        """Go on as the instruction whose units are *path* (prefixes) and then *unit*."""
        self.block.dispatch(unit, path)

    def fault(self) -> None:
        """Forget this instruction's register writes: a trap follows."""
        self.block.fault()

    def attend(self) -> None:
        """Look at interrupt lines and modes when this instruction ends."""
        self.block.attend(self.now)

    def attend_after_next(self) -> None:
        """In the boundary routine: look again when one more instruction has run."""
        self.block.attend(self.now + 1)

    def asserted(self, line: Value, at: Value | None = None) -> Value:
        """1 if *line* was asserted at or before the cycle *at* (now)."""
        return line <= (self.now if at is None else at)

    def const(self, number: int, width: int) -> Value:
        """A constant of *width* bits."""
        return constant(self.block, number, width)
