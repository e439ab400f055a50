"""A region as one LLVM function, of a handler's calling convention: a longer instruction.

Guest registers live in allocas, which LLVM turns into SSA; they are read at the entry and written
back where every exit ends.  Flags are not computed before somebody asks (:mod:`jit.flags`).

The budget is checked where a run of instructions begins: it is entered only if each of its
instructions would have been started by the interpreter as well.  An access that took the slow path
is followed by another check, because devices may lower the deadline.
"""

from __future__ import annotations

from emucore import kernel as k
from emucore.isa import Isa
from emucore.ops import Access, Op, walk
from emucore.state import Reg, RegFile, storage
from jit.flags import Flags
from jit.lower import Lowering, Shape, shape
from jit.plain import Piece, Plain, bounds
from jit.prelude import CC, prelude
from jit.region import Region, Step, known
from jit.slots import DISPATCH, code_at, handler


def translate(
    isa: Isa, region: Region, plain: Plain, name: str, kind: type[Translator] | None = None
) -> str:
    """IR text of a module that defines the region as *name*, by a :class:`Translator`."""
    marked = shape(isa, marked=True)
    translator = (kind or Translator)(marked, region, plain)
    lines = translator.text()
    parameters = ", ".join(f"{kind} {n}" for kind, n in marked.arguments)
    region_text = f"define {CC} void @{name}({parameters}) {{\nentry:\n{lines}\n}}\n"
    return "\n".join([prelude(), *translator.helpers.values(), region_text])


