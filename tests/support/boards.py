"""Boards for tests: any CPU over flat memory, with a device that answers, interrupts and waits."""

from __future__ import annotations

from emucore.board import AddressMap, Board, CpuPart, Waits
from emucore.device import NEVER, Device, due, integer, out
from emucore.isa import Isa
from emucore.machine import Machine


class Pest(Device):
    """Answers reads with a sequence, and asserts its line or takes it back at pseudo-random times,
    at most ``span`` ticks apart."""

    due: int = due()
    irq: int = out()
    seed: int = integer(1)
    span: int = integer(97)
    log: int = integer()

    def event(self, time: int) -> None:
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        if self.irq == NEVER:
            self.irq = time
        else:
            self.irq = NEVER
        self.due = time + 1 + (self.seed >> 8) % self.span

    def read(self, offset: int, time: int) -> int:
        self.seed = (self.seed * 1103515245 + 12345 + offset) & 0x7FFFFFFF
        self.log = (self.log * 31 + offset + time) & 0xFFFFFFFF
        return (self.seed >> 12) & 0xFF

    def write(self, offset: int, value: int, time: int) -> None:
        self.log = (self.log * 31 + offset * 257 + value + time) & 0xFFFFFFFF
        if value & 0x80:
            self.irq = NEVER

    def acknowledge(self, offset: int, time: int) -> int:
        self.irq = NEVER
        return 0xC7 | (time & 0x38)

    def stall(self, offset: int, time: int) -> int:
        return (self.seed >> 20 ^ self.log >> 3 ^ time) & 1


class Seer(Pest):
    """Does the same, but asserts its line ahead: as soon as it is clear when it will."""

    def event(self, time: int) -> None:
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        asserted = self.irq < time
        self.due = time + 1 + (self.seed >> 8) % self.span
        self.irq = self.due if asserted else time

    def write(self, offset: int, value: int, time: int) -> None:
        self.log = (self.log * 31 + offset * 257 + value + time) & 0xFFFFFFFF
        if value & 0x80:
            self.irq = self.due if self.due > time else NEVER

    def acknowledge(self, offset: int, time: int) -> int:
        self.irq = self.due if self.due > time else NEVER
        return 0xC7 | (time & 0x38)


def pest_board(isa: Isa, *, lines: tuple[str, ...] = (), kind: type[Pest] = Pest) -> Board:
    """64 KiB of RAM, mirrored in larger spaces, some ROM, and the pest."""
    board = Board("pest", "a test board", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa, divider=1)
    pest = board.device("pest", kind(due=100))
    fill(board, cpu, "", pest)
    for name in lines or cpu.lines():
        if name != "reset":
            board.wire(pest, "irq", cpu, name)
    return board


def fill(board: Board, cpu: CpuPart, suffix: str, device: Device) -> None:
    """Map memories ``ram`` and ``rom`` and the functions ``read``, ``write`` and ``acknowledge`` of
    *device*, all with that suffix, as a CPU of :func:`pest_board` has them."""
    ram, rom = board.ram(f"ram{suffix}", 0x10000), board.rom(f"rom{suffix}", 0x100)
    read, write = f"read{suffix}", f"write{suffix}"
    waits: Waits = (device, "stall") if "stall" in device.functions else 0
    mem = cpu.spaces[cpu.isa.space.name]
    if mem.space.page_bits <= 8:
        mem.device(0x8000, 0x80FF, device, read=read, write=write, waits=waits)
        mem.rom(0x9000, 0x90FF, rom)
        mem.ram(0x0000, 0xFFFF, ram, mirror=_above(mem, 16))
    else:  # pages too large to share: bit 16 tells RAM from the device
        above = _above(mem, 17)
        mem.device(0x10000, 0x1FFFF, device, read=read, write=write, mirror=above, waits=waits)
        mem.ram(0x0000, 0xFFFF, ram, mirror=_above(mem, 17))
    for name, space in cpu.spaces.items():
        top = (1 << space.space.bits) - 1
        if name == "io":
            space.device(0, top, device, read=read, write=write, waits=waits)
        elif name == "inta":
            space.device(0, top, device, read=f"acknowledge{suffix}")


def _above(space: AddressMap, bits: int) -> int:
    """Address bits from *bits* up: not decoded."""
    return ((1 << space.space.bits) - 1) & ~((1 << bits) - 1)


def random_machine(
    isa: Isa,
    memory: bytes,
    registers: dict[str, int],
    span: int = 97,
    kind: type[Pest] = Pest,
) -> Machine:
    """A machine of :func:`pest_board` with memory, registers and the pest's span given."""
    machine = Machine(pest_board(isa, kind=kind))
    machine.arena["pest.span"][0] = span
    machine.load("ram", memory[:0x10000])
    machine.load("rom", memory[0x9000:0x9100])
    for name, value in registers.items():
        machine.cpus["cpu"][name] = value
    return machine
