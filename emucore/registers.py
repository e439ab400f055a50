"""Registers of one CPU as fields of a flat buffer, by fixed offsets from the CPU's base.

Every engine uses the same offsets: compiled handlers as constants, Python through
:class:`Registers`.
"""

from __future__ import annotations

from emucore.kernel import CPU_HEADER_WORDS
from emucore.state import Reg, RegFile, View, storage
from emucore.trace import Cpu

#: Bytes before the first register: the engine's header (see :mod:`emucore.kernel`).
HEADER = 8 * CPU_HEADER_WORDS


def offsets(cpu: type[Cpu]) -> dict[str, int]:
    """Offset in bytes of each register (element 0 of a file) from the CPU's base."""
    at = HEADER
    result = {}
    for name, reg in cpu.registers.items():
        size = storage(reg.width)
        at = -(-at // size) * size
        result[name] = at
        at += size * (reg.count if isinstance(reg, RegFile) else 1)
    return result


def size(cpu: type[Cpu]) -> int:
    """Bytes from the CPU's base to the end of its registers, a multiple of 8."""
    name, reg = list(cpu.registers.items())[-1]
    count = reg.count if isinstance(reg, RegFile) else 1
    return -(-(offsets(cpu)[name] + storage(reg.width) * count) // 8) * 8


class Registers:
    """Reads and writes registers, views and file elements by name in *memory* at *base*.

    *memory* is a writable byte buffer whose address and *base* are multiples of 8.
    """

    def __init__(self, cpu: type[Cpu], memory: memoryview, base: int) -> None:
        self.cpu = cpu
        whole = memory[: len(memory) // 8 * 8].cast("B")
        casts: dict[int, memoryview[int]] = {
            1: whole,
            2: whole.cast("H"),
            4: whole.cast("I"),
            8: whole.cast("Q"),
        }
        #: name -> (typed view, index of element 0)
        self.slots: dict[str, tuple[memoryview[int], int]] = {}
        for name, at in offsets(cpu).items():
            width = storage(cpu.registers[name].width)
            self.slots[name] = casts[width], (base + at) // width

    def reset(self) -> None:
        """Give every register its power-on value."""
        for name, reg in self.cpu.registers.items():
            view, index = self.slots[name]
            if isinstance(reg, RegFile):
                for i in range(reg.count):
                    view[index + i] = 0
            else:
                view[index] = reg.init

    def keys(self) -> list[str]:
        """The registers that a program sees, those of files one by one; so ``dict(registers)``."""
        names: list[str] = []
        for name, reg in self.cpu.registers.items():
            if isinstance(reg, RegFile):
                names += reg.names
            elif not reg.internal:
                names.append(name)
        return names

    def _find(self, name: str) -> Reg | View | tuple[RegFile, int]:
        item = self.cpu.registers.get(name) or getattr(self.cpu, name, None)
        if item is None:
            item = getattr(self.cpu, name + "_", None)
        if isinstance(item, (Reg, View)):
            return item
        for file in self.cpu.registers.values():
            if isinstance(file, RegFile) and name in file.names:
                return file, file.names.index(name)
        raise KeyError(f"{self.cpu.__name__} has no register {name!r}")

    def __getitem__(self, name: str) -> int:
        item = self._find(name)
        if isinstance(item, tuple):
            view, index = self.slots[item[0].name]
            return view[index + item[1]]
        if isinstance(item, Reg):
            view, index = self.slots[item.name]
            return view[index]
        value = 0
        for part in item.parts:
            if isinstance(part, int):
                value = value << 1 | part
            else:
                reg, lo, hi = part
                value = value << (hi - lo) | self[reg.name] >> lo & (1 << (hi - lo)) - 1
        return value

    def __setitem__(self, name: str, value: int) -> None:
        item = self._find(name)
        width = item[0].width if isinstance(item, tuple) else item.width
        if not 0 <= value < 1 << width:
            raise ValueError(f"{name} has {width} bits, not {value:#x}")
        if isinstance(item, tuple):
            file, i = item
            view, index = self.slots[file.name]
            view[index + i] = value if i != file.zero else 0
        elif isinstance(item, Reg):
            view, index = self.slots[item.name]
            view[index] = value
        else:
            self._set_view(item, value)

    def _set_view(self, view: View, value: int) -> None:
        below = view.width
        for part in view.parts:
            size = 1 if isinstance(part, int) else part[2] - part[1]
            below -= size
            if not isinstance(part, int):
                reg, lo, _hi = part
                ones = (1 << size) - 1
                kept = self[reg.name] & ~(ones << lo)
                self[reg.name] = kept | (value >> below & ones) << lo
