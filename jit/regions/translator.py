"""A region as one LLVM function, of a handler's calling convention: a longer instruction.

Guest registers live in allocas, which LLVM turns into SSA; they are read at the entry and written
back where every exit ends.  Flags are not computed before somebody asks
(:mod:`jit.regions.lazy_flags`).

The budget is checked where :mod:`jit.regions.budget` says: instructions behind a check are entered
only if the interpreter would have started each of them as well.  An access that went to the bus is
followed by another check, because devices may lower the deadline.
"""

from __future__ import annotations

from emucore.ir.ops import Code, Op, walk
from emucore.kernel import layout as k
from emucore.language.registers import Reg, RegFile, Wired, storage
from jit.llvm.dispatch_table import COLD, DISPATCH, code_at, handler
from jit.llvm.lowering import Ending, Lowering, ends
from jit.llvm.prelude import CC
from jit.llvm.shape import Shape
from jit.regions.budget import plan
from jit.regions.lazy_flags import Flags
from jit.regions.memory_access import MemoryAccess
from jit.regions.memory_map import MemoryMap
from jit.regions.region import Region, Step, known
from jit.regions.runs import runs_of

#: Where computed jumps go and what accesses devices is kept in so many words each, the last of
#: those that share one.
SEEN = 64

#: What an exit to the interpreter counts for, beside one that is linked to another translation:
#: about as much longer it takes until translated code goes on.
COLD_EXIT = 50

#: What cannot be undone.
_EFFECTS = ("set", "setx", "write", "attend")


