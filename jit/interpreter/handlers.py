"""The handlers of an ISA's instructions as LLVM IR, and the tables that lead to them.

How they go on from one to the next is another matter: see :mod:`jit.interpreter.module`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from emucore.ir.ops import Code, Op
from emucore.isa import Isa, Variant
from emucore.isa.decode import Candidate, Node, decoder
from emucore.kernel import layout as k
from jit.llvm.dispatch_table import index_of
from jit.llvm.lowering import Ending, Lowering
from jit.llvm.native import has_pext
from jit.llvm.prelude import prelude
from jit.llvm.shape import Shape


class Handlers(ABC):
    """What all ways share: handlers from the description, tables from the decoder."""

    signature: str  # calling convention and result
    slow = "preserve_mostcc"  # convention of slow accesses
    exported: tuple[str, ...] = ()

    def __init__(self, isa: Isa, shape: Shape, hooked: bool) -> None:
        self.isa = isa
        self.shape = shape
        self.hooked = hooked
        self.nodes = decoder(isa)
        self.fetch: Code = isa.trace_fetch(())
        #: handlers by their text: encodings that mean the same share one
        self.handlers: dict[str, str] = {}

    # -- what a way to go on must say -----------------------------------------------------------

    @abstractmethod
    def parameters(self) -> str:
        """Every handler's parameters."""

    @abstractmethod
    def entry_and_exit(self) -> Iterator[str]:
        """``run`` and what else is not a handler."""

    @abstractmethod
    def next(self, lo: Lowering) -> None:
        """The instruction is complete: go on with the next."""

    @abstractmethod
    def begin(self, lo: Lowering) -> None:
        """The boundary routine has let an instruction begin: go on with it, whatever the budget."""

    @abstractmethod
    def done(self, lo: Lowering) -> None:
        """As :meth:`next`, at an early end that is off the usual way."""

    @abstractmethod
    def again(self, lo: Lowering) -> None:
        """The boundary routine took an instruction's place: run it again, within the budget."""

    @abstractmethod
    def intercepted(self, lo: Lowering) -> None:
        """At a hook: the boundary routine will take the instruction's place."""

    @abstractmethod
    def leave(self, lo: Lowering) -> None:
        """Return to the kernel."""

    @abstractmethod
    def tail(self, lo: Lowering, target: str, word: str | None = None) -> None:
        """Go on in the handler *target* with the instruction word *word* (the present one)."""

    # -- what a VLIW does otherwise -------------------------------------------------------------

    def decode(self, lo: Lowering) -> None:
        """Fetch the next instruction, whatever the budget, and go on with it."""
        lo.run(self.fetch, self._ending)

    def begun(self, lo: Lowering) -> str | None:
        """Emit whether ``run`` begins with an instruction, the boundary routine being behind it;
        None if it never does."""
        return None

    def open(self) -> Lowering:
        """A lowering at the start of a handler."""
        return Lowering(self.shape, self.slow)

    # -- the module -----------------------------------------------------------------------------

    def text(self) -> Iterator[str]:
        """The module, piece by piece."""
        yield prelude(self.slow)
        yield from self.entry_and_exit()
        yield from self.instructions()
        yield self._function("boundary", self.isa.trace_boundary(), self._boundary_ending)
        if self.hooked:
            yield self._function("hook", self.isa.trace_foreseen(), self._hook_ending)

    def instructions(self) -> Iterator[str]:
        """Handlers, and the tables that lead to them."""
        tables = [self._table(path, node) for path, node in self.nodes.items()]
        yield from tables
        for path in self.nodes:
            if path:
                code = self.isa.trace_fetch(path)
                yield self._function(_path_name("p", path), code)
        for body, name in self.handlers.items():
            yield self.define(name, body)
        yield self._function("undefined", self.isa.trace_undefined())

    def jumped(self, lo: Lowering) -> None:
        """As :meth:`next`, behind an instruction that may have gone somewhere else."""
        self.next(lo)

    def define(self, name: str, lines: str, *, exported: bool = False) -> str:
        """The handler *name* of those lines."""
        linkage = "" if exported or name in self.exported else "internal "
        head = f"define {linkage}{self.signature} @{name}({self.parameters()})"
        return f"{head} {{\nentry:\n{lines}\n}}"

    # -- handlers -----------------------------------------------------------------------------

    def _function(self, name: str, code: Code, ending: Ending | None = None) -> str:
        body = self.open()
        body.run(code, ending or self._ending)
        return self.define(name, "\n".join(body.lines))

    def _handler(self, candidates: list[Candidate]) -> str:
        """The body of a handler that first checks the bits that the table's key left open."""
        first, rest = candidates[0], candidates[1:]
        body = self.open()
        if first.mask:
            bits = body.emit(f"and i{self.isa.unit} %word, {first.mask}")
            same = body.emit(f"icmp eq i{self.isa.unit} {bits}, {first.value}")
            yes, no = body.name(), body.name()
            body.effect(f"br i1 {same}, label %{yes}, label %{no}, !prof !1")
            body.label(no)
            self.tail(body, "@" + (self._target(rest) if rest else "undefined"))
            body.label(yes)
        assert isinstance(first.target, Variant)
        code = self.isa.trace(first.target)
        body.run(code, self._jump_ending if jumps(self.isa, code) else self._ending)
        return "\n".join(body.lines)

    def _target(self, candidates: list[Candidate]) -> str:
        """Name of the function for a table entry, made if it is new."""
        if not candidates:
            return "undefined"
        first = candidates[0]
        if isinstance(first.target, tuple):
            return _path_name("p", first.target)
        return self.handlers.setdefault(self._handler(candidates), f"h{len(self.handlers)}")

    def _table(self, path: tuple[int, ...], node: Node) -> str:
        entries = ", ".join(f"ptr @{self._target(entry)}" for entry in node.entries)
        name = _path_name("t", path)
        return f"@{name} = internal constant [{len(node.entries)} x ptr] [{entries}], align 64"

    # -- endings ------------------------------------------------------------------------------

    def _ending(self, lo: Lowering, how: str, op: Op | None) -> None:
        if how == "fall":
            self.next(lo)
        elif how == "done":
            self.done(lo)
        else:
            assert op is not None
            self._jump(lo, op.imm, lo.values[id(op.args[0])])

    def _jump_ending(self, lo: Lowering, how: str, op: Op | None) -> None:
        if how == "fall":
            self.jumped(lo)
        else:
            self._ending(lo, how, op)

    def _boundary_ending(self, lo: Lowering, how: str, op: Op | None) -> None:
        if how == "done":
            self.again(lo)
        elif how == "fall":
            self.begin(lo)
        else:
            self._ending(lo, how, op)

    def _hook_ending(self, lo: Lowering, how: str, op: Op | None) -> None:
        if how == "done":
            self.intercepted(lo)
            return
        arena = lo.emit(f"load ptr, ptr {lo.address(8 * k.ARENA)}")
        at = lo.emit(f"getelementptr i64, ptr {arena}, i64 {k.HOOK}")
        index = lo.emit(f"load i64, ptr {lo.address(8 * k.CPU_INDEX)}")
        lo.effect(f"store i64 {lo.emit(f'add i64 {index}, 1')}, ptr {at}")
        self.leave(lo)

    def watch(self, lo: Lowering, hook: str, on: str) -> None:
        """Branch to the label *hook* where the pc is one of those that may have hooks, or *on*."""
        pc = lo.read_register(self.isa.pc)
        self._note(lo, lo.extend(pc, self.isa.pc.width, 64))
        table = lo.emit(f"load ptr, ptr {lo.address(8 * k.HOOKS)}")
        at = lo.emit(f"getelementptr i8, ptr {table}, i64 {index_of(lo, pc)}")
        none = lo.emit(f"icmp eq i8 {lo.emit(f'load i8, ptr {at}')}, 0")
        lo.effect(f"br i1 {none}, label %{on}, label %{hook}, !prof !1")

    def passed(self, lo: Lowering) -> str:
        """Whether the hooks of the present boundary have been called; they are, from now on."""
        at = lo.address(8 * k.PASSED)
        passed = lo.emit(f"load i64, ptr {at}")
        lo.effect(f"store i64 {k.NOWHERE}, ptr {at}")
        pc = lo.extend(lo.read_register(self.isa.pc), self.isa.pc.width, 64)
        self._note(lo, pc)
        return lo.emit(f"icmp eq i64 {pc}, {passed}")

    def _note(self, lo: Lowering, pc: str) -> None:
        """Note where an instruction begins, for hooks of what it accesses."""
        lo.effect(f"store i64 {pc}, ptr {lo.address(8 * k.BEGAN)}")

    def budget(self, lo: Lowering) -> tuple[str, str]:
        """Branch on the budget; the labels for going on and for stopping."""
        go, stop = lo.name(), lo.name()
        deadline = lo.emit(f"load i64, ptr {lo.address(8 * k.DEADLINE)}")
        left = lo.emit(f"icmp slt i64 {lo.clock}, {deadline}")
        lo.effect(f"br i1 {left}, label %{go}, label %{stop}, !prof !1")
        return go, stop

    def _jump(self, lo: Lowering, path: tuple[int, ...], unit: str) -> None:
        node = self.nodes[path]
        index = self._index(lo, node, unit)
        slot = lo.emit(f"getelementptr ptr, ptr @{_path_name('t', path)}, i64 {index}")
        handler = lo.emit(f"load ptr, ptr {slot}")
        self.tail(lo, handler, word=unit if self.isa.unit > 8 else None)

    def _index(self, lo: Lowering, node: Node, unit: str) -> str:
        """The table index of *unit*: its key bits, gathered run by run."""
        wide = lo.emit(f"zext i{self.isa.unit} {unit} to i64")
        if node.key == tuple(range(self.isa.unit)):
            return wide
        if has_pext():
            bits = sum(1 << bit for bit in node.key)
            return lo.emit(f"call i64 @llvm.x86.bmi.pext.64(i64 {wide}, i64 {bits})")
        index = ""
        for position, low, size in _runs(node.key):
            shift = low - position
            moved = wide
            if shift:
                moved = lo.emit(f"{'lshr' if shift > 0 else 'shl'} i64 {wide}, {abs(shift)}")
            part = lo.emit(f"and i64 {moved}, {((1 << size) - 1) << position}")
            index = lo.emit(f"or i64 {index}, {part}") if index else part
        return index


def run_function(body: Lowering) -> str:
    """The entry from C, which has no instruction word."""
    lines = [line for line in body.lines if "%word.in" not in line]
    return "define void @run(ptr %cpu) {\nentry:\n" + "\n".join(lines) + "\n}"


def jumps(isa: Isa, code: Code) -> bool:
    """Whether an instruction can go anywhere but to the next."""

    def onward(op: Op) -> bool:
        if op.name == "get":
            return op.imm is isa.pc
        return op.name == "add" and onward(op.args[0]) and op.args[1].name == "const"

    return any(op.name == "set" and op.imm is isa.pc and not onward(op.args[0]) for op in code)


def _path_name(kind: str, path: tuple[int, ...]) -> str:
    return kind + "".join(f"_{unit:x}" for unit in path)


def _runs(key: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Consecutive bits of a key: (position in the index, lowest bit of the unit, number)."""
    runs: list[tuple[int, int, int]] = []
    for position, bit in enumerate(key):
        if runs and runs[-1][1] + runs[-1][2] == bit:
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((position, bit, 1))
    return runs
