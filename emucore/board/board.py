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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from emucore.base.former import Function
from emucore.base.medium import KINDS, Medium, read_medium
from emucore.board.address_map import AddressMap, Memory
from emucore.board.declared import Declared
from emucore.board.errors import BoardError
from emucore.board.inputs import Input
from emucore.board.kept import Kept, KeptClock, battery
from emucore.board.matrix import Keyboard
from emucore.board.outputs import Sound, Source, speaker
from emucore.board.pins import MOST, Pins
from emucore.board.screens import Screen
from emucore.board.slot import Reader, Slot
from emucore.device import Device
from emucore.ir.ops import Space
from emucore.isa.isa import Isa
from emucore.kernel.layout import WIRE_MOST
from emucore.language.registers import PINS, Line

D = TypeVar("D", bound=Device)


class CpuPart:
    """A CPU on a board: its address maps by the space's name (``cpu.mem``, ``cpu.io``).

    *given* are registers' initial values, and maps: a space that is another master's bus too.
    """

    def __init__(
        self, name: str, isa: Isa, divider: int, given: Mapping[str, int | AddressMap]
    ) -> None:
        self.name = name
        self.isa = isa
        self.divider = divider
        self.initial = {n: v for n, v in given.items() if not isinstance(v, AddressMap)}
        maps = {n: v for n, v in given.items() if isinstance(v, AddressMap)}
        spaces = isa.cpu.spaces()
        for space, shared in maps.items():
            own = spaces.get(space)
            if own is None or (own.bits, own.big_endian) != (
                shared.space.bits,
                shared.space.big_endian,
            ):
                raise BoardError(f"{name} has no space {space} like {shared.space}")
        self.spaces = {n: maps.get(n) or AddressMap(space) for n, space in spaces.items()}

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
    """From an output of a device to an input line of a CPU, to an input of a device, or (None) to
    the host."""

    device: Device
    source: str
    to: CpuPart | Device | None
    line: str
    #: Which element of the source.
    element: int = 0


@dataclass(frozen=True)
class Steal:
    """A device that takes cycles from a CPU: see :meth:`Board.steal`."""

    device: Device
    cpu: CpuPart
    field: str


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