class Translator(MemoryAccess):
    """Lowers all steps of a region; the open block is where code goes."""

    def __init__(self, shape: Shape, region: Region, plain: MemoryMap, *, quick: bool) -> None:
        super().__init__(shape, plain)
        self._quick = quick
        self._region = region
        self._incoming = dict(self.hot)
        codes = [op for step in region.steps.values() for op in walk(step.code)]
        pc = shape.isa.pc
        self._registers: dict[str, Reg] = {}
        self._elements: dict[str, tuple[RegFile, int]] = {}
        self._written: dict[str, None] = {}
        for op in codes:
            if isinstance(op.imm, Wired):
                continue  # stays where the kernel has it, which may change it at any access
            if op.name in ("get", "set") and op.imm is not pc:
                self._registers[op.imm.name] = op.imm
            elif op.name in ("getx", "setx"):
                self._elements[self._cell(op)] = (op.imm, op.args[0].imm)
            if op.name == "set" and op.imm is not pc:
                self._written[op.imm.name] = None
            elif op.name == "setx":
                self._written[self._cell(op)] = None
        self.flags = Flags(self)
        # of the instruction that is being lowered: where it is, what it has written, whether that
        # is held back until nothing can keep it from being done, whether some of it has been done,
        # and whether the bus was asked
        self._at = 0
        self._pending: dict[str, tuple[Reg | RegFile, str]] = {}
        self._holding = self._begun = self._slow = False
        self._restarts: dict[int, None] = {}
        self._registers.setdefault("clock", shape.isa.cpu.clock)
        self._written.setdefault("clock")

    @staticmethod
    def _cell(op: Op) -> str:
        return f"{op.imm.name}.{op.args[0].imm}"

    def text(self) -> str:
        """The function's body."""
        runs = runs_of(self._region)
        any_time = {self._region.head, *self._region.computed}
        self._looking, self._spans = plan(runs, self._after, any_time)
        self.flags.choose(list(runs.values()))
        self._enter()
        for run in runs.values():
            self._emit_run(run)
        self._computed()
        self._ways_out()
        return "\n".join(self.lines)

    def _after(self, run: list[Step]) -> list[int]:
        """The runs that may follow *run*, besides those that a computed jump goes to."""
        return [pc for pc in run[-1].successors() if pc in self._region.steps]

    def _enter(self) -> None:
        for reg in self._registers.values():
            self.effect(f"%R.{reg.name} = alloca i{reg.width}")
            first = self._incoming.get(reg.name) or self.load(reg)
            if reg.name == "clock":
                first = "%clock"
            self.effect(f"store i{reg.width} {first}, ptr %R.{reg.name}")
        for cell, (file, number) in self._elements.items():
            self.effect(f"%R.{cell} = alloca i{file.width}")
            first = self._load_element(file, number)
            self.effect(f"store i{file.width} {first}, ptr %R.{cell}")
        self.flags.enter()
        self.effect(f"%R.pc = alloca i{self.shape.isa.pc.width}")
        self.effect("%slow = alloca i1")
        head = self._region.head
        if not self._region.computed - {head}:
            self.effect(f"br label %B{head:x}")
            return
        # it may be entered wherever computed jumps go
        pc = self.shape.isa.pc
        entered_at = self._incoming.get(pc.name) or self.load(pc)
        self.effect(f"store i{pc.width} {entered_at}, ptr %R.pc")
        at_head = self.emit(f"icmp eq i{pc.width} {entered_at}, {head}")
        self.effect(f"br i1 {at_head}, label %B{head:x}, label %computed")

    def _element_at(self, file: RegFile, number: int) -> tuple[int, str]:
        size = storage(file.width)
        return 8 * size, self.address(self.shape.offsets[file.name] + number * size)

    def _load_element(self, file: RegFile, number: int) -> str:
        size, at = self._element_at(file, number)
        raw = self.emit(f"load i{size}, ptr {at}")
        return raw if size == file.width else self.emit(f"trunc i{size} {raw} to i{file.width}")

    # -- registers ----------------------------------------------------------------------------

    def _cell_load(self, cell: str, width: int) -> str:
        return self.emit(f"load i{width}, ptr %R.{cell}")

    def read_register(self, reg: Reg) -> str:
        if reg.name in self._pending:
            return self._pending[reg.name][1]
        if isinstance(reg, Wired):
            return self.load(reg)
        return self.flags.read(reg) if reg in self.flags else self.get_cell(reg)

    def get_cell(self, reg: Reg) -> str:
        """The register's variable."""
        return self._cell_load(reg.name, reg.width)

    def write_register(self, reg: Reg, value: str) -> None:
        self._write_cell("pc" if reg is self.shape.isa.pc else reg.name, reg, value)

    def read_element(self, op: Op) -> str:
        cell = self._cell(op)
        return self._pending[cell][1] if cell in self._pending else self._cell_load(cell, op.width)

    def write_element(self, op: Op, value: str) -> None:
        self._write_cell(self._cell(op), op.imm, value)

    def _write_cell(self, cell: str, what: Reg | RegFile, value: str) -> None:
        self._pending.pop(cell, None)
        self._pending[cell] = what, value
        if not self._holding:
            self._commit()

    def _commit(self) -> None:
        """Write what the instruction has written so far to its variables."""
        for cell, (what, value) in self._pending.items():
            if isinstance(what, Wired):
                self.store(what, value)
            else:
                self.effect(f"store i{what.width} {value}, ptr %R.{cell}")
            if what in self.flags:
                assert isinstance(what, Reg)
                self.flags.plain(what)
            self._begun = True
        self._pending.clear()

    def _if(self, op: Op, rest: Code, ending: Ending) -> None:
        assert op.body is not None
        if ends(op.body):  # for good: what is held here is committed there
            held, begun = dict(self._pending), self._begun
            super()._if(op, rest, ending)
            self._pending, self._begun = held, begun
        elif any(inner.name in _EFFECTS for inner in walk(op.body)):
            self._commit()
            holding, self._holding = self._holding, False
            super()._if(op, rest, ending)
            self._holding, self._begun = holding, True
        else:
            super()._if(op, rest, ending)

    # -- accesses -----------------------------------------------------------------------------

    def restart(self) -> str | None:
        """See :meth:`MemoryAccess.restart`."""
        if self._begun or self._at in self._region.devices:
            return None
        self._restarts[self._at] = None
        return f"X{self._at:x}"

    def on_write(self) -> None:
        """See :meth:`Lowering.on_write`."""
        self._begun = True

    def before_slow(self) -> None:
        """See :meth:`Lowering.before_slow`: whoever hooks memory is told where that was."""
        self.effect(f"store i64 {self._at}, ptr {self.address(8 * k.BEGAN)}")

    def on_slow(self) -> None:
        """See :meth:`Lowering.on_slow`: a device may have lowered the deadline."""
        self._begun = self._slow = True
        self.effect("store i1 true, ptr %slow")

    # -- steps --------------------------------------------------------------------------------

    def _emit_run(self, run: list[Step]) -> None:
        leader = run[0].pc
        self.label(f"B{leader:x}")
        self.flags.begin()
        span = self._spans[leader]
        if leader in self._looking:
            if self._quick:
                self._add("looks", "1")
            self._check_budget(span, f"{leader}")
        for step in run:
            span -= step.late
            self._step(step, span, last=step is run[-1])
        for pc in self._restarts:
            self.label(f"X{pc:x}")
            self._leave_by("restarted", f"{pc}")
        self._restarts.clear()

    def _check_budget(self, bound: int, pc: str) -> None:
        """Leave for the interpreter at *pc* unless an instruction *bound* cycles on may start."""
        go, stop = self.name(), self.name()
        clock = self._cell_load("clock", 64)
        last = self.emit(f"add i64 {clock}, {bound}")
        # volatile, or a loop that calls nothing would never see that it is to stop
        deadline = self.emit(f"load volatile i64, ptr {self.address(8 * k.DEADLINE)}")
        left = self.emit(f"icmp slt i64 {last}, {deadline}")
        self.effect(f"br i1 {left}, label %{go}, label %{stop}, !prof !1")
        self.label(stop)
        self._exit_to_interpreter(pc)
        self.label(go)

    def _step(self, step: Step, span: int, *, last: bool) -> None:
        """One instruction; *span* cycles lie between its end and what its run answers for yet."""
        start = len(self.lines)
        self._at, self._begun, self._slow, self._holding = step.pc, False, False, True
        self.values.clear()
        self.lower(self.flags.defer(step), self._done_inside)
        self._commit()
        self._holding = False
        self.flags.set_deferred()
        assert step.target is not None
        if step.ends:
            self._exit_to_interpreter(self.value(step.target))
            return
        if self._slow:
            self.lines.insert(start, "  store i1 false, ptr %slow")
            if span >= 0:
                self._check_again(span, self.value(step.target))
        if last:
            self._go(step.target, self.value(step.target))

    def _check_again(self, span: int, pc: str) -> None:
        """Behind an access that went to the bus: the deadline may be another."""
        check, on = self.name(), self.name()
        slow = self.emit("load i1, ptr %slow")
        self.effect(f"br i1 {slow}, label %{check}, label %{on}, !prof !0")
        self.label(check)
        self._check_budget(span, pc)
        self.effect(f"br label %{on}")
        self.label(on)

    def _done_inside(self, lo: Lowering, how: str, op: Op | None) -> None:
        """A trap: the body has set pc."""
        self._commit()
        self._exit_to_interpreter(self._cell_load("pc", self.shape.isa.pc.width))

    def _go(self, target: Op, value: str) -> None:
        """Go on at *target*, whose value is *value* on this path."""
        if target.name == "const":
            if target.imm in self._region.steps:
                self.effect(f"br label %B{target.imm:x}")
            else:
                self._exit(str(target.imm))
        elif target.name in ("select", "phi") and known(target):
            one, other = self.name(), self.name()
            cond = self.value(target.args[0])
            self.effect(f"br i1 {cond}, label %{one}, label %{other}")
            for label, arm in ((one, target.args[1]), (other, target.args[2])):
                self.label(label)
                self._go(arm, value)
        else:
            self._indirect(value)

    def _indirect(self, pc: str) -> None:
        """A jump to a computed address."""
        self.effect(f"store i{self.shape.isa.pc.width} {pc}, ptr %R.pc")
        self.effect("br label %computed")

    def _computed(self) -> None:
        """All jumps to computed addresses: to those in the region that are foreseen, or out of it.

        One block for all, because each way from one block to another costs compile time for every
        register.
        """
        width = self.shape.isa.pc.width
        self.label("computed")
        pc = self._cell_load("pc", width)
        out = self.name()
        cases = " ".join(f"i{width} {a}, label %B{a:x}" for a in sorted(self._region.computed))
        self.effect(f"switch i{width} {pc}, label %{out} [ {cases} ]")
        self.label(out)
        self._note("seen", pc)
        self._exit(pc)

    def _note(self, words: str, pc: str) -> None:
        wide = self.extend(pc, self.shape.isa.pc.width, 64)
        low = self.emit(f"lshr i64 {wide}, {self.shape.isa.unit // 16}")
        slot = self.emit(f"and i64 {low}, {SEEN - 1}")
        at = self.emit(f"getelementptr i64, ptr @{words}, i64 {slot}")
        self.effect(f"store i64 {wide}, ptr {at}")

    # -- exits --------------------------------------------------------------------------------

    def _exit(self, pc: str) -> None:
        """Leave the region at *pc*, for other translated code where there is some."""
        self._leave_by("linked", pc)

    def _exit_to_interpreter(self, pc: str) -> None:
        """Leave at *pc* for the interpreter, which looks at the budget at each instruction."""
        self._leave_by("interpreted", pc)

    def _leave_by(self, way: str, pc: str) -> None:
        self.effect(f"store i{self.shape.isa.pc.width} {pc}, ptr %R.pc")
        self.effect(f"br label %{way}")

    def _ways_out(self) -> None:
        """The end of every exit: registers go back to where the interpreter has them."""
        width = self.shape.isa.pc.width
        self.label("restarted")  # in front of an instruction whose access is not to memory
        self._note("devices", self._cell_load("pc", width))
        self._add("left", str(COLD_EXIT))
        self.effect("br label %interpreted")
        targets = {}
        for way in ("linked", "interpreted"):
            self.label(way)
            pc = self._cell_load("pc", width)
            targets[way] = code_at(self, pc) if way == "linked" else handler(self, DISPATCH)
            if way == "linked":
                cold = self.emit(f"icmp eq ptr {targets[way]}, {handler(self, COLD)}")
                self._add("left", self.emit(f"select i1 {cold}, i64 {COLD_EXIT}, i64 1"))
            self.effect("br label %leave")
        self.label("leave")
        arms = ", ".join(f"[ {target}, %{way} ]" for way, target in targets.items())
        target = self.emit(f"phi ptr {arms}")
        self._write_back()
        self.effect(f"musttail call {CC} void {target}({self.arguments()})")
        self.effect("ret void")

    def _add(self, word: str, amount: str) -> None:
        """Add to a word of the module's own."""
        count = self.emit(f"add i64 {self.emit(f'load i64, ptr @{word}')}, {amount}")
        self.effect(f"store i64 {count}, ptr @{word}")

    def _write_back(self) -> None:
        hot = {reg.name for reg in self.shape.hot}
        for cell in self._written:
            if cell in self._elements:
                file, number = self._elements[cell]
                value = self._cell_load(cell, file.width)
                size, at = self._element_at(file, number)
                self.effect(f"store i{size} {self.extend(value, file.width, size)}, ptr {at}")
            elif cell not in hot and cell != "clock":
                reg = self._registers[cell]
                self.store(reg, self.flags.value(reg) if reg in self.flags else self.get_cell(reg))
        self.clock = self._cell_load("clock", 64)
        self.hot = dict(self._incoming)
        pc = self._cell_load("pc", self.shape.isa.pc.width)
        for reg in self.shape.hot:
            if reg is self.shape.isa.pc:
                self.hot[reg.name] = pc
            elif reg.name in self._written:
                self.hot[reg.name] = self.get_cell(reg)
        if self.shape.isa.pc.name not in hot:
            self.store(self.shape.isa.pc, pc)
