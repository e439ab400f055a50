"""The interpreter of an ISA as LLVM IR: a handler for each instruction, and how they go on.

*Threaded*: a handler does its instruction, checks the budget, fetches and decodes the next opcode,
and jumps to its handler by a guaranteed tail call; clock, pc and the hot registers never leave host
registers on the way.  *Looped*, for hosts whose LLVM lacks the calling convention: a handler is a
plain C function that leaves everything in memory and returns to a loop.

Either way ``run(ptr cpu)`` begins with the boundary routine (interrupts, HALT) and returns when the
clock reaches the deadline.

*Hooked* handlers stop in front of instructions that have hooks as well (:mod:`emucore.body.hooks`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from emucore.ir.ops import Code, Op
from emucore.isa import Isa, Variant
from emucore.isa.decode import Candidate, Node, decoder
from emucore.kernel import kernel as k
from jit.llvm.dispatch_table import code_at, count_jump, index_of
from jit.llvm.lowering import Ending, Lowering, Shape, shape
from jit.llvm.native import has_pext
from jit.llvm.prelude import CC, prelude


def module(isa: Isa, way: str = "threaded", hooked: bool = False) -> str:
    """IR text of the whole interpreter; it defines ``run(ptr cpu)``.

    *way* is ``threaded``, ``looped``, or ``linked``: threaded, and jumps look for translated code
    (it then also defines the handlers ``dispatch`` and ``cold``).
    """
    if isa.packets is not None:
        from jit.interpreter.packet_handlers import WAYS as OF_PACKETS

        return "\n".join(OF_PACKETS[way](isa, hooked).text())
    return "\n".join(_WAYS[way](isa, hooked).text())


class Handlers(ABC):
    """What both ways share: handlers from the description, tables from the decoder."""

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

    def _watch(self, lo: Lowering, hook: str, on: str) -> None:
        """Branch to the label *hook* where the pc is one of those that may have hooks, or *on*."""
        pc = lo.read_register(self.isa.pc)
        self._note(lo, lo.extend(pc, self.isa.pc.width, 64))
        table = lo.emit(f"load ptr, ptr {lo.address(8 * k.HOOKS)}")
        at = lo.emit(f"getelementptr i8, ptr {table}, i64 {index_of(lo, pc)}")
        none = lo.emit(f"icmp eq i8 {lo.emit(f'load i8, ptr {at}')}, 0")
        lo.effect(f"br i1 {none}, label %{on}, label %{hook}, !prof !1")

    def _passed(self, lo: Lowering) -> str:
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

    def _budget(self, lo: Lowering) -> tuple[str, str]:
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


class Threaded(Handlers):
    signature = f"{CC} void"
    marked = False

    def __init__(self, isa: Isa, hooked: bool = False) -> None:
        super().__init__(isa, shape(isa, marked=self.marked), hooked)

    def parameters(self) -> str:
        return ", ".join(f"{kind} {name}" for kind, name in self.shape.arguments)

    def entry_and_exit(self) -> Iterator[str]:
        enter = Lowering(Shape(self.isa, []))
        clock = enter.load(self.isa.cpu.clock)
        hot = [enter.extend(enter.load(r), r.width, 64) for r in self.shape.hot]
        word = ["0"] if self.isa.unit > 8 else []
        args = "".join(f", i64 {v}" for v in [clock, *hot, *word])
        first = "@boundary"
        if self.hooked:
            first = enter.emit(f"select i1 {self._passed(enter)}, ptr @boundary, ptr @watched")
        begun = self.begun(enter)
        if begun is not None:
            first = enter.emit(f"select i1 {begun}, ptr @begin, ptr {first}")
        enter.effect(f"call {CC} void {first}(ptr %cpu{args})")
        enter.effect("ret void")
        yield _run(enter)
        leave = self.open()
        leave.store(self.isa.cpu.clock, leave.clock)
        for reg in self.shape.hot:
            leave.store(reg, leave.hot[reg.name])
        leave.effect("ret void")
        yield self.define("leave", "\n".join(leave.lines))
        if self.hooked:
            watched = self.open()
            self._stop_at_hook(watched)
            self.tail(watched, "@boundary")
            yield self.define("watched", "\n".join(watched.lines))
        dispatch = self.open()
        self.next(dispatch)
        yield self.define("dispatch", "\n".join(dispatch.lines))

    def next(self, lo: Lowering) -> None:
        self._within_budget(lo)
        if self.hooked:
            self._stop_at_hook(lo)
        self.begin(lo)

    def _within_budget(self, lo: Lowering) -> None:
        go, stop = self._budget(lo)
        lo.label(stop)
        self.leave(lo)
        lo.label(go)

    def _stop_at_hook(self, lo: Lowering) -> None:
        hook, on = lo.name(), lo.name()
        self._watch(lo, hook, on)
        lo.label(hook)
        self.tail(lo, "@hook")
        lo.label(on)

    def begin(self, lo: Lowering) -> None:
        self.decode(lo)  # whose code refers to registers as they are here

    def done(self, lo: Lowering) -> None:
        self.tail(lo, "@dispatch")

    def again(self, lo: Lowering) -> None:
        self._within_budget(lo)
        self.tail(lo, "@watched" if self.hooked else "@boundary")

    def intercepted(self, lo: Lowering) -> None:
        self.tail(lo, "@boundary")

    def leave(self, lo: Lowering) -> None:
        self.tail(lo, "@leave")

    def tail(self, lo: Lowering, target: str, word: str | None = None) -> None:
        lo.effect(f"musttail call {CC} void {target}({lo.arguments(word)})")
        lo.effect("ret void")


class Linked(Threaded):
    """Jumps go to translated code where there is some, and are counted where there is none."""

    exported: tuple[str, ...] = ("dispatch", "cold")
    marked = True

    def entry_and_exit(self) -> Iterator[str]:
        yield from super().entry_and_exit()
        enter = self.open()
        self.tail(enter, code_at(enter, enter.hot[self.isa.pc.name]))
        yield self.define("enter", "\n".join(enter.lines))
        cold = self.open()
        count_jump(cold, cold.hot[self.isa.pc.name])
        self.tail(cold, "@dispatch")
        yield self.define("cold", "\n".join(cold.lines))

    def jumped(self, lo: Lowering) -> None:
        self.tail(lo, "@enter")


class Looped(Handlers):
    signature = "i1"  # true: run the boundary routine again
    slow = "ccc"

    def __init__(self, isa: Isa, hooked: bool = False) -> None:
        super().__init__(isa, Shape(isa, []), hooked)

    def parameters(self) -> str:
        return "ptr %cpu, i64 %word.in"

    def open(self) -> Lowering:
        lo = super().open()
        lo.clock = lo.load(self.isa.cpu.clock)
        return lo

    def entry_and_exit(self) -> Iterator[str]:
        run = Lowering(self.shape)
        before_boundary, before_step = "boundary", "step"
        begun = self.begun(run)
        if begun is not None:
            run.effect(f"br i1 {begun}, label %step, label %first")
            run.label("first")
        if self.hooked:
            before_boundary, before_step = "watched", "watched.step"
            run.effect(f"br i1 {self._passed(run)}, label %boundary, label %watched")
            for label, on in ((before_boundary, "boundary"), (before_step, "step")):
                run.label(label)
                self._watch(run, "hook", on)
            run.label("hook")
            intercepted = run.emit("call i1 @hook(ptr %cpu, i64 0)")
            run.effect(f"br i1 {intercepted}, label %boundary, label %out")
        else:
            run.effect("br label %boundary")
        run.label("boundary")
        again = run.emit("call i1 @boundary(ptr %cpu, i64 0)")
        run.effect(f"br i1 {again}, label %again, label %next")
        run.label("step")
        run.emit("call i1 @dispatch(ptr %cpu, i64 0)")
        run.effect("br label %next")
        for label, on in (("next", before_step), ("again", before_boundary)):
            run.label(label)
            run.clock = run.load(self.isa.cpu.clock)
            go, stop = self._budget(run)
            for name, target in ((go, on), (stop, "out")):
                run.label(name)
                run.effect(f"br label %{target}")
        run.label("out")
        run.effect("ret void")
        yield _run(run)
        dispatch = self.open()
        self.decode(dispatch)
        yield self.define("dispatch", "\n".join(dispatch.lines))

    def next(self, lo: Lowering) -> None:
        self._leave(lo, "false")

    def begin(self, lo: Lowering) -> None:
        self.tail(lo, "@dispatch")

    def done(self, lo: Lowering) -> None:
        self._leave(lo, "false")

    def again(self, lo: Lowering) -> None:
        self._leave(lo, "true")

    def intercepted(self, lo: Lowering) -> None:
        self._leave(lo, "true")

    def leave(self, lo: Lowering) -> None:
        self._leave(lo, "false")

    def _leave(self, lo: Lowering, result: str) -> None:
        lo.store(self.isa.cpu.clock, lo.clock)
        lo.effect(f"ret i1 {result}")

    def tail(self, lo: Lowering, target: str, word: str | None = None) -> None:
        lo.store(self.isa.cpu.clock, lo.clock)
        passed = lo.extend(word, self.isa.unit, 64) if word else "%word.in"
        again = lo.emit(f"call i1 {target}(ptr %cpu, i64 {passed})")
        lo.effect(f"ret i1 {again}")


_WAYS: dict[str, Callable[[Isa, bool], Handlers]] = {
    "threaded": Threaded,
    "looped": Looped,
    "linked": Linked,
}


def _run(body: Lowering) -> str:
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
