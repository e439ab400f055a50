"""Handlers that return to a loop."""

from __future__ import annotations

from collections.abc import Iterator

from emucore.isa import Isa
from jit.interpreter.handlers import Handlers, run_function
from jit.llvm.lowering import Lowering
from jit.llvm.shape import Shape


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
            run.effect(f"br i1 {self.passed(run)}, label %boundary, label %watched")
            for label, on in ((before_boundary, "boundary"), (before_step, "step")):
                run.label(label)
                self.watch(run, "hook", on)
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
            go, stop = self.budget(run)
            for name, target in ((go, on), (stop, "out")):
                run.label(name)
                run.effect(f"br label %{target}")
        run.label("out")
        run.effect("ret void")
        yield run_function(run)
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
