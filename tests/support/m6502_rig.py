"""A 6502 with 64 KB of memory on the reference engine, its bus logged, its lines set by time."""

from __future__ import annotations

from typing import NamedTuple

from emucore.body.registers import Registers
from emucore.cpus.m6502 import m6502
from emucore.ir.ops import Access
from emucore.isa import Isa
from emucore.kernel.layout import ATTENDED
from emucore.plan.cpu_layout import size
from emucore.reference.evaluate import LinkedCode, Reference


class Cycle(NamedTuple):
    """One bus access: the CPU cycle, address, byte, direction, and why."""

    clock: int
    address: int
    byte: int
    writing: bool
    kind: str


class Rig:
    """``lines`` are assertions to come: (cycle, name of the line); they stay asserted.

    A *lazy* rig calls the boundary routine only where an engine must: when it starts to run, after
    ``attend``, when a line changes, and where the routine took an instruction's place.
    """

    def __init__(self, isa: Isa = m6502, *, lazy: bool = False) -> None:
        self.memory = bytearray(0x10000)
        self.log: list[Cycle] = []
        self.lines: list[tuple[int, str]] = []
        buffer = memoryview(bytearray(size(isa.cpu)))
        self.registers = Registers(isa.cpu, buffer, 0)
        self.deadline = memoryview(bytearray(8 * (ATTENDED + 1))).cast("q")
        self.engine = Reference(isa, self.registers, self, (self.deadline, 0))
        self._lazy = lazy
        self._boundary = self.engine._boundary
        self.reset({}, {})

    def reset(self, registers: dict[str, int], memory: dict[int, int]) -> None:
        """Power-on values, then *registers*; memory keeps what *memory* does not set."""
        self.registers.reset()
        for name, value in registers.items():
            self.registers[name] = value
        for address, byte in memory.items():
            self.memory[address] = byte
        self.log.clear()
        self.lines.clear()

    def load(self, address: int, code: bytes) -> None:
        """Put *code* at *address*."""
        self.memory[address : address + len(code)] = code

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        byte = self.memory[address]
        self.log.append(Cycle(clock, address, byte, False, access.kind))
        return byte, clock

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        self.memory[address] = value
        self.log.append(Cycle(clock, address, value, True, access.kind))
        return clock

    def run(self, cycles: int) -> None:
        """Run until the clock has reached *cycles*, at the end of an instruction."""
        while self.registers["clock"] < cycles:
            now = self.registers["clock"]
            for line in [line for line in self.lines if line[0] <= now]:
                self.lines.remove(line)
                self.registers[line[1]] = line[0]
            self.deadline[0] = min([cycles, *(line[0] for line in self.lines)])
            if self._lazy:
                self._run_lazily()
            else:
                self.engine.run()

    def _run_lazily(self) -> None:
        engine, nothing = self.engine, LinkedCode([])
        engine._boundary = self._boundary
        while self.registers["clock"] < self.deadline[0]:
            before = engine.instructions
            engine.step()
            ran = engine.instructions > before
            engine._boundary = nothing if ran else self._boundary

    @property
    def fetches(self) -> list[int]:
        """Addresses of the opcodes executed so far."""
        return [cycle.address for cycle in self.log if cycle.kind == "fetch"]
