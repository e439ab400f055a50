"""A board: CPUs, memories and devices, and how they are wired.  A description, not a machine.

    board = Board("invaders", "Midway 8080 black-and-white board", clock_hz=19_968_000)
    cpu = board.cpu("cpu", i8080, divider=10)
    rom, ram = board.rom("rom", 0x2000), board.ram("ram", 0x400)
    video = board.device("video", Video())
    cpu.mem.rom(0x0000, 0x1FFF, rom, mirror=0x4000)
    cpu.mem.ram(0x2400, 0x3FFF, board.field(video, "vram"), mirror=0x4000)
    cpu.io.device(0x03, 0x03, shift, read="result")
    board.wire(video, "irq", cpu, "int")
    board.screen(video, "pixels", palette=PALETTE, rotate=90)

:class:`emucore.machine.Machine` is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from emucore.base.medium import KINDS, Medium, read_medium
from emucore.board.slot import Reader, Slot
from emucore.device import Device
from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.kernel.kernel import DEVICE, RAM, ROM, TAPPED, WATCH, WIRE_MOST
from emucore.language.registers import Line

D = TypeVar("D", bound=Device)


class BoardError(Exception):
    """A board description that contradicts itself."""


@dataclass(frozen=True)
class Memory:
    """A piece of the arena: a memory of its own, or an array field of a device."""

    field: str
    size: int
    offset: int = 0


@dataclass(frozen=True)
class Bank:
    """Which of a memory's equal parts a window shows: the value of a device's field, modulo."""

    device: Device
    register: str


@dataclass(frozen=True)
class Range:
    """One row of an address map; addresses inclusive, ``mirror`` bits are not decoded."""

    start: int
    end: int
    mirror: int
    kind: int
    memory: Memory | None = None
    device: Device | None = None
    read: str | None = None
    write: str | None = None
    waits: int = 0
    bank: Bank | None = None


class AddressMap:
    """The map of one address space of one CPU.  Earlier rows win where rows overlap.

    A device that only reads or only writes leaves the other to the rows below it.  Unmapped reads
    give ``open_bus``; writes to nothing vanish.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.ranges: list[Range] = []
        self.open_bus = 0xFF

    def rom(self, start: int, end: int, memory: Memory, *, mirror: int = 0, waits: int = 0) -> None:
        """Memory that only reads."""
        self._add(Range(start, end, mirror, ROM, memory, waits=waits))

    def ram(self, start: int, end: int, memory: Memory, *, mirror: int = 0, waits: int = 0) -> None:
        """Memory that reads and writes; one smaller than the window repeats in it."""
        self._add(Range(start, end, mirror, RAM, memory, waits=waits))

    def bank(
        self,
        start: int,
        end: int,
        memory: Memory,
        device: Device,
        register: str,
        *,
        mirror: int = 0,
        writable: bool = False,
    ) -> None:
        """A window on the part of *memory* that *register* of *device* chooses."""
        kind = RAM if writable else ROM
        self._add(Range(start, end, mirror, kind, memory, bank=Bank(device, register)))

    def device(
        self,
        start: int,
        end: int,
        device: Device,
        *,
        read: str | None = None,
        write: str | None = None,
        mirror: int = 0,
        waits: int = 0,
        tapped: bool = False,
    ) -> None:
        """Functions of a device.  Their offset counts from *start*.

        A *tapped* device is also told why it is accessed: kind (index of ``ops.KINDS``) and width
        in bits are added to the offset from bits ``kernel.TAP_KIND`` and ``TAP_WIDTH`` up.
        """
        for name in (read, write):
            if name is not None and name not in device.functions:
                raise BoardError(f"{type(device).__name__} has no function {name}")
        kind = TAPPED if tapped else DEVICE
        self._add(Range(start, end, mirror, kind, None, device, read, write, waits))

    def watch(self, start: int, end: int, device: Device, write: str, *, mirror: int = 0) -> None:
        """Let a device see writes (byte by byte) before they go on to the rows below.

        For a chip that shares a latch, or a picture that must be drawn up to the beam before its
        memory changes.
        """
        if write not in device.functions:
            raise BoardError(f"{type(device).__name__} has no function {write}")
        self._add(Range(start, end, mirror, WATCH, None, device, write=write))

    def _add(self, row: Range) -> None:
        top = (1 << self.space.bits) - 1
        if not 0 <= row.start <= row.end <= top or row.mirror & ~top:
            raise BoardError(f"{row.start:#x}..{row.end:#x} is not in {self.space}")
        if row.mirror & (row.start | row.end):
            raise BoardError(f"{row.start:#x}..{row.end:#x} has bits of its mirror {row.mirror:#x}")
        self.ranges.append(row)


