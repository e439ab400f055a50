"""The reference engine on a machine: the kernel as Python, each CPU by
:mod:`emucore.reference.evaluate`.

Whatever interrupts it, it stops at a boundary: see :mod:`emucore.reference.undo`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from emucore.board import CpuPart
from emucore.body.engines import ENGINES
from emucore.body.guest import Guest as Machine
from emucore.device import Record, as_python
from emucore.ir.ops import KINDS, Access, signed
from emucore.ir.ops import mask as mask_of
from emucore.kernel import layout as k
from emucore.kernel.kernel import Kernel, make_kernel
from emucore.kernel.ports import make_ports
from emucore.plan.cpu_layout import size
from emucore.reference.audio import Audio
from emucore.reference.evaluate import Reference
from emucore.reference.packets import PacketReference, reference
from emucore.reference.undo import Undo


class _Memory:
    """The arena as the kernel sees it: 64-bit words and bytes, whose stores can be taken back."""

    def __init__(self, machine: Machine, undo: Undo) -> None:
        self.q = undo.watched(machine.words)
        self.b = undo.watched(machine.arena.memory)


class _Bus:
    """A CPU's bus: page tables first, then the kernel."""

    def __init__(self, engine: ReferenceEngine, part: CpuPart, index: int) -> None:
        self._engine = engine
        self._index = index
        machine = engine.machine
        self._base = machine.base(part)
        self._words = machine.words
        self._bytes = machine.arena.memory
        self._after = self._base // 8 + k.AFTER
        self._spaces: dict[str, tuple[int, int, int, int, int]] = {}
        row = machine.words[machine.words[k.CPU_TABLE] + index * k.CPU_ROW + k.CPU_SPACES]
        for number, m in enumerate(part.spaces.values()):
            at = row + number * k.SPACE_ROW
            self._spaces[m.space.name] = (
                number,
                (1 << m.space.bits) - 1,
                m.space.page_bits,
                self._words[at + k.SPACE_READS],
                self._words[at + k.SPACE_WRITES],
            )

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        number, mask, bits, reads, _ = self._spaces[access.space.name]
        address &= mask
        if bits and width == 8:
            entry = self._words[reads + (address >> bits)]
            if entry != k.SLOW:
                return self._bytes[self._base + entry + address], clock
        kind = KINDS.index(access.kind)
        value = self._engine.bus_read(
            self._engine.memory, self._index, number, kind, address, width, clock
        )
        return value & mask_of(width), self._words[self._after]

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        number, mask, bits, _, writes = self._spaces[access.space.name]
        address &= mask
        if bits and width == 8:
            entry = self._words[writes + (address >> bits)]
            if entry != k.SLOW and not self._words[k.PROGRAM]:
                at = self._base + entry + address
                self._engine.undo.keep(at, at + 1)
                self._bytes[at] = value
                return clock
        kind = KINDS.index(access.kind)
        engine = self._engine
        if width == 64:  # the kernel's ints are signed words
            value = signed(value, 64)
        return int(
            engine.bus_write(engine.memory, self._index, number, kind, address, value, width, clock)
        )


class _Ports(Audio):
    """What devices' ports reach: the kernel's way to memory, as Python, and the speaker."""

    def connect(self, memory: _Memory, kernel: Kernel) -> None:
        """From now on it is of use."""
        reads, writes = KINDS.index("read"), KINDS.index("write")

        def slow_read(m: Any, space: int, address: int, time: int) -> int:
            return int(kernel.read(m, space, reads, address, 8, time))

        def slow_write(m: Any, space: int, address: int, value: int, time: int) -> int:
            return int(kernel.write(m, space, writes, address, value, 8, time))

        self._memory = memory
        self._read, self._write = make_ports(slow_read, slow_write, lambda f: f)

    def read(self, space: int, address: int, time: int) -> int:
        return int(self._read(self._memory, space, address, time))

    def write(self, space: int, address: int, value: int, time: int) -> None:
        self._write(self._memory, space, address, value, time)


