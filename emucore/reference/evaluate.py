"""The reference engine: micro-ops evaluated one by one in Python.

Obvious and slow, it is the definition that the compiled engines are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol, TypeAlias

from emucore.body.registers import Registers
from emucore.ir.ops import OPS, Access, Code, Op
from emucore.isa import Isa, Variant
from emucore.isa.decode import decoder
from emucore.kernel.layout import ATTENDED, NOWHERE
from emucore.language.registers import RegFile


class Bus(Protocol):
    """What the reference engine asks of a bus.  Widths are in bits, clocks in CPU cycles."""

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        """The value at *address* and the clock after any wait states."""

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        """Store *value*; the clock after any wait states."""


#: A word of memory: a view and an index.
Word: TypeAlias = "tuple[memoryview[int], int]"

#: One linked op: what to do, where its value goes, where its operands are, and the op itself.
_Step = tuple[str, int, tuple[int, ...], Op, Any]


class LinkedCode:
    """Micro-ops with operands resolved to slots, ready to run many times."""

    def __init__(self, code: Code) -> None:
        self._slots: dict[int, int] = {}
        self.constants: list[int] = []
        self.steps = self._link(code)

    def _slot(self, op: Op) -> int:
        slot = self._slots.setdefault(id(op), len(self._slots))
        if slot == len(self.constants):
            self.constants.append(op.imm if op.name == "const" else 0)
        return slot

    def _link(self, code: Code) -> list[_Step]:
        steps: list[_Step] = []
        for op in code:
            args = tuple(self._slot(a) for a in op.args)
            slot = self._slot(op)
            if op.name == "const":
                continue
            extra: Any = OPS[op.name].fold
            if op.body is not None:
                extra = self._link(op.body)
            steps.append((op.name, slot, args, op, extra))
        return steps


class Reference:
    """The reference engine of one CPU.

    *deadline* is a word of memory (view, index): the cycle at or after which :meth:`run` returns.
    The bus and ``attend`` lower it; ``attend`` lowers the word
    :data:`~emucore.kernel.kernel.ATTENDED` words behind it too.  *boundary* is called in front of
    each step.
    """

    name = "reference"

    def __init__(
        self,
        isa: Isa,
        registers: Registers,
        bus: Bus,
        deadline: Word | None = None,
        boundary: Callable[[], object] = lambda: None,
    ) -> None:
        self.isa = isa
        self.registers = registers
        self.bus = bus
        alone = memoryview(bytearray(8 * (ATTENDED + 1))).cast("q"), 0
        self._deadline, self._deadline_at = deadline or alone
        self.boundary = boundary
        self.instructions = 0
        self._nodes = decoder(isa)
        self._programs: dict[object, LinkedCode] = {}
        self._boundary = LinkedCode(isa.trace_boundary())
        self._undefined = LinkedCode(isa.trace_undefined())
        self._foreseen: LinkedCode | None = None
        self._clock, self._clock_at = registers.slots["clock"]
        self._word = 0
        self._after = 0

    def run(self) -> None:
        """Run whole instructions until the clock reaches the deadline."""
        while self._clock[self._clock_at] < self._deadline[self._deadline_at]:
            self.boundary()
            self.step()

    def run_to(self, addresses: Collection[int], passed: Word, began: Word) -> bool:
        """As :meth:`run`, but stop in front of instructions at *addresses*: whether it did.

        At the boundary where it begins it does not, if that is at the address in *passed*, which is
        set to :data:`~emucore.kernel.kernel.NOWHERE` then.  *began* has the pc at each boundary.
        """
        pc, at = self.registers.slots[self.isa.pc.name]
        cell, index = passed
        while self._clock[self._clock_at] < self._deadline[self._deadline_at]:
            self.boundary()
            began[0][began[1]] = pc[at]
            if pc[at] in addresses and pc[at] != cell[index] and self._instruction_is_next():
                return True
            cell[index] = NOWHERE
            self.step()
        return False

    def _instruction_is_next(self) -> bool:
        """Whether the boundary routine lets the next instruction begin."""
        if self._foreseen is None:
            self._foreseen = LinkedCode(self.isa.trace_foreseen())
        return self._execute(self._foreseen)[0] is None

    def step(self) -> None:
        """One step: what the boundary routine does in an instruction's place, or an instruction."""
        end, unit = self._execute(self._boundary)
        if end == "done":
            return
        self.instructions += 1
        path: tuple[int, ...] = ()
        if end == "dispatch":
            path, word = unit
        else:
            path, word = self._fetch(())
        while True:
            target = self._nodes[path].find(word)
            if isinstance(target, tuple):
                path, word = self._fetch(target)
                continue
            self._word = word
            program = self._undefined if target is None else self._program(target)
            end, unit = self._execute(program)
            if end != "dispatch":
                return
            path, word = unit

    def variant(self, path: tuple[int, ...], word: int) -> Variant | tuple[int, ...] | None:
        """What *word* means after the units *path*."""
        return self._nodes[path].find(word)

    def _program(self, variant: Variant) -> LinkedCode:
        program = self._programs.get(variant)
        if program is None:
            program = self._programs[variant] = LinkedCode(self.isa.trace(variant))
        return program

    def _fetch(self, path: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
        program = self._programs.get(path)
        if program is None:
            program = self._programs[path] = LinkedCode(self.isa.trace_fetch(path))
        _, (path, word) = self._execute(program)
        return path, word

    def _execute(self, program: LinkedCode) -> tuple[str | None, Any]:
        return self._run(program.steps, program.constants.copy())

    def _run(self, steps: list[_Step], values: list[int]) -> tuple[str | None, Any]:
        """Run *steps*; how they ended (None: by falling off the end) and a dispatch's target."""
        slots = self.registers.slots
        for name, slot, args, op, extra in steps:
            if extra is not None and name != "if":
                values[slot] = extra(op, *[values[a] for a in args])
            elif name == "get":
                view, index = slots[op.imm.name]
                values[slot] = view[index]
            elif name == "set":
                view, index = slots[op.imm.name]
                view[index] = values[args[0]]
            elif name == "phi":
                values[slot] = values[args[1]] if values[args[0]] else values[args[2]]
            elif name == "read":
                values[slot] = self._read(op, values[args[0]], values[args[1]])
            elif name == "after":
                values[slot] = self._after
            elif name == "write":
                access, value = op.imm, op.args[1]
                self._after = self.bus.write(
                    access, values[args[0]], values[args[1]], value.width, values[args[2]]
                )
            elif name == "if":
                if values[args[0]]:
                    end = self._run(extra, values)
                    if end[0] is not None:
                        return end
            elif name == "getx":
                view, index = slots[op.imm.name]
                values[slot] = view[index + values[args[0]]]
            elif name == "setx":
                self._setx(op.imm, values[args[0]], values[args[1]])
            elif name == "word":
                values[slot] = self._word
            elif name == "attend":
                for at in (self._deadline_at, self._deadline_at + ATTENDED):
                    self._deadline[at] = min(self._deadline[at], values[args[0]])
            elif name == "idle":
                values[slot] = 1
            elif name == "done":
                return "done", None
            elif name == "dispatch":
                return "dispatch", (op.imm, values[args[0]])
            else:
                raise AssertionError(f"no evaluation of {op!r}")
        return None, None

    def _read(self, op: Op, address: int, clock: int) -> int:
        value, self._after = self.bus.read(op.imm, address, op.width, clock)
        return value

    def _setx(self, file: RegFile, index: int, value: int) -> None:
        if index != file.zero:
            view, at = self.registers.slots[file.name]
            view[at + index] = value
