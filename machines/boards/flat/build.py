"""How a flat machine is made of what one asks for, and its entry in the list of machines."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from emucore.base.errors import BadValue
from emucore.base.numbers import parse
from emucore.body.events import read_text
from emucore.body.registers import Registers
from emucore.cpus import CPUS, isa
from emucore.isa import Isa
from emucore.machine import Machine, MachineError
from emucore.plan.cpu_layout import size
from machines.boards.flat.board import Shape
from machines.boards.flat.machine import Flat, Loaded
from machines.boards.flat.program import MOST, Program, assembled, read
from machines.registry import MachineInfo

USUAL = "z80"
HERE = Path(__file__).parent / "programs"
#: Bytes that an executable has above it at least, where RAM is put around it: for its stack.
ABOVE = 1 << 16
#: Clocks in Hz.
CLOCK_LEAST, CLOCK_MOST = 1_000, 1_000_000_000
#: Names that a stack pointer has.
STACKS = ("sp", "s")
#: Symbols of a monitor: first values of registers, addresses where to rest is a status, and where
#: programs usually begin.
INITIAL, STATUS, LOAD = "initial_", "status_", "load"

OPTIONS = {
    "load": "address of the program's first byte",
    "start": "address where it begins (default: as it says, or where it is loaded)",
    "sp": "what the stack pointer is at first",
    "size": "bytes of RAM (default: all that can be addressed, or 256 KiB)",
    "at": "address of the RAM's first byte",
    "console": "port, or address, of its data register (default: 0, or 256 below the memory's end)",
    "clock": "clock of the CPU in Hz (default 4000000)",
}


class _Asked:
    """The options that were given, as numbers."""

    def __init__(self, options: dict[str, str]) -> None:
        self._values = {name: self._number(name, text) for name, text in options.items()}

    @staticmethod
    def _number(name: str, text: str) -> int:
        try:
            return parse(text)
        except ValueError as error:
            raise BadValue(name, f"{name}: {error}") from None

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, default: int, step: int = 1, most: int = MOST, least: int = 0) -> int:
        """The option *name*: a multiple of *step*, from *least* to *most*."""
        value = self._values.get(name, default)
        if value % step:
            raise BadValue(name, f"{name}={value:#x}: has to be a multiple of {step:#x} here")
        if not least <= value <= most:
            raise BadValue(name, f"{name}={value:#x}: is not from {least:#x} to {most:#x}")
        return value


def build(path: Path | None, *, cpu: str | None = None, **options: str) -> Machine:
    """A flat machine with the program at *path*, or with one of its own that prints a line.

    Raises :class:`MachineError` for what will not do, and for what is wrong in a source
    :class:`emucore.base.errors.Mistakes`.
    """
    cpu = cpu or USUAL
    chip, asked = isa(cpu), _Asked(options)
    own = HERE / cpu / "hello.asm"
    if path is None and not own.exists():
        raise MachineError(f"flat has no program of its own for the {cpu}: name one")
    shape = _shape(chip, asked)
    monitor = _monitor(cpu, chip, shape)
    unit = chip.unit // 8
    top = (1 << chip.space.bits) - 1
    usual = monitor.symbols.get(LOAD, shape.at)
    load = asked.get("load", usual if usual in shape.ram else shape.at, unit, top)
    program = read(path or own, chip, load, moved="load" in asked)
    fitted = _around(shape, program, asked)
    if fitted != shape:
        shape, monitor = fitted, _monitor(cpu, chip, fitted)
    _check(path or own, program, shape)
    registers = dict(_named(INITIAL, monitor))
    if "sp" in asked:
        registers[_stack(chip)] = asked.get("sp", 0, 1, top)
    registers[chip.pc.name] = asked.get("start", program.entry, unit, top)
    failures = {address: int(status) for status, address in _named(STATUS, monitor)}
    segments = [*(s for s in monitor.segments if s.address in shape.ram), *program.segments]
    machine = Flat(shape, Loaded(tuple(segments), registers, failures))
    machine.symbols.add({name: at for name, at in program.symbols.items() if 0 <= at <= top})
    return machine


def _shape(chip: Isa, asked: _Asked) -> Shape:
    """The board that is asked for."""
    usual, page, top = Shape.usual(chip), 1 << chip.space.page_bits, 1 << chip.space.bits
    size = asked.get("size", usual.size, page, min(top, MOST), page)
    at = asked.get("at", usual.at if usual.at + size <= top else 0, page, top - size)
    clock = asked.get("clock", usual.clock_hz, 1, CLOCK_MOST, CLOCK_LEAST)
    shape = dataclasses.replace(usual, size=size, at=at, clock_hz=clock)
    if usual.ports is not None:
        return dataclasses.replace(shape, ports=_moved(usual.ports, asked, 0x100))
    assert usual.cells is not None
    return dataclasses.replace(shape, cells=_moved(usual.cells, asked, top))


def _moved(registers: tuple[int, int], asked: _Asked, end: int) -> tuple[int, int]:
    """The console's registers where they are asked for, below *end*."""
    apart = registers[1] - registers[0]
    data = asked.get("console", registers[0], most=end - 1 - apart)
    return data, data + apart


def _around(shape: Shape, program: Program, asked: _Asked) -> Shape:
    """Where nobody has said where RAM is, it is where an executable wants it."""
    if "at" in asked or "size" in asked or shape.holds(program.start, program.end):
        return shape
    page, top = 1 << shape.chip.space.page_bits, 1 << shape.chip.space.bits
    at = program.start // page * page
    size = max(shape.size, -(-(program.end - at + ABOVE) // page) * page)
    return dataclasses.replace(shape, at=at, size=min(size, top - at))


def _monitor(cpu: str, chip: Isa, shape: Shape) -> Program:
    """What is in RAM and registers before the program, if the CPU needs something there."""
    path, symbols = HERE / cpu / "monitor.asm", {"ram": shape.at, "ram_end": shape.ram.stop}
    return assembled(path, chip, 0, symbols) if path.exists() else Program((), 0)


def _named(prefix: str, monitor: Program) -> Iterator[tuple[str, int]]:
    """The monitor's symbols with a prefix, without it."""
    for name, value in monitor.symbols.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), value


def _stack(chip: Isa) -> str:
    """The name of the stack pointer."""
    registers = Registers(chip.cpu, memoryview(bytearray(size(chip.cpu))), 0)
    for name in STACKS:
        if name in registers:
            return name
    raise MachineError(f"the {chip.name} has no stack pointer to be set by sp")


def _check(path: Path, program: Program, shape: Shape) -> None:
    """Refuse a program that is not wholly in RAM."""
    for segment in program.segments:
        if not shape.holds(segment.address, segment.address + segment.size):
            raise MachineError(
                f"{path}: {segment.size:,} bytes at {segment.address:#x} do not fit the RAM, "
                f"which is from {shape.ram[0]:#x} to {shape.ram[-1]:#x}"
            )


MACHINE = MachineInfo(
    name="flat",
    title="a CPU with RAM and a console, for programs of one's own",
    build=build,
    media_help="a binary, an ELF executable, or a source (.asm); without, one that prints a line",
    cpus=tuple(CPUS),
    default_cpu=USUAL,
    screen=False,
    input_help="text to be typed; emu run takes it from a pipe too",
    read_input=read_text,
    options=OPTIONS,
)
