"""The probe: one CPU and a recorder that is all its memory and ports, on an ordinary machine.

Every access goes through the recorder, which notes it with its cycle, so any engine takes the same
exam.  One machine serves all cases of a CPU: between cases only what was touched is cleared.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from emucore.board import Board
from emucore.body.registers import Registers
from emucore.device import Device, array, integer, shared
from emucore.isa import Isa
from emucore.language.registers import Reg, RegFile, View
from emucore.machine import Machine
from emucore.plan.cpu_layout import HEADER, size
from roms_test.harness.case import READ, WRITE, Access, Case, Difference, Failure, compare_accesses

LOG = 1024  # accesses remembered of a case
ANSWERS = 256
COLUMNS = 4  # cycle, what, address, data: see case.Access


@shared
def note(recorder: Any, time: int, what: int, address: int, data: int) -> None:
    """Log an access."""
    at = recorder.count % LOG * COLUMNS
    recorder.log[at] = time
    recorder.log[at + 1] = what
    recorder.log[at + 2] = address
    recorder.log[at + 3] = data
    recorder.count += 1


class Recorder(Device):
    """64 KiB of RAM and ports whose answers were written down before; a log of every access.

    ``count`` goes on beyond the log's end, so that an overlong case shows.
    """

    count: int = integer()
    answered: int = integer()
    ram = array("u1", 1 << 16)
    answers = array("u1", ANSWERS)
    log = array("i8", LOG * COLUMNS)

    def read(self, offset: int, time: int) -> int:
        data: int = self.ram[offset] & 0xFF
        note(self, time, 0, offset, data)
        return data

    def write(self, offset: int, value: int, time: int) -> None:
        self.ram[offset] = value & 0xFF
        note(self, time, 1, offset, value & 0xFF)

    def input(self, offset: int, time: int) -> int:
        data: int = self.answers[self.answered % ANSWERS] & 0xFF
        self.answered += 1
        note(self, time, 2, offset, data)
        return data

    def output(self, offset: int, value: int, time: int) -> None:
        note(self, time, 3, offset, value & 0xFF)

    def acknowledge(self, offset: int, time: int) -> int:
        note(self, time, 4, offset, 0xFF)
        return 0xFF


def probe_board(isa: Isa, *, logged: bool) -> Board:
    """A CPU whose every space is the recorder; one master tick is one cycle.

    Memory that is not *logged* is mapped as plain RAM.
    """
    board = Board(f"probe-{isa.name}", f"Probe for the {isa.title}", clock_hz=1_000_000)
    cpu = board.cpu("cpu", isa)
    recorder = board.device("probe", Recorder())
    functions = {"mem": ("read", "write"), "io": ("input", "output"), "inta": ("acknowledge", None)}
    if not logged:
        cpu.mem.ram(0, 0xFFFF, board.field(recorder, "ram"))
    for name, space in cpu.spaces.items():
        if name not in functions:  # outputs: the chip's exams have no other pins
            continue
        read, write = functions[name]
        space.device(0, (1 << space.space.bits) - 1, recorder, read=read, write=write)
    return board


#: A piece of a register: typed view, index, bits of the value below it, its ones, its lowest bit.
_Piece = tuple["memoryview[int]", int, int, int, int]


@dataclass(frozen=True)
class Accessor:
    """Reads and writes one register or view by pieces found beforehand."""

    width: int
    fixed: int
    pieces: tuple[_Piece, ...]

    def get(self) -> int:
        """The value now."""
        value = self.fixed
        for view, index, below, ones, low in self.pieces:
            value |= (view[index] >> low & ones) << below
        return value

    def set(self, value: int) -> None:
        """Put *value*, of which fixed bits are ignored."""
        for view, index, below, ones, low in self.pieces:
            view[index] = view[index] & ~(ones << low) | (value >> below & ones) << low


def accessor(registers: Registers, name: str) -> Accessor:
    """The accessor of the register, view or file element *name*; KeyError if there is none."""
    cpu = registers.cpu
    item = cpu.registers.get(name) or getattr(cpu, name, None)
    if isinstance(item, Reg):
        return Accessor(
            item.width, 0, ((*registers.slots[item.name], 0, (1 << item.width) - 1, 0),)
        )
    if isinstance(item, View):
        fixed, pieces, below = 0, [], item.width
        for part in item.parts:
            size = 1 if isinstance(part, int) else part[2] - part[1]
            below -= size
            if isinstance(part, int):
                fixed |= part << below
            else:
                reg, low, _ = part
                pieces.append((*registers.slots[reg.name], below, (1 << size) - 1, low))
        return Accessor(item.width, fixed, tuple(pieces))
    for file in cpu.registers.values():
        if isinstance(file, RegFile) and name in file.names:
            view, index = registers.slots[file.name]
            ones = (1 << file.width) - 1
            return Accessor(file.width, 0, ((view, index + file.names.index(name), 0, ones, 0),))
    raise KeyError(f"{cpu.__name__} has no register {name!r}")


class Probe:
    """A machine to put cases to.  *fill* are the bytes that repeat in memory no case has set.

    Memory that is not *logged* is plain RAM, which engines access by a faster way; what is expected
    of the order and times of its accesses is not looked at then, but no other byte may change.
    """

    def __init__(self, isa: Isa, engine: str, fill: bytes = b"\0", *, logged: bool = True) -> None:
        self.machine = machine = Machine(probe_board(isa, logged=logged))
        self.logged = logged
        self.engine = machine.use(engine)
        self._registers = machine.cpus["cpu"]
        self._accessors: dict[str, Accessor] = {}
        self._image = machine.arena["probe.ram"]
        self._ram = self._image.data
        self._answers = machine.arena["probe.answers"].data
        self._count = machine.arena["probe.count"]
        self._answered = machine.arena["probe.answered"]
        self._log = machine.arena["probe.log"].reshape(LOG, COLUMNS)
        self._clock = self._accessor("clock")
        self._fill = bytes(fill)
        self._clear = self._fill * ((1 << 16) // len(fill))
        self._ram[:] = self._clear
        base = machine.base(machine.board.cpus[0])
        self._bank = machine.arena.memory[base + HEADER : base + size(isa.cpu)]
        self._power_on = bytes(self._bank)

    def _accessor(self, name: str) -> Accessor:
        found = self._accessors.get(name)
        if found is None:
            found = self._accessors[name] = accessor(self._registers, name)
        return found

    def run(self, case: Case) -> Failure | None:
        """Put *case* to the machine; None if it passes."""
        self._prepare(case)
        self.engine.run(case.cycles)
        count = int(self._count[0])
        log: list[Access] = self._log[: min(count, LOG)].tolist()
        differences = self._compare(case, log)
        if count > LOG:
            differences.append(Difference("accesses", f"at most {LOG}", str(count)))
        differences += self._clean(case, log)
        return Failure(case.name, differences) if differences else None

    def _prepare(self, case: Case) -> None:
        self._bank[:] = self._power_on
        for name, value in case.registers.items():
            self._accessor(name).set(value)
        for address, byte in case.memory:
            self._ram[address] = byte
        self._answers[: len(case.answers)] = bytes(case.answers)
        self._count[0] = self._answered[0] = 0

    def _compare(self, case: Case, log: list[Access]) -> list[Difference]:
        differences = []
        for name, expected in case.after.items():
            got = self._accessor(name).get()
            if got != expected:
                digits = -(-self._accessor(name).width // 4)
                differences.append(Difference(name, f"{expected:0{digits}x}", f"{got:0{digits}x}"))
        for address, byte in case.memory_after:
            if self._ram[address] != byte:
                differences.append(
                    Difference(f"memory {address:04x}", f"{byte:02x}", f"{self._ram[address]:02x}")
                )
        clock = self._clock.get()
        if clock != case.clock:
            differences.append(Difference("clock", str(case.clock), str(clock)))
        accesses = case.accesses
        if not self.logged:
            accesses = [access for access in accesses if access[1] not in (READ, WRITE)]
        return differences + compare_accesses(accesses, log)

    def _clean(self, case: Case, log: list[Access]) -> list[Difference]:
        """Undo what the case put into memory and what was written; what else has changed."""
        fill, period = self._fill, len(self._fill)
        for address, _ in chain(case.memory, case.memory_after):
            self._ram[address] = fill[address % period]
        for _, what, address, _ in log:
            if what == WRITE:
                self._ram[address] = fill[address % period]
        after = self._image.tobytes()
        if after == self._clear:
            return []
        self._image[:] = np.frombuffer(self._clear, np.uint8)
        return [
            Difference(f"memory {address:04x}", f"{clear:02x}", f"{byte:02x}")
            for address, (clear, byte) in enumerate(zip(self._clear, after, strict=True))
            if clear != byte
        ]
