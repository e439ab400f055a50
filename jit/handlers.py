"""The interpreter of an ISA as LLVM IR: a handler for each instruction, threaded by tail calls.

A handler does its instruction, checks the budget, fetches and decodes the next opcode, and jumps to
its handler; clock, pc and the hot registers never leave host registers on the way.  ``@run`` enters
with the boundary routine (interrupts, HALT) and ``@leave`` stores the registers and returns.
"""

from __future__ import annotations

from collections.abc import Iterator

from emucore import kernel as k
from emucore.decode import Candidate, Node, decoder
from emucore.isa import Isa, Variant
from emucore.ops import Code, Op
from jit.lower import Lowering, Shape, shape
from jit.native import has_pext

CC = "preserve_nonecc"


def module(isa: Isa) -> str:
    """IR text of the whole interpreter; it defines ``run(ptr cpu)``."""
    return "\n".join(_Module(isa).text())


class _Module:
    def __init__(self, isa: Isa) -> None:
        self.isa = isa
        self.shape: Shape = shape(isa)
        self.nodes = decoder(isa)
        self.parameters = ", ".join(f"{t} {n}" for t, n in self.shape.arguments)
        self.fetch: Code = isa.trace_fetch(())
        #: handlers by their text: encodings that mean the same share one
        self.handlers: dict[str, str] = {}

    def text(self) -> Iterator[str]:
        """The module, piece by piece."""
        yield _PRELUDE.format(
            read=8 * k.BUS_READ, write=8 * k.BUS_WRITE, arena=8 * k.ARENA, index=8 * k.CPU_INDEX
        )
        yield from self._entry_and_exit()
        tables = [self._table(path, node) for path, node in self.nodes.items()]
        yield from tables
        for path in self.nodes:
            if path:
                code = self.isa.trace_fetch(path)
                yield self._function(_path_name("p", path), code)
        for body, name in self.handlers.items():
            yield self._define(name, body)
        yield self._function("undefined", self.isa.trace_undefined())
        yield self._function("boundary", self.isa.trace_boundary(), boundary=True)
        dispatch = Lowering(self.shape)
        self._next(dispatch)
        yield self._define("dispatch", "\n".join(dispatch.lines))

    def _entry_and_exit(self) -> Iterator[str]:
        enter = Lowering(Shape(self.isa, []))
        clock = enter.load(self.isa.cpu.clock)
        hot = [enter.extend(enter.load(r), r.width, 64) for r in self.shape.hot]
        word = ["0"] if self.isa.unit > 8 else []
        args = "".join(f", i64 {v}" for v in [clock, *hot, *word])
        lines = [line for line in enter.lines if "%word.in" not in line]
        lines.append(f"  call {CC} void @boundary(ptr %cpu{args})\n  ret void")
        yield "define void @run(ptr %cpu) {\nentry:\n" + "\n".join(lines) + "\n}"
        leave = Lowering(self.shape)
        leave.store(self.isa.cpu.clock, "%clock")
        for reg in self.shape.hot:
            leave.store(reg, leave.hot[reg.name])
        leave.effect("ret void")
        yield self._define("leave", "\n".join(leave.lines))

    def _define(self, name: str, lines: str) -> str:
        return f"define internal {CC} void @{name}({self.parameters}) {{\nentry:\n{lines}\n}}"

    # -- handlers -----------------------------------------------------------------------------

    def _function(self, name: str, code: Code, *, boundary: bool = False) -> str:
        body = Lowering(self.shape)
        body.run(code, self._boundary_ending if boundary else self._ending)
        return self._define(name, "\n".join(body.lines))

    def _handler(self, candidates: list[Candidate]) -> str:
        """The body of a handler that first checks the bits that the table's key left open."""
        first, rest = candidates[0], candidates[1:]
        body = Lowering(self.shape)
        if first.mask:
            bits = body.emit(f"and i{self.isa.unit} %word, {first.mask}")
            same = body.emit(f"icmp eq i{self.isa.unit} {bits}, {first.value}")
            yes, no = body.name(), body.name()
            body.effect(f"br i1 {same}, label %{yes}, label %{no}, !prof !1")
            body.label(no)
            self._tail(body, "@" + (self._target(rest) if rest else "undefined"))
            body.label(yes)
        assert isinstance(first.target, Variant)
        body.run(self.isa.trace(first.target), self._ending)
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
            self._next(lo)
        elif how == "done":
            self._tail(lo, "@dispatch")
        else:
            assert op is not None
            self._jump(lo, op.imm, lo.values[id(op.args[0])])

    def _boundary_ending(self, lo: Lowering, how: str, op: Op | None) -> None:
        if how == "done":
            self._budget(lo, "@boundary")
        elif how == "fall":
            self._tail(lo, "@dispatch")
        else:
            self._ending(lo, how, op)

    def _next(self, lo: Lowering) -> None:
        """Budget, fetch, decode, jump."""
        go, stop = lo.name(), lo.name()
        self._check(lo, go, stop)
        lo.label(stop)
        self._tail(lo, "@leave")
        lo.label(go)
        # a new instruction begins: its code refers to registers as they are here
        lo.run(self.fetch, self._ending)

    def _budget(self, lo: Lowering, target: str) -> None:
        go, stop = lo.name(), lo.name()
        self._check(lo, go, stop)
        lo.label(stop)
        self._tail(lo, "@leave")
        lo.label(go)
        self._tail(lo, target)

    def _check(self, lo: Lowering, go: str, stop: str) -> None:
        deadline = lo.emit(f"load i64, ptr {lo.address(8 * k.DEADLINE)}")
        left = lo.emit(f"icmp slt i64 {lo.clock}, {deadline}")
        lo.effect(f"br i1 {left}, label %{go}, label %{stop}, !prof !1")

    def _jump(self, lo: Lowering, path: tuple[int, ...], unit: str) -> None:
        node = self.nodes[path]
        index = self._index(lo, node, unit)
        slot = lo.emit(f"getelementptr ptr, ptr @{_path_name('t', path)}, i64 {index}")
        handler = lo.emit(f"load ptr, ptr {slot}")
        self._tail(lo, handler, word=unit if self.isa.unit > 8 else None)

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

    def _tail(self, lo: Lowering, target: str, word: str | None = None) -> None:
        lo.effect(f"musttail call {CC} void {target}({lo.arguments(word)})")
        lo.effect("ret void")


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