class Translator(Lowering):
    """Lowers all steps of a region; the open block is where code goes.

    *plain* is the program's space.  ``helpers`` are functions that the region calls, by name.
    """

    def __init__(self, shape: Shape, region: Region, plain: Plain) -> None:
        super().__init__(shape)
        self._plain = plain
        self.helpers: dict[str, str] = {}
        self._region = region
        self._incoming = dict(self.hot)
        self._slow_possible = False
        codes = [op for step in region.steps.values() for op in walk(step.code)]
        pc = shape.isa.pc
        self._registers: dict[str, Reg] = {}
        self._elements: dict[str, tuple[RegFile, int]] = {}
        self._written: dict[str, None] = {}
        for op in codes:
            if op.name in ("get", "set") and op.imm is not pc:
                self._registers[op.imm.name] = op.imm
            elif op.name in ("getx", "setx"):
                self._elements[self._cell(op)] = (op.imm, op.args[0].imm)
            if op.name == "set" and op.imm is not pc:
                self._written[op.imm.name] = None
            elif op.name == "setx":
                self._written[self._cell(op)] = None
        self.flags = Flags(self)
        self._registers.setdefault("clock", shape.isa.cpu.clock)
        self._written.setdefault("clock")

    @staticmethod
    def _cell(op: Op) -> str:
        return f"{op.imm.name}.{op.args[0].imm}"

    def text(self) -> str:
        """The function's body."""
        leaders = self._leaders()
        runs = [self._run_from(leader, leaders) for leader in leaders]
        self.flags.choose(runs)
        self._enter()
        for run in runs:
            self._emit_run(run)
        self._ways_out()
        return "\n".join(self.lines)

    def _leaders(self) -> dict[int, None]:
        """Where runs begin: the head, targets of jumps, and what follows a branch or call."""
        steps = self._region.steps
        leaders = dict.fromkeys([self._region.head, *sorted(self._region.returns)])
        for step in steps.values():
            assert step.target is not None
            if step.target.name != "const" or step.target.imm != step.after:
                leaders.update(dict.fromkeys(pc for pc in step.successors() if pc in steps))
        reached = [pc for step in steps.values() for pc in step.successors()]
        leaders.update(dict.fromkeys(pc for pc in steps if reached.count(pc) > 1))
        return leaders

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
        self.effect(f"br label %B{self._region.head:x}")

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
        return self.flags.read(reg) if reg in self.flags else self.get_cell(reg)

    def get_cell(self, reg: Reg) -> str:
        """The register's variable."""
        return self._cell_load(reg.name, reg.width)

    def write_register(self, reg: Reg, value: str) -> None:
        cell = "pc" if reg is self.shape.isa.pc else reg.name
        self.effect(f"store i{reg.width} {value}, ptr %R.{cell}")
        if reg in self.flags:
            self.flags.plain(reg)

    def read_element(self, op: Op) -> str:
        return self._cell_load(self._cell(op), op.width)

    def write_element(self, op: Op, value: str) -> None:
        self.effect(f"store i{op.imm.width} {value}, ptr %R.{self._cell(op)}")

    def on_slow(self) -> None:
        self.effect("store i1 true, ptr %slow")

    # -- memory -------------------------------------------------------------------------------

    def locate(
        self, access: Access, address: Op, at: str, width: int, writing: bool
    ) -> tuple[str | None, str]:
        """See :meth:`Lowering.locate`: the page table is looked at only where it must be."""
        if access.space is not self.shape.isa.space:
            return super().locate(access, address, at, width, writing)
        low, high = bounds(address)
        more = width // 8 - 1
        certain = self._plain.around(low, high + more, writing=writing)
        if certain is not None:
            distance = self.emit(f"add i64 {at}, {certain.entry}")
            if not writing:
                return None, distance
            slow = self.name()
            self.unmarked(distance, slow)
            return slow, distance
        main = self._plain.main(writing=writing)
        if main is None:
            return super().locate(access, address, at, width, writing)
        return self._likely(main, access.space.bits, at, more, writing)

    def _likely(self, main: Piece, bits: int, at: str, more: int, writing: bool) -> tuple[str, str]:
        """Look whether an access of 1 + *more* bytes is within the main piece, or, if *writing*,
        within the part of it where no translated code is."""
        narrow = at if bits == 64 else self.emit(f"trunc i64 {at} to i{bits}")
        if writing:
            first = self.emit(f"load i64, ptr {self.address(8 * k.OPEN)}")
            size = self.emit(f"load i64, ptr {self.address(8 * k.OPEN_SIZE)}")
            size = self.emit(f"sub i64 {size}, {more}") if more else size
            inside = self.emit(f"sub i64 {at}, {first}")
        else:
            inside = self.emit(f"sub i{bits} {narrow}, {main.start}")
            inside, size = self.extend(inside, bits, 64), str(main.size - more)
        fits = self.emit(f"icmp ult i64 {inside}, {size}")
        fast, slow = self.name(), self.name()
        self.effect(f"br i1 {fits}, label %{fast}, label %{slow}, !prof !1")
        self.label(fast)
        if writing:
            return slow, self.emit(f"add i64 {at}, {main.entry}")
        return slow, self.emit(f"add i64 {inside}, {main.entry + main.start}")

    def slow_write(self, access: Access, data: Op) -> str:
        """See :meth:`Lowering.slow_write`: a write outside the open part may be to memory yet."""
        main = self._plain.main(writing=True)
        if access.space is not self.shape.isa.space or main is None:
            return super().slow_write(access, data)
        name = f"near_write{data.width}"
        if name not in self.helpers:
            self.helpers[name] = _near_write(self.shape, self.slow, access, data.width, name)
        return f"@{name}"

    # -- steps --------------------------------------------------------------------------------

    def _run_from(self, leader: int, leaders: dict[int, None]) -> list[Step]:
        """The instructions from *leader* to the next jump or leader."""
        run: list[Step] = []
        pc: int | None = leader
        while pc is not None:
            step = self._region.steps[pc]
            run.append(step)
            following = step.successors()
            one = following[0] if len(following) == 1 and not step.ends else None
            pc = one if one in self._region.steps and one not in leaders else None
            if step.target is None or step.target.name != "const":
                pc = None
        return run

    def _emit_run(self, run: list[Step]) -> None:
        leader = run[0].pc
        self.label(f"B{leader:x}")
        self.flags.begin()
        bound = sum(step.late for step in run[:-1])
        self._check_budget(bound, f"{leader}")
        for step in run:
            bound -= step.late if step is not run[-1] else 0
            self._step(step, bound, last=step is run[-1])

    def _check_budget(self, bound: int, pc: str) -> None:
        """Leave for the interpreter at *pc* unless an instruction *bound* cycles on may start."""
        go, stop = self.name(), self.name()
        clock = self._cell_load("clock", 64)
        last = self.emit(f"add i64 {clock}, {bound}")
        deadline = self.emit(f"load i64, ptr {self.address(8 * k.DEADLINE)}")
        left = self.emit(f"icmp slt i64 {last}, {deadline}")
        self.effect(f"br i1 {left}, label %{go}, label %{stop}, !prof !1")
        self.label(stop)
        self._exit_to_interpreter(pc)
        self.label(go)

    def _step(self, step: Step, bound: int, *, last: bool) -> None:
        accesses = any(op.name in ("read", "write") for op in walk(step.code))
        if accesses:
            self.effect("store i1 false, ptr %slow")
        self.values.clear()
        self.lower(self.flags.defer(step), self._done_inside)
        self.flags.set_deferred()
        assert step.target is not None
        if step.ends:
            self._exit_to_interpreter(self.value(step.target))
            return
        if accesses:
            check, on = self.name(), self.name()
            slow = self.emit("load i1, ptr %slow")
            self.effect(f"br i1 {slow}, label %{check}, label %{on}, !prof !0")
            self.label(check)
            self._check_budget(bound, self.value(step.target))
            self.effect(f"br label %{on}")
            self.label(on)
        if last:
            self._go(step.target, self.value(step.target))

    def _done_inside(self, lo: Lowering, how: str, op: Op | None) -> None:
        """A trap: the body has set pc."""
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
        """A jump to a computed address: to where calls in the region return, or out of it."""
        width = self.shape.isa.pc.width
        out = self.name()
        cases = " ".join(f"i{width} {a}, label %B{a:x}" for a in sorted(self._region.returns))
        self.effect(f"switch i{width} {pc}, label %{out} [ {cases} ]")
        self.label(out)
        self._exit(pc)

    # -- exits --------------------------------------------------------------------------------

    def _exit(self, pc: str) -> None:
        """Leave the region at *pc*, for other translated code where there is some."""
        self._leave_by("linked", pc)

    def _exit_to_interpreter(self, pc: str) -> None:
        """Leave at *pc* for the interpreter, which looks at the budget at each instruction."""
        self._leave_by("interpreted", pc)

    def _leave_by(self, way: str, pc: str) -> None:
        self.write_register(self.shape.isa.pc, pc)
        self.effect(f"br label %{way}")

    def _ways_out(self) -> None:
        """The end of every exit: registers go back to where the interpreter has them."""
        width = self.shape.isa.pc.width
        targets = {}
        for way in ("linked", "interpreted"):
            self.label(way)
            pc = self._cell_load("pc", width)
            targets[way] = code_at(self, pc) if way == "linked" else handler(self, DISPATCH)
            self.effect("br label %leave")
        self.label("leave")
        arms = ", ".join(f"[ {target}, %{way} ]" for way, target in targets.items())
        target = self.emit(f"phi ptr {arms}")
        self._write_back()
        self.effect(f"musttail call {CC} void {target}({self.arguments()})")
        self.effect("ret void")

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


def _near_write(shape: Shape, slow: str, access: Access, width: int, name: str) -> str:
    """IR of a function that writes as the interpreter does: by the page table and the marks."""
    lo = Lowering(Shape(shape.isa, [], marked=True), slow, word=False)
    address, data, clock = Op("get", 64), Op("get", width), Op("get", 64)
    lo.values = {id(address): "%address", id(clock): "%clock"}
    lo.values[id(data)] = "%value" if width == 64 else lo.emit(f"trunc i64 %value to i{width}")
    write = Op("write", 0, (address, data, clock), access)
    lo.lower([write], lambda *_: None)
    lo.effect(f"ret i64 {lo.after(write)}")
    body = "\n".join(lo.lines)
    parameters = "ptr %cpu, i64 %address, i64 %clock, i64 %how, i64 %value"
    return f"define internal {slow} i64 @{name}({parameters}) noinline {{\nentry:\n{body}\n}}"
