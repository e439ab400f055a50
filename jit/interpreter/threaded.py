"""Handlers that jump to each other, and those whose jumps go on in translated code."""

from __future__ import annotations

from collections.abc import Iterator

from emucore.isa import Isa
from jit.interpreter.handlers import Handlers, run_function
from jit.llvm.dispatch_table import code_at, count_jump
from jit.llvm.lowering import Lowering
from jit.llvm.prelude import CC
from jit.llvm.shape import Shape, shape


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
            first = enter.emit(f"select i1 {self.passed(enter)}, ptr @boundary, ptr @watched")
        begun = self.begun(enter)
        if begun is not None:
            first = enter.emit(f"select i1 {begun}, ptr @begin, ptr {first}")
        enter.effect(f"call {CC} void {first}(ptr %cpu{args})")
        enter.effect("ret void")
        yield run_function(enter)
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
        go, stop = self.budget(lo)
        lo.label(stop)
        self.leave(lo)
        lo.label(go)

    def _stop_at_hook(self, lo: Lowering) -> None:
        hook, on = lo.name(), lo.name()
        self.watch(lo, hook, on)
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