_PRELUDE = """
!0 = !{{!"branch_weights", i32 1, i32 1000}}
!1 = !{{!"branch_weights", i32 1000, i32 1}}

; Slow accesses save all registers themselves, so that the handlers' fast paths need not.
define internal preserve_mostcc i64 @slow_read(ptr %cpu, i64 %address, i64 %clock, i64 %how)
  noinline {{
  %space = and i64 %how, 255
  %k = lshr i64 %how, 8
  %kind = and i64 %k, 255
  %width = lshr i64 %how, 16
  %ap = getelementptr i8, ptr %cpu, i64 {arena}
  %arena = load ptr, ptr %ap
  %ip = getelementptr i8, ptr %cpu, i64 {index}
  %index = load i64, ptr %ip
  %fp = getelementptr i8, ptr %cpu, i64 {read}
  %f = load ptr, ptr %fp
  %v = call i64 %f(ptr %arena, i64 %index, i64 %space, i64 %kind, i64 %address,
                   i64 %width, i64 %clock)
  ret i64 %v
}}

define internal preserve_mostcc i64 @slow_write(ptr %cpu, i64 %address, i64 %clock, i64 %how,
                                                i64 %value) noinline {{
  %space = and i64 %how, 255
  %k = lshr i64 %how, 8
  %kind = and i64 %k, 255
  %width = lshr i64 %how, 16
  %ap = getelementptr i8, ptr %cpu, i64 {arena}
  %arena = load ptr, ptr %ap
  %ip = getelementptr i8, ptr %cpu, i64 {index}
  %index = load i64, ptr %ip
  %fp = getelementptr i8, ptr %cpu, i64 {write}
  %f = load ptr, ptr %fp
  %v = call i64 %f(ptr %arena, i64 %index, i64 %space, i64 %kind, i64 %address, i64 %value,
                   i64 %width, i64 %clock)
  ret i64 %v
}}
"""