class ReferenceEngine:
    """The definition that every other engine is compared with."""

    name = "reference"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.cause: Exception | None = None
        self.undo = Undo(machine.arena.memory)
        self.memory = _Memory(machine, self.undo)
        self._access = _Ports(machine.arena.memory, self.undo)
        self._sizes = [device.dtype().itemsize for device, _ in machine.plan.functions]
        numbers = {device: i for i, device in enumerate(machine.plan.devices)}
        self._numbers = [numbers[device] + 1 for device, _ in machine.plan.functions]
        self._calls: list[Callable[[int, int, int, int], int]] = [
            self._bind(machine.layout.fields[device.name].offset, device, name)
            for device, name in machine.plan.functions
        ]
        kernel = make_kernel(self._call_device, self._call_cpu, self._call_host, lambda f: f)
        self.bus_read, self.bus_write, self._run = kernel.bus_read, kernel.bus_write, kernel.run
        self._access.connect(self.memory, kernel)
        self.cpus: list[Reference] = []
        for i, part in enumerate(machine.board.cpus):
            registers = machine.cpus[part.name]
            cell = machine.words, machine.base(part) // 8 + k.DEADLINE
            bus, boundary = _Bus(self, part, i), self._boundary(part, i)
            self.cpus.append(reference(part.isa, registers, bus, cell, boundary))

    def _boundary(self, part: CpuPart, index: int) -> Callable[[], None]:
        """What begins a step of a CPU: nothing of it has happened yet."""
        undo, memory = self.undo, self.machine.arena.memory
        base = self.machine.base(part)
        end = base + size(part.isa.cpu)  # of the header, which has its deadline, and its registers
        # taken back, it has its turn still
        turn = 8 * k.RESUME, (index + 1).to_bytes(8, sys.byteorder)

        words = self.machine.words

        def begin() -> None:
            mine = (base, memory[base:end].tobytes())
            if words[k.NESTED]:  # amid another's instruction: both are taken back, or none
                undo.log.append(mine)
            else:
                undo.log = [turn, mine]

        return begin

    def _bind(self, offset: int, device: Any, name: str) -> Callable[[int, int, int, int], int]:
        record = Record(self.machine.arena.memory, offset, type(device), self._access)
        function = as_python(device.functions[name])
        count = function.__code__.co_argcount
        if count == 4:
            return lambda offset, value, time, _: function(record, offset, value, time) or 0
        if count == 3:
            return lambda offset, value, time, _: function(record, offset, time) or 0
        return lambda offset, value, time, _: function(record, time) or 0

    def _call_device(
        self, m: Any, function: int, device: int, offset: int, value: int, time: int
    ) -> int:
        self.undo.keep(device, device + self._sizes[function])
        number = self._numbers[function]  # whether anything has changed, it is not asked here
        m.q[k.HEED] = number if m.q[k.HEED] in (0, number) else k.MANY
        try:
            return self._calls[function](offset, value, time, 0)
        except IndexError as error:
            self.cause = error
            m.q[k.FAULT], m.q[k.FAULT_TIME] = function + 1, time
            m.q[k.HEED] = k.MANY
            return 0

    def _call_host(self, m: Any) -> int:
        self.machine.call_hooks()
        return 0

    def _call_cpu(self, m: Any, index: int) -> int:
        part = self.machine.board.cpus[index]
        hooks = self.machine.hooks
        hooked = hooks.addresses(part.name)
        if not hooked and not hooks.memory.has(part.name):
            self.cpus[index].run()
            return 0
        words, header = self.machine.words, self.machine.base(part) // 8
        passed, began = (words, header + k.PASSED), (words, header + k.BEGAN)
        if self.cpus[index].run_to(hooked, passed, began):
            m.q[k.HOOK] = index + 1
        return 0

    def run(self, end: int) -> int:
        """See :class:`emucore.machine.Engine`."""
        self.cause = None
        return self.undo.attempt(lambda: self._run(self.memory, end))

    def packet(self, index: int) -> None:
        """Run the packet that a VLIW's boundary routine has let begin, in front of which another
        engine has stopped; whatever comes between, all of it or nothing."""
        cpu, words = self.cpus[index], self.machine.words
        assert isinstance(cpu, PacketReference)
        missed = self.machine.base(self.machine.board.cpus[index]) // 8 + k.MISSED

        def do() -> int:
            cpu.boundary()
            cpu.begin()
            words[missed] = 0
            return 0

        self.undo.attempt(do)

    def step(self) -> None:
        """See :class:`emucore.machine.Engine`."""
        self.run(self.machine.time + 1)

    def wait(self) -> None:
        """Nothing is compiled."""

    def close(self) -> None:
        """Nothing runs in the background."""

    def statistics(self) -> dict[str, Any]:
        """Instructions run."""
        return {"instructions": sum(c.instructions for c in self.cpus)}


ENGINES["reference"] = ReferenceEngine