class CpuPart:
    """A CPU on a board: its address maps by the space's name (``cpu.mem``, ``cpu.io``)."""

    def __init__(self, name: str, isa: Isa, divider: int, initial: dict[str, int]) -> None:
        self.name = name
        self.isa = isa
        self.divider = divider
        self.initial = initial
        self.spaces = {
            item.name: AddressMap(item)
            for item in vars(isa.cpu).values()
            if isinstance(item, Space)
        }

    def __getattr__(self, name: str) -> AddressMap:
        try:
            return self.spaces[name]
        except KeyError:
            raise AttributeError(f"{self.isa.name} has no address space {name}") from None

    def lines(self) -> list[str]:
        """The names of its input lines."""
        registers = self.isa.cpu.registers
        return [name for name, item in registers.items() if isinstance(item, Line)]

    def line(self, name: str) -> Line:
        """The input line *name*; :class:`BoardError` if the CPU has none."""
        item = self.isa.cpu.registers.get(name)
        if not isinstance(item, Line):
            raise BoardError(f"{self.isa.name} has no line {name}")
        return item


@dataclass(frozen=True)
class Wire:
    """From an output line of a device to an input line of a CPU, or (None) to the host."""

    device: Device
    source: str
    cpu: CpuPart | None
    line: str


@dataclass(frozen=True)
class Screen:
    """The picture: a (height, width) array field of palette indices, turned for display.

    ``palette`` are (red, green, blue) bytes; ``rotate`` degrees clockwise, a multiple of 90;
    ``tube`` is how broad and high the tube shows it before that, where dots are not square.
    """

    device: Device
    pixels: str
    palette: tuple[tuple[int, int, int], ...]
    rotate: int = 0
    tube: tuple[int, int] | None = None

    def dot(self, height: int, width: int) -> float:
        """How broad a dot of the turned picture of that size is on the tube, for one high."""
        if self.tube is None:
            return 1.0
        broad, high = self.tube if self.rotate % 180 == 0 else reversed(self.tube)
        return broad * height / (high * width)


@dataclass(frozen=True)
class Sound:
    """Samples of a frame: an array field of int16, and the field that counts them."""

    device: Device
    samples: str
    count: str
    rate: int


@dataclass(frozen=True)
class Input:
    """A button: bits of a device's field, set while pressed (cleared, if ``active_low``)."""

    name: str
    device: Device
    field: str
    mask: int
    key: str = ""
    active_low: bool = False
    title: str = ""


@dataclass(frozen=True)
class Switch:
    """DIP switches: bits of a device's field, with the names of their settings."""

    name: str
    device: Device
    field: str
    mask: int
    settings: dict[str, int]
    default: str
    title: str = ""


@dataclass(frozen=True)
class Kept:
    """*size* bytes of *memory* from *start* that outlast power-off; see
    :mod:`emucore.history.nvram`.

    ``fresh`` is what a program makes of them when it begins, and only that is replaced by what was
    kept; without it, as where a battery keeps them, they are there from power-on.  ``medium`` names
    the medium that has the battery, if it is not the board.
    """

    memory: Memory
    start: int
    size: int
    fresh: bytes = b""
    medium: str = ""


@dataclass(frozen=True)
class KeptClock:
    """Scalar fields of *device* that a battery has go on; its function *passed*, called with
    seconds and time, is told how long the power was off.  ``medium`` is as in :class:`Kept`."""

    device: Device
    registers: tuple[str, ...]
    passed: str
    medium: str = ""