@dataclass
class Board(Declared):
    """See the module's text.  ``clock_hz`` is the master clock; a frame lasts ``frame_ticks``.

    Several CPUs reach what they share in the order of time, to the cycle, and run far ahead of each
    other otherwise; but none runs beyond one that may drive a line of its own.  Two that drive each
    other's lines so go step by step: with a ``quantum`` of that many ticks, not 0, the one furthest
    behind has a turn as long as that instead.  A line that it asserts then reaches the other at its
    time, or at once where that is past.
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
    keyboards: dict[str, Keyboard] = field(default_factory=dict)
    switches: dict[str, Switch] = field(default_factory=dict)
    screens: dict[str, Screen] = field(default_factory=dict)
    speaker: Sound | None = None
    sources: list[Source] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    clocks: list[KeptClock] = field(default_factory=list)
    slots: dict[str, Slot] = field(default_factory=dict)
    quantum: int = 0
    steals: list[Steal] = field(default_factory=list)
    #: What became of parts, buttons, switches and whole fields of earlier versions; see
    #: :mod:`emucore.history.former`.
    former: dict[str, str | Function | None] = field(default_factory=dict)
    #: Values of fixed fields that count as part of the media, for good: see `docs/states.md`.
    hashed: dict[str, float] = field(default_factory=dict)

    def cpu(self, name: str, isa: Isa, *, divider: int = 1, **given: int | AddressMap) -> CpuPart:
        """Add a CPU of one cycle every *divider* ticks.

        *given* are initial values of registers by name, and by the names of its spaces the maps of
        buses that have another master already.
        """
        part = CpuPart(name, isa, divider, given)
        self.cpus.append(part)
        return part

    def device(self, name: str, device: D, **buses: AddressMap) -> D:
        """Add a device under a name of the board's own.

        *buses* are, by the names of its ports, the maps of buses that it is a master of; a port
        that is not named is a bus of its own.
        """
        if name in self.devices:
            raise BoardError(f"two devices {name}")
        unknown = set(buses) - {n for n, s in device.fields.items() if s.role == "bus"}
        if unknown:
            raise BoardError(f"{type(device).__name__} has no bus {', '.join(sorted(unknown))}")
        for part in device.all_parts():
            for spec in part.fields.values():
                for how, function in spec.calls.items():
                    silent = (how, function) == ("event", "event")  # a time that calls nobody
                    if function not in part.functions and not silent:
                        raise BoardError(f"{type(part).__name__} has no function {function}")
        device.set_name(name)
        self.devices[name] = device
        for part in device.all_parts():
            for port, spec in part.fields.items():
                if spec.role == "bus":
                    own = Space(port, spec.bits >> 8, spec.bits & 0xFF)
                    map_ = buses.get(port, AddressMap(own)) if part is device else AddressMap(own)
                    setattr(part, port, map_)
        return device

    def all_devices(self) -> list[Device]:
        """Its devices and their parts, each behind what it is a part of."""
        return [part for device in self.devices.values() for part in device.all_parts()]

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

    def wire(self, whose: Device | CpuPart, source: str, to: CpuPart | Device, line: str) -> None:
        """Connect an output of a device or of a CPU to an input of a CPU or of a device.

        Several sources of one line are ORed, as open collectors on a wire are; a number has one
        source.
        """
        if isinstance(to, CpuPart):
            to.line(line)
            wide = False
        else:
            spec = to.fields.get(line)
            if spec is None or spec.role not in ("into", "told"):
                raise BoardError(f"{type(to).__name__} has no input {line}")
            wide = spec.role == "told"
        if isinstance(whose, CpuPart):
            found = whose.isa.cpu.outputs.get(source)
            if found is None or (found.width > 1 and not wide):
                raise BoardError(f"{whose.isa.name} has no output line {source}")
            field = "number" if wide else "level"
            self._wire(Wire(self._pins(whose), field, to, line, found.number))
            return
        own = whose.fields.get(source)
        if own is None or own.role != ("value" if wide else "out"):
            raise BoardError(f"{type(whose).__name__} has no line {source}")
        self._wire(Wire(whose, source, to, line))

    def _pins(self, cpu: CpuPart) -> Device:
        """The device that a CPU's outputs are."""
        name = f"{cpu.name}_pins"
        if name not in self.devices:
            self.device(name, Pins())
            cpu.spaces[PINS.name].device(0, MOST - 1, self.devices[name], write="set")
        return self.devices[name]

    def call_host(self, device: Device, source: str) -> None:
        """Let an output line stop the machine and ask the host, when all CPUs have come to its time
        (at the next boundary)."""
        spec = device.fields.get(source)
        if spec is None or spec.role != "out":
            raise BoardError(f"{type(device).__name__} has no line {source}")
        self._wire(Wire(device, source, None, "stop"))

    def _wire(self, wire: Wire) -> None:
        most = 1 if wire.device.fields[wire.source].role == "value" else WIRE_MOST
        same = [w for w in self.wires if (w.to, w.line) == (wire.to, wire.line)]
        if len(same) >= most:
            raise BoardError(f"more than {most} sources of {wire.line}")
        self.wires.append(wire)

    def steal(self, device: Device, cpu: CpuPart) -> None:
        """Let *device* take cycles from a CPU, when its ``wants()`` field says, as its function
        grants; of several, those named first come first."""
        found = [n for n, s in device.fields.items() if s.role == "wants"]
        if not found:
            raise BoardError(f"{type(device).__name__} wants no cycles")
        self.steals.append(Steal(device, cpu, found[0]))

    def screen(
        self,
        device: Device,
        pixels: str,
        palette: Sequence[tuple[int, int, int]] = (),
        rotate: int = 0,
        tube: tuple[int, int] | None = None,
        *,
        name: str = "screen",
        colours: str = "",
        size: tuple[str, str] | None = None,
        count: str = "",
        dots: tuple[int, int] = (0, 0),
    ) -> None:
        """Declare a picture: see :class:`Screen`.  One of several has a name; the first is the
        one that is looked at first."""
        if name in self.screens:
            raise BoardError(f"two screens {name}")
        made = Screen(device, pixels, tuple(palette), rotate, tube, colours, size, count, dots)
        self.screens[name] = made

    @property
    def picture(self) -> Screen | None:
        """The first screen; None if there is none."""
        return next(iter(self.screens.values()), None)

    def sound(self, device: Device, samples: str, count: str, rate: int) -> None:
        """Declare the sound of a device that makes samples itself."""
        self.speaker = Sound(device, samples, count, rate)

    def mixer(
        self,
        rate: int,
        *sources: Source,
        stereo: bool = True,
        high_pass: float = 10.0,
        low_pass: float = 0.0,
    ) -> None:
        """Declare the sound: of those outputs, mixed to *rate* samples a second.

        The filters are RC stages behind the mix, by the frequencies in Hz at which they are 3 dB
        down; 0 is none.  Without a high-pass, what has a level keeps it, also where that is wrong
        as a state was loaded.
        """
        made = speaker(self.clock_hz, rate, sources, stereo, high_pass, low_pass)
        self.device("speaker", made)
        self.speaker = Sound(made, "ring", "made", rate, made.channels)
        self.sources = list(sources)

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
        self.kept.append(Kept(memory, start, size, fresh, battery(medium)))

    def keep_clock(
        self, device: Device, registers: Sequence[str], passed: str, medium: Medium | None = None
    ) -> None:
        """Declare a clock that goes on with the power off: see :class:`KeptClock`."""
        scalars = [n for n in registers if n in device.fields and not device.fields[n].shape]
        if list(registers) != scalars or passed not in device.functions:
            raise BoardError(f"{device.name} has no such clock")
        self.clocks.append(KeptClock(device, tuple(registers), passed, battery(medium)))
