"""A CPU with one instruction, to run a piece of a description on the reference engine."""

from __future__ import annotations

from collections.abc import Callable

from emucore.body.registers import Registers
from emucore.ir.ops import Access, Space
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import Line, Reg, RegFile, View
from emucore.language.value import Value
from emucore.plan.cpu_layout import size
from emucore.reference.evaluate import Reference


class Lab(Cpu):
    """Registers of several widths, views, and register files."""

    mem = Space("mem", bits=16, page_bits=8)

    pc = Reg(16)
    a, b, c, d = Reg(8), Reg(8), Reg(8), Reg(8)
    f, g = Reg(1), Reg(1)
    w, v = Reg(64), Reg(64)
    odd = Reg(13, init=0x1234)
    ab = View(a, b)
    flags = View(f, 0, 1, g, (odd, 4, 8))
    low = a[0:4]
    x = RegFile(8, 8, zero=0)
    z = RegFile(8, 16)
    irq = Line()


class Log:
    """64 KiB of memory with a wait state a page number has as its low two bits; all is logged."""

    def __init__(self) -> None:
        self.bytes = bytearray(1 << 16)
        self.log: list[tuple[str, int, int, int]] = []

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        value = int.from_bytes(self.bytes[address : address + width // 8], "little")
        if access.kind != "fetch":
            self.log.append(("r", address, value, clock))
        return value, clock + (address >> 8 & 3)

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        self.log.append(("w", address, value, clock))
        self.bytes[address : address + width // 8] = value.to_bytes(width // 8, "little")
        return clock + (address >> 8 & 3)


class Result:
    """Registers and bus log after one step."""

    def __init__(self, registers: Registers, bus: Log) -> None:
        self.registers = registers
        self.log = bus.log

    def __getitem__(self, name: str) -> int:
        return self.registers[name]


def lab(body: Callable[[Lab], None]) -> Isa:
    """The ISA whose only instruction is *body*: the byte 0."""
    isa = Isa("lab", Lab, title="a laboratory", pc=Lab.pc, space=Lab.mem)

    @isa.fetch
    def fetch(cpu: Lab) -> Value:
        return cpu.block.read(cpu.mem, "fetch", cpu.pc)

    isa.define("00000000", "body", lambda cpu: body(cpu))
    return isa


def run(body: Callable[[Lab], None], **values: int) -> Result:
    """Run *body* once with *values* in the registers named; everything else as at power-on."""
    bus = Log()
    registers = Registers(Lab, memoryview(bytearray(size(Lab))), 0)
    registers.reset()
    for name, value in values.items():
        registers[name] = value
    Reference(lab(body), registers, bus).step()
    return Result(registers, bus)