@dataclass
class Board:
    """See the module's text.  ``clock_hz`` is the master clock; a frame lasts ``frame_ticks``.

    Of several CPUs the one furthest behind has a turn of ``quantum`` ticks, 1 or more.  A line that
    it asserts reaches each other at its time, or at once where that is past; all else they share
    is in the order of their turns.
    """

    name: str
    title: str
    clock_hz: int
    frame_ticks: int = 0
    cpus: list[CpuPart] = field(default_factory=list)
    devices: dict[str, Device] = field(default_factory=dict)
    memories: dict[str, tuple[Memory, str]] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)
    inputs: dict[str, Input] = field(default_factory=dict)
    switches: dict[str, Switch] = field(default_factory=dict)
    picture: Screen | None = None
    speaker: Sound | None = None
    kept: list[Kept] = field(default_factory=list)
    clocks: list[KeptClock] = field(default_factory=list)
    slots: dict[str, Slot] = field(default_factory=dict)
    quantum: int = 1
    #: What became of parts, buttons and switches of earlier versions; see
    #: :mod:`emucore.history.former`.
    former: dict[str, str | None] = field(default_factory=dict)
    #: Values of fixed fields that count as part of the media, for good: see `docs/states.md`.
    hashed: dict[str, float] = field(default_factory=dict)

    def cpu(self, name: str, isa: Isa, *, divider: int = 1, **initial: int) -> CpuPart:
        """Add a CPU of one cycle every *divider* ticks; *initial* are register values."""
        part = CpuPart(name, isa, divider, initial)
        self.cpus.append(part)
        return part

    def device(self, name: str, device: D) -> D:
        """Add a device under a name of the board's own."""
        if name in self.devices:
            raise BoardError(f"two devices {name}")
        device.name = name
        self.devices[name] = device
        return device

    def rom(self, name: str, size: int) -> Memory:
        """A memory of *size* bytes that media fill: not part of the state."""
        return self._memory(name, size, "const")

    def ram(self, name: str, size: int) -> Memory:
        """A memory of *size* bytes, zero at power-on."""
        return self._memory(name, size, "state")

    def _memory(self, name: str, size: int, section: str) -> Memory:
        if name in self.memories:
            raise BoardError(f"two memories {name}")
        memory = Memory(name, size)
        self.memories[name] = (memory, section)
        return memory

    def field(self, device: Device, name: str) -> Memory:
        """An array field of *device*, to be mapped as memory."""
        spec = device.fields[name]
        return Memory(f"{device.name}.{name}", spec.dtype.itemsize)

    def wire(self, device: Device, source: str, cpu: CpuPart, line: str) -> None:
        """Connect an output line to an input line; several sources of one line are ORed."""
        cpu.line(line)
        self._wire(Wire(device, source, cpu, line))

    def call_host(self, device: Device, source: str) -> None:
        """Let an output line stop the machine and ask the host, when all CPUs have come to its time
        (at the next boundary)."""
        self._wire(Wire(device, source, None, "stop"))

    def _wire(self, wire: Wire) -> None:
        spec = wire.device.fields.get(wire.source)
        if spec is None or spec.role != "line":
            raise BoardError(f"{type(wire.device).__name__} has no line {wire.source}")
        self.wires.append(wire)
        same = [w for w in self.wires if (w.cpu, w.line) == (wire.cpu, wire.line)]
        if len(same) > WIRE_MOST:
            raise BoardError(f"more than {WIRE_MOST} sources of {wire.line}")

    def screen(
        self,
        device: Device,
        pixels: str,
        palette: Sequence[tuple[int, int, int]],
        rotate: int = 0,
        tube: tuple[int, int] | None = None,
    ) -> None:
        """Declare the picture: see :class:`Screen`."""
        if rotate % 90:
            raise BoardError("a screen turns by multiples of 90 degrees")
        self.picture = Screen(device, pixels, tuple(palette), rotate, tube)

    def sound(self, device: Device, samples: str, count: str, rate: int) -> None:
        """Declare the sound."""
        self.speaker = Sound(device, samples, count, rate)

    def input(
        self,
        name: str,
        device: Device,
        field: str,
        mask: int,
        *,
        key: str = "",
        active_low: bool = False,
        title: str = "",
    ) -> None:
        """Declare a button; *key* is its default key in pygame's names."""
        self.inputs[name] = Input(name, device, field, mask, key, active_low, title or name)

    def switch(
        self,
        name: str,
        device: Device,
        field: str,
        mask: int,
        settings: dict[str, int],
        default: str,
        *,
        title: str = "",
    ) -> None:
        """Declare DIP switches, *title* in the manual's words.

        The device's initial value of *field* gets the default.
        """
        if default not in settings:
            raise BoardError(f"switch {name} has no setting {default}")
        self.switches[name] = Switch(name, device, field, mask, settings, default, title or name)

    def slot(
        self,
        name: str,
        device: Reader,
        kind: str,
        *,
        title: str = "",
        read: Callable[[Path], Medium] | None = None,
    ) -> Slot:
        """Declare a slot of *device* for media of a *kind* (:data:`emucore.base.medium.KINDS`),
        which may be changed while the machine runs; *read* reads a file of one, where it is not as
        plain as :func:`emucore.base.medium.read_medium` has it."""
        plain = partial(read_medium, kind=kind, most=device.fields["content"].shape[0])
        slot = Slot(name, device, kind, title or name, read or plain)
        wrong = "two slots of that name" if name in self.slots else slot.wrong()
        if kind not in KINDS:
            wrong = f"no kind {kind!r} of media"
        if wrong:
            raise BoardError(f"slot {name}: {wrong}")
        self.slots[name] = slot
        return slot

    def keep(
        self,
        memory: Memory,
        start: int,
        size: int,
        fresh: bytes = b"",
        medium: Medium | None = None,
    ) -> None:
        """Declare bytes that outlast power-off: see :class:`Kept`."""
        if not 0 <= start <= start + size <= memory.size:
            raise BoardError(f"{memory.field} has no {size:,} bytes at {start:#x}")
        if len(fresh) not in (0, size):
            raise BoardError(f"{len(fresh):,} fresh bytes for {size:,} that are kept")
        if any(bool(fresh) != bool(k.fresh) for k in self.kept):
            raise BoardError("some bytes are kept by a battery, and some that a program sets up")
        self.kept.append(Kept(memory, start, size, fresh, _battery(medium)))

    def keep_clock(
        self, device: Device, registers: Sequence[str], passed: str, medium: Medium | None = None
    ) -> None:
        """Declare a clock that goes on with the power off: see :class:`KeptClock`."""
        scalars = [n for n in registers if n in device.fields and not device.fields[n].shape]
        if list(registers) != scalars or passed not in device.functions:
            raise BoardError(f"{device.name} has no such clock")
        self.clocks.append(KeptClock(device, tuple(registers), passed, _battery(medium)))


def _battery(medium: Medium | None) -> str:
    """What the file of a medium's battery is called, whatever the board."""
    return "" if medium is None else f"{medium.kind}-{medium.sha256[:24]}"
