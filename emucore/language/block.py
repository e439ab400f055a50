"""Tracing: running an instruction's Python function once, with symbolic values, into micro-ops.

A :class:`Block` collects the ops.  Register writes stay pending in it and become ``set`` ops only
where the instruction completes, so an instruction that faults leaves its registers alone, and a
VLIW packet (:meth:`Block.packet`) can read old values while new ones are computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from emucore.ir.ops import OPS, Access, Code, Op, Space
from emucore.language.pending import Join, PacketError, Pending, Store, Time, TraceError, Written
from emucore.language.registers import Reg, RegFile
from emucore.language.value import Value, constant, fit, select

#: Ops that may run although their `when` does not: nothing but arithmetic and register reads.
_SPECULATIVE = frozenset(name for name, row in OPS.items() if row.fold) | {"getx"}


class Block:
    """Micro-ops being collected: one instruction, or several in a row (a translated block)."""

    def __init__(self, clock: Reg) -> None:
        self._clock_reg = clock
        self._prologue: Code = []  # constants and registers read: defined first, used anywhere
        self._gets: dict[Reg, Op] = {}
        self._elements: dict[tuple[RegFile, int], Op] = {}
        self._constants: dict[tuple[int, int], Op] = {}
        self._regions: list[Code] = [[]]
        self._depth = 0  # of `when`
        self._ended = False  # by done() or dispatch(): nothing may follow
        self._dead = False  # what is being traced can never run: it is dropped
        self._faulted = False
        self._now = Pending()
        self._start = Pending()  # where the instruction being traced began
        self._before: Pending | None = None  # inside a packet: what its reads see
        self._stores: list[Store] = []
        self._slot = 0
        self.words = 1  #: in the packet being traced
        self._time: Time | None = None
        self._word: Op | None = None
        self._known_word: int | None = None
        self.consumed: frozenset[Written] = frozenset()  #: what :meth:`new` was asked for

    # -- building ---------------------------------------------------------------------------

    def begin(self, word: int | None = None, slot: int = 0) -> None:
        """An instruction starts, decoded from the unit *word* where that is known already.

        The first of a block needs no call; :meth:`fault` in a later one goes back to here.
        In a packet, *slot* orders the instruction's bus writes among those of the others.
        """
        self._start = self._now.copy()
        self._faulted = False
        self._known_word = word
        self._slot = slot

    def append(self, op: Op) -> Op:
        """Add *op* to the open region."""
        if self._dead:
            return op
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
        if self._known_word is not None:
            return constant(self, self._known_word, width)
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
            last = {index.constant: i for i, (index, _) in enumerate(writes)}
            for i, (index, value) in enumerate(writes):
                if index.constant is None or last[index.constant] == i:
                    self.append(Op("setx", 0, (index.op, value.op), file))
        for reg, value in self._now.regs.items():
            if value.op is not self._gets.get(reg):
                self.append(Op("set", 0, (value.op,), reg))

    # -- registers ----------------------------------------------------------------------------

    def get(self, reg: Reg) -> Value:
        """The register's value here; inside a packet, its value before the packet."""
        if reg is self._clock_reg:
            return self.clock
        return self._seen(self._before or self._now, reg)

    def new(self, reg: Reg) -> Value:
        """Inside a packet: the value that the packet gives *reg* (Hexagon's ``.new``)."""
        if reg is self._clock_reg:
            return self.clock
        self.consumed |= {(reg, None)}
        return self._seen(self._now, reg)

    def _seen(self, state: Pending, reg: Reg) -> Value:
        return state.regs[reg] if reg in state.regs else self._initial(reg)

    def _initial(self, reg: Reg) -> Value:
        op = self._gets.get(reg)
        if op is None:
            op = self._gets[reg] = Op("get", reg.width, imm=reg)
            self._prologue.append(op)
        return Value(self, op)

    def set(self, reg: Reg, value: Value | int) -> None:
        """Write *reg* when the instruction completes; later reads here see it at once."""
        if reg is self._clock_reg:
            raise TraceError("the clock is moved by tick() and the bus")
        if isinstance(value, int):
            value = constant(self, value, reg.width)
        if value.width != reg.width:
            raise TraceError(f"{value.width} bits assigned to {reg!r}")
        if self._before is not None and not self._depth:
            old = self._before.regs.get(reg)
            if reg in self._now.regs and self._now.regs[reg] is not old:
                raise PacketError(f"{reg!r} is written twice in one packet")
        self._now.regs[reg] = value

    def getx(self, file: RegFile, index: Value | int) -> Value:
        """Element *index* of a register file, as :meth:`get`."""
        return self._element((self._before or self._now), file, index)

    def newx(self, file: RegFile, index: Value | int) -> Value:
        """Element *index* of a register file, as :meth:`new`."""
        self.consumed |= {(file, self._index(file, index).constant)}
        return self._element(self._now, file, index)

    def _element(self, state: Pending, file: RegFile, index: Value | int) -> Value:
        index = self._index(file, index)
        number = index.constant
        if file.zero is not None and number == file.zero:
            return constant(self, 0, file.width)
        writes = list(state.files.get(file, ()))
        known = [i for i, (written, _) in enumerate(writes) if written.constant == number]
        if number is not None and known:
            value = writes[known[-1]][1]
            writes = writes[known[-1] + 1 :]
        else:
            value = self._initial_element(file, index)
        for written, new in writes:
            same = written == index
            if file.zero is not None and written.constant is None:
                same = same & (index != file.zero)
            value = select(same, new, value)
        return value

    def _initial_element(self, file: RegFile, index: Value) -> Value:
        """An element as it was when the code began: nothing is stored before its end."""
        number = index.constant
        if number is None:
            return Value(self, self.append(Op("getx", file.width, (index.op,), file)))
        op = self._elements.get((file, number))
        if op is None:
            op = self._elements[file, number] = Op("getx", file.width, (index.op,), file)
            self._prologue.append(op)
        return Value(self, op)

    def setx(self, file: RegFile, index: Value | int, value: Value | int) -> None:
        """Write element *index*; ignored for the register that is always zero."""
        index = self._index(file, index)
        if isinstance(value, int):
            value = constant(self, value, file.width)
        if value.width != file.width:
            raise TraceError(f"{value.width} bits assigned to {file!r}")
        if file.zero is not None and index.constant == file.zero:
            return
        if self._before is not None and not self._depth and index.constant is not None:
            old = len(self._before.files.get(file, ()))
            for written, _ in self._now.files.get(file, [])[old:]:
                if written.constant == index.constant:
                    raise PacketError(f"{file!r}[{index.constant}] is written twice in one packet")
        self._write_element(file, index, value)

    def _write_element(self, file: RegFile, index: Value, value: Value) -> None:
        self._now.files.setdefault(file, []).append((index, value))

    def _index(self, file: RegFile, index: Value | int) -> Value:
        width = max(1, (file.count - 1).bit_length())
        if isinstance(index, int):
            if not 0 <= index < file.count:
                raise TraceError(f"{file!r} has no element {index}")
            return constant(self, index, width)
        return fit(index, width)

    @property
    def produced(self) -> frozenset[Written]:
        """What is written so far, as in :attr:`consumed`."""
        elements = {(f, index.constant) for f, w in self._now.files.items() for index, _ in w}
        return frozenset(elements | {(reg, None) for reg in self._now.regs})

    # -- time -------------------------------------------------------------------------------

    def _clock(self) -> Time:
        if self._time is None:
            self._time = Time(self._initial(self._clock_reg), 0)
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
    def when(self, cond: Value, *, rare: bool = False) -> Iterator[None]:
        """Run the body at guest time where the 1-bit *cond* is 1.

        Registers written in it have afterwards the body's value or the one before, by *cond*;
        values computed in it are not to be used behind it.  A body of nothing but arithmetic is
        computed always and its results selected, unless it is *rare*: then it stays behind a
        branch.
        """
        if cond.width != 1:
            raise TraceError(f"when() needs 1 bit, not {cond.width}")
        if self._dead or cond.constant == 0:
            with self._never():
                yield
        elif cond.constant == 1:
            yield
            self._dead = self._ended
        else:
            with self._body(cond, rare):
                yield

    @contextmanager
    def _never(self) -> Iterator[None]:
        """A body that is known not to run: traced, and forgotten."""
        state = self._now, self._time, self._ended, self._dead, self._faulted
        self._now, self._dead = self._now.copy(), True
        yield
        self._now, self._time, self._ended, self._dead, self._faulted = state

    @contextmanager
    def _body(self, cond: Value, rare: bool) -> Iterator[None]:
        time = self._clock()
        state, stores, faulted = self._now.copy(), len(self._stores), self._faulted
        self._faulted = False
        self._regions.append([])
        self._depth += 1
        yield
        if self._faulted and not self._ended:
            raise TraceError("fault() inside `when` must be followed by done()")
        if not self._ended and self._clock().base.op is not time.base.op:
            # the new base must be an op of the body, to be joined with the old one after it
            self._time = Time(self._clock().base + (self._clock().ticks - time.ticks), time.ticks)
        self._depth -= 1
        body = self._regions.pop()
        ended, then, then_time = self._ended, self._now, self._clock()
        self._ended, self._dead, self._faulted = False, False, faulted
        self._now, self._time = state, time
        self._stores, inner = self._stores[:stores], self._stores[stores:]
        branch: Op | None = None
        if not rare and all(op.name in _SPECULATIVE for op in body):
            self._regions[-1].extend(body)
        else:
            branch = self.append(Op("if", 0, (cond.op,), body=body))
        if not ended:
            self._merge(Join(self, cond, branch), then, then_time, inner)

    def _merge(self, either: Join, then: Pending, then_time: Time, stores: list[Store]) -> None:
        """After a body: each register's value is the body's or the one before."""
        for reg, new in then.regs.items():
            self._now.regs[reg] = either(new, self._seen(self._now, reg))
        for file, writes in then.files.items():
            for index, value in writes[len(self._now.files.get(file, ())) :]:
                where = index if index.constant is not None else either(index, 0)
                old = self._element(self._now, file, where)
                self._write_element(file, where, either(value, old))
        before = self._clock()
        if before.base.op is not then_time.base.op:
            self._time = Time(either(then_time.base, before.base), before.ticks)
        elif before.ticks != then_time.ticks:
            extra = either(constant(self, then_time.ticks - before.ticks, 64), 0)
            self._time = Time(before.base + extra, before.ticks)
        for store in stores:
            address, value = either.known(store.address), either.known(store.value)
            cond = either.cond if store.cond.constant == 1 else either(store.cond, 0)
            self._stores.append(replace(store, address=address, value=value, cond=cond))

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
        """Forget this instruction's (packet's) writes; what follows (a trap) starts afresh.

        Inside ``when`` it must be followed by :meth:`done`.
        """
        self._now = (self._before or self._start).copy()
        self._faulted = True
        if not self._depth and not self._dead:
            self._stores = []

    def attend(self, cycle: Value) -> None:
        """Have the engine look at lines and modes at the first boundary not before *cycle*."""
        self.append(Op("attend", 0, (cycle.op,)))

    def idle(self, period: int) -> Value:
        """Let *period* cycles pass in which the CPU only waits, or several times as many at once.

        For the boundary routine of a CPU that is halted: it would do nothing else at each of these
        boundaries.  The result is how often *period* passed.
        """
        op = self.append(Op("idle", 64, (self.clock.op,), period))
        times = Value(self, op)
        self._time = Time(self.clock + times * period, 0)
        return times

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
        address = fit(address, 64)
        if self._before is None:
            args = (address.op, value.op, self.clock.op)
            self._after(self.append(Op("write", 0, args, Access(space, kind))))
        elif not self._dead:
            self._stores.append(
                Store(space, kind, address, value, constant(self, 1, 1), self._slot)
            )

    def _after(self, op: Op) -> None:
        self._time = Time(Value(self, self.append(Op("after", 64, (op,)))), 0)

    # -- VLIW ---------------------------------------------------------------------------------

    @contextmanager
    def packet(self, words: int = 1) -> Iterator[None]:
        """*words* instructions that execute together: every read before any write.

        Reads see registers and memory as they were; :meth:`new` sees what the packet writes.
        Bus writes happen behind it, in the order of their slots; where the packet ends early (a
        trap), none of them does.  Writes to one register twice raise :class:`PacketError`, unless
        under ``when``.
        """
        if self._before is not None:
            raise TraceError("packets do not nest")
        self._before = self._now.copy()
        self.words = words
        yield
        self._before, self.words = None, 1
        stores, self._stores = self._stores, []
        if self._ended:
            return
        for store in sorted(stores, key=lambda store: store.slot):
            with self.when(store.cond):
                self.write(store.space, store.kind, store.address, store.value)
