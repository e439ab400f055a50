"""A machine: a board brought to life in an arena, run by an engine.

    machine = Machine(board, {"rom": bytes})
    machine.use("interp")
    machine.run_frames(60)
    machine.screen            # (height, width, 3) uint8

Everything that may differ after running is in the arena's state section: two machines of one board
are equal exactly if their states are, whatever engines they were run by.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from emucore import kernel as k
from emucore.arena import Arena, Layout
from emucore.board import Board, CpuPart, Memory, Range, Switch, Wire
from emucore.console import Console
from emucore.device import Device
from emucore.errors import UserError
from emucore.registers import HEADER, Registers, offsets, size
from emucore.state import NEVER, RegFile, storage


class MachineError(UserError):
    """Something a user asked of a machine that it cannot do; one line."""


class Engine(Protocol):
    """What runs a machine.  State is only in the arena, so engines can take turns."""

    name: str

    def run(self, end: int) -> int:
        """Run to master time *end*; 1 if the machine asked for its host before, else 0."""

    def step(self) -> None:
        """Run one instruction (or what takes its place), and the events due before it."""

    def wait(self) -> None:
        """Return when what is compiled in the background is in use: nothing gets faster then."""

    def close(self) -> None:
        """Finish background work."""

    def statistics(self) -> dict[str, Any]:
        """Counts for people to read."""


#: Engines by name; each entry makes an engine for a machine.  The jit package adds its own.
ENGINES: dict[str, Callable[[Machine], Engine]] = {}


class Machine:
    """A board with its media, powered on.

    *media* gives the contents of the board's ROMs by name.  Raises :class:`MachineError` where a
    memory is unknown or its image too large.
    """

    def __init__(self, board: Board, media: Mapping[str, bytes] | None = None) -> None:
        self.board = board
        #: Counts changes of memory from outside, which engines that translate must heed.
        self.version = 0
        self.layout = Layout()
        self._build_layout()
        self.arena = Arena(self.layout)
        self.words = self.arena.memory.cast("q")
        self.cpus: dict[str, Registers] = {
            part.name: Registers(part.isa.cpu, self.arena.memory, self.base(part))
            for part in board.cpus
        }
        self._fill_tables()
        self._find_words()
        self.power_on()
        for name, image in (media or {}).items():
            self.load(name, image)
        self.engine: Engine | None = None
        #: Called when the machine asks for its host (a BDOS call); it must clear the line.
        self.host: Callable[[Machine], None] | None = None
        #: Where the machine prints text; None if it has no console.
        self.console: Console | None = None
        #: Told of every press, switch and typed text: (kind, name, value) of an Event.
        self.heard: Callable[[str, str, str], None] | None = None

    # -- building ---------------------------------------------------------------------------

    def _build_layout(self) -> None:
        board, add = self.board, self.layout.add
        add("kernel", ("i8", (k.HEADER_WORDS,)), "derived")
        spaces = [(p, m) for p in board.cpus for m in p.spaces.values()]
        sources = {(w.cpu, w.line) for w in board.wires}
        ranges = [r for _, m in spaces for r in m.ranges]
        tables = {
            "cpus": len(board.cpus) * k.CPU_ROW,
            "spaces": len(spaces) * k.SPACE_ROW,
            "ranges": len(ranges) * k.RANGE_ROW,
            "events": len(board.devices) * k.EVENT_ROW,
            "catches": len(board.devices) * k.CATCH_ROW,
            "wires": len(sources) * k.WIRE_ROW,
            "banks": sum(r.bank is not None for r in ranges) * k.BANK_ROW,
        }
        for name, words in tables.items():
            add(f"table.{name}", ("i8", (max(1, words),)), "derived")
        add("machine.frame", "i8", "state")
        add("machine.sounding", "i8", "state")  # the frame whose samples are collected, from 1
        add("machine.latches", ("i8", (max(1, len(sources)),)), "state")
        for part in board.cpus:
            self._place_cpu(part)
        for name, device in board.devices.items():
            whole = device.dtype()
            record = add(name, whole, "device")
            for field in whole.names or ():
                kind, at = whole.fields[field][:2]  # type: ignore[index]
                add(f"{name}.{field}", kind, "state", at=record.offset + at)
        for name, (memory, section) in board.memories.items():
            add(name, ("u1", (memory.size,)), section)
        # a mark for each byte before: see kernel.PROGRAM
        add("kernel.marks", ("u1", (self.layout.size,)), "derived")

    def _place_cpu(self, part: CpuPart) -> None:
        cpu, add = part.isa.cpu, self.layout.add
        header = add(f"{part.name}.header", ("i8", (HEADER // 8,)), "derived")
        for name, at in offsets(cpu).items():
            reg = cpu.registers[name]
            code = f"u{storage(reg.width)}"
            kind = (code, (reg.count,)) if isinstance(reg, RegFile) else code
            add(f"{part.name}.{name}", kind, "state", at=header.offset + at)
        # page tables begin at a fixed distance from the base: compiled code has it as a constant
        at = header.offset + tables_at(part.isa.cpu)
        for m in part.spaces.values():
            for which in ("reads", "writes"):
                pages = ("i8", (max(1, m.space.pages),))
                at = add(f"{part.name}.{m.space.name}.{which}", pages, "derived", at=at).end

    def base(self, part: CpuPart) -> int:
        """Byte offset of a CPU's header and registers."""
        return self.layout.fields[f"{part.name}.header"].offset

    def _word(self, name: str) -> int:
        return self.layout.fields[name].offset // 8

    def _put(self, table: str, row: int, length: int, values: list[int]) -> int:
        """Write a table row; its word offset."""
        at = self._word(f"table.{table}") + row * length
        for i, value in enumerate(values):
            self.words[at + i] = value
        return at

    def _fill_tables(self) -> None:
        board, words = self.board, self.words
        self.functions: list[tuple[Device, str]] = []
        banks: list[list[int]] = []
        space_row = range_row = 0
        for i, part in enumerate(board.cpus):
            base = self.base(part)
            clock = self._word(f"{part.name}.clock")
            first = self._word("table.spaces") + space_row * k.SPACE_ROW
            self._put("cpus", i, k.CPU_ROW, [base // 8, part.divider, clock, first])
            words[base // 8 + k.CPU_INDEX] = i
            for m in part.spaces.values():
                reads = self._word(f"{part.name}.{m.space.name}.reads")
                writes = self._word(f"{part.name}.{m.space.name}.writes")
                start = self._word("table.ranges") + range_row * k.RANGE_ROW
                mask = (1 << m.space.bits) - 1
                row = [start, len(m.ranges), mask, m.open_bus, m.space.page_bits, reads, writes]
                row.append(m.space.big_endian)
                space = self._put("spaces", space_row, k.SPACE_ROW, row)
                space_row += 1
                for r in m.ranges:
                    at = self._put("ranges", range_row, k.RANGE_ROW, self._range(r, mask))
                    range_row += 1
                    if r.bank is not None:
                        banks.append(self._bank(r, at, space, base))
        for i, bank in enumerate(banks):
            self._put("banks", i, k.BANK_ROW, bank)
        devices = board.devices.values()
        events = [d for d in devices if "event" in d.functions]
        for i, device in enumerate(events):
            due = next(n for n, s in device.fields.items() if s.role == "due")
            row = [self._word(f"{device.name}.{due}"), self._function(device, "event")]
            self._put("events", i, k.EVENT_ROW, [*row, self.layout.fields[device.name].offset])
        catches = [d for d in devices if "catch_up" in d.functions]
        for i, device in enumerate(catches):
            row = [self._function(device, "catch_up"), self.layout.fields[device.name].offset]
            self._put("catches", i, k.CATCH_ROW, row)
        wires = self._wires()
        for i, row in enumerate(wires):
            self._put("wires", i, k.WIRE_ROW, row)
        names = ("cpus", "events", "wires", "banks", "catches")
        counts = (len(board.cpus), len(events), len(wires), len(banks), len(catches))
        for i, (name, count) in enumerate(zip(names, counts, strict=True)):
            words[2 * i], words[2 * i + 1] = count, self._word(f"table.{name}")
        words[k.QUANTUM] = board.quantum
        words[k.STOP] = NEVER

    def _function(self, device: Device, name: str | None) -> int:
        if name is None:
            return -1
        if (device, name) not in self.functions:
            self.functions.append((device, name))
        return self.functions.index((device, name))

    def _target(self, memory: Memory) -> int:
        return self.layout.fields[memory.field].offset + memory.offset

    def _range(self, r: Range, mask: int) -> list[int]:
        wait = -1
        if r.device is not None and "wait" in r.device.fields:
            wait = self._word(f"{r.device.name}.wait")
        if r.memory is not None:
            target, length = self._target(r.memory), r.memory.size
            if r.bank is not None:
                length = r.end - r.start + 1
        else:
            assert r.device is not None
            target, length = self.layout.fields[r.device.name].offset, 1
        functions = [-1, -1]
        if r.device is not None:
            functions = [self._function(r.device, r.read), self._function(r.device, r.write)]
        row = [r.start, r.end, mask & ~r.mirror, r.kind, target, length]
        return [*row, *functions, r.waits, wait]

    def _bank(self, r: Range, row: int, space: int, base: int) -> list[int]:
        assert r.bank is not None
        assert r.memory is not None
        window = r.end - r.start + 1
        register = self._word(f"{r.bank.device.name}.{r.bank.register}")
        count = max(1, r.memory.size // window)
        return [register, -1, self._target(r.memory), window, count, row, space, base]

    def _wires(self) -> list[list[int]]:
        groups: dict[tuple[CpuPart | None, str], list[Wire]] = {}
        for wire in self.board.wires:
            groups.setdefault((wire.cpu, wire.line), []).append(wire)
        rows = []
        for i, ((part, line), wires) in enumerate(groups.items()):
            sources = [self._word(f"{w.device.name}.{w.source}") for w in wires]
            latch = -1
            if part is None:
                head = [k.STOP, -1]
            else:
                head = [self._word(f"{part.name}.{line}"), self.board.cpus.index(part)]
                latch = self._word("machine.latches") + i if part.line(line).edge else -1
            rows.append([*head, latch, len(sources), *sources])
        return rows

    def _find_words(self) -> None:
        """Where the words are that every run looks at."""
        board, word = self.board, self._word
        self._frame_at = word("machine.frame")
        self._sounding_at = word("machine.sounding")
        speaker = board.speaker
        self._count_at = word(f"{speaker.device.name}.{speaker.count}") if speaker else None
        self._clocks_at = [(word(f"{part.name}.clock"), part.divider) for part in board.cpus]
        asking = [wire for wire in board.wires if wire.cpu is None]
        self._asks_at = [word(f"{wire.device.name}.{wire.source}") for wire in asking]

    # -- life -------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Give all state its initial value; ROMs stay."""
        for f in self.layout.fields.values():
            if f.section == "state":
                self.arena.memory[f.offset : f.end] = bytes(f.dtype.itemsize)
        self.arena["machine.latches"][:] = NEVER
        for part in self.board.cpus:
            registers = self.cpus[part.name]
            registers.reset()
            for name, value in part.initial.items():
                registers[name] = value
        for device in self.board.devices.values():
            for name, spec in device.fields.items():
                if not spec.shape:
                    self.arena[f"{device.name}.{name}"][0] = device.initial[name]
        for switch in self.board.switches.values():
            self._set_switch(switch, switch.default)
        for button in self.board.inputs.values():
            self._press(button.name, False)
        self.refresh()

    def restart(self) -> None:
        """Switch off and on; the DIP switches stay as they are set."""
        if self.heard is not None:
            self.heard("restart", "", "")
        switches = self.board.switches.values()
        set_to = [int(self._field(s)[0]) & s.mask for s in switches]
        self.power_on()
        for switch, bits in zip(switches, set_to, strict=True):
            field = self._field(switch)
            field[0] = (int(field[0]) & ~switch.mask) | bits

    def refresh(self) -> None:
        """Rebuild what is derived from the state: page tables, deadlines."""
        self.version += 1
        words = self.words
        for i in range(words[k.BANKS]):
            words[words[k.BANK_TABLE] + i * k.BANK_ROW + k.BANK_SHOWN] = -1
        space = self._word("table.spaces")
        for part in self.board.cpus:
            for m in part.spaces.values():
                self._show(part, m.space.name, m.ranges, space)
                space += k.SPACE_ROW

    def _show(self, part: CpuPart, space_name: str, ranges: list[Range], space: int) -> None:
        """Fill the page tables of one space: the first range that has any of a page decides."""
        words = self.words
        bits = words[space + k.SPACE_PAGE_BITS]
        reads, writes = words[space + k.SPACE_READS], words[space + k.SPACE_WRITES]
        if not bits:
            return
        pages = (words[space + k.SPACE_MASK] + 1) >> bits
        for which in ("reads", "writes"):
            self.arena[f"{part.name}.{space_name}.{which}"][:] = k.SLOW
        size, base = 1 << bits, self.base(part)
        for i, r in reversed(list(enumerate(ranges))):
            row = words[space + k.SPACE_RANGES] + i * k.RANGE_ROW
            keep, length = words[row + k.RANGE_MASK], words[row + k.RANGE_SIZE]
            plain = r.kind <= k.RAM and not r.waits and not r.mirror & size - 1
            for page in self._pages(r, bits, pages):
                address = (page << bits) & keep
                entry = k.SLOW
                if plain and r.start <= address and address + size - 1 <= r.end:
                    at = (address - r.start) % length
                    if at + size <= length:
                        entry = words[row + k.RANGE_TARGET] + at - (page << bits) - base
                if r.kind <= k.RAM or r.read is not None:
                    words[reads + page] = entry
                if r.kind <= k.RAM or r.write is not None:
                    words[writes + page] = entry if r.kind == k.RAM else k.SLOW

    @staticmethod
    def _pages(r: Range, bits: int, pages: int) -> list[int]:
        """Pages that a range or one of its mirrors touches."""
        keep = ~r.mirror >> bits
        first, last = r.start >> bits, r.end >> bits
        if not r.mirror:
            return list(range(first, last + 1))
        return [page for page in range(pages) if first <= page & keep <= last]

    def load(self, name: str, image: bytes, at: int = 0) -> None:
        """Put *image* into memory *name* from offset *at*; the rest stays as it is."""
        if name not in self.board.memories:
            raise MachineError(f"{self.board.name} has no memory {name}")
        memory = self.board.memories[name][0]
        if at + len(image) > memory.size:
            raise MachineError(
                f"{name}: {len(image):,} bytes at {at:#x} do not fit its {memory.size:,} bytes"
            )
        self.version += 1
        offset = self.layout.fields[name].offset + at
        self.arena.memory[offset : offset + len(image)] = image

    def poke(self, name: str, at: int, value: int) -> None:
        """Store a byte in the arena's field *name* (a memory, or a device's array of bytes).

        Hosts that write what may be part of a program use this: engines that translate heed it.
        """
        words, at = self.words, self.layout.fields[name].offset + at
        self.arena.memory[at] = value
        if words[k.PROGRAM] and self.arena.memory[words[k.PROGRAM] + at]:
            words[k.CHANGED] = words[k.YIELD] = 1

    # -- running ----------------------------------------------------------------------------

    def use(self, engine: str) -> Engine:
        """Choose the engine by name; the machine's state carries over."""
        if self.engine is not None and self.engine.name == engine:
            return self.engine
        if engine not in ENGINES:
            raise MachineError(f"no engine {engine!r}; there are {', '.join(ENGINES)}")
        if self.engine is not None:
            self.engine.close()
        self.engine = ENGINES[engine](self)
        return self.engine

    @property
    def time(self) -> int:
        """Master time reached: that of the CPU furthest behind."""
        return min([self.words[at] * divider for at, divider in self._clocks_at])

    @property
    def frame(self) -> int:
        """Frames completed since power-on."""
        return self.words[self._frame_at]

    def run_until(self, end: int) -> bool:
        """Run to master time *end*; False if the host stopped the machine before."""
        engine = self.engine or self.use("reference")
        if self._count_at is not None:
            self._begin_samples(self._count_at)
        while engine.run(end):
            if self.host is None:
                return False
            self.host(self)
            if self.stopped:
                return False
        return True

    @property
    def stopped(self) -> bool:
        """Whether the machine asks for its host still: a program that has ended."""
        return any(self.words[at] != NEVER for at in self._asks_at)

    def run_frames(self, frames: int = 1) -> int:
        """Run *frames* frames; how many were completed."""
        for done in range(frames):
            if not self.run_until((self.words[self._frame_at] + 1) * self.board.frame_ticks):
                return done
            self.words[self._frame_at] += 1
        return frames

    def _begin_samples(self, count_at: int) -> None:
        """Forget the last frame's samples when a new frame begins, in however many runs it is."""
        words = self.words
        if words[self._sounding_at] != words[self._frame_at] + 1:
            words[self._sounding_at] = words[self._frame_at] + 1
            words[count_at] = 0

    # -- what people see, hear and press ----------------------------------------------------

    @property
    def screen(self) -> npt.NDArray[np.uint8]:
        """The picture as (height, width, 3) bytes of red, green, blue, turned as on the cabinet."""
        picture = self.board.picture
        if picture is None:
            raise MachineError(f"{self.board.name} has no screen")
        palette = np.array(picture.palette, np.uint8)
        pixels = self.arena[f"{picture.device.name}.{picture.pixels}"]
        return np.ascontiguousarray(palette[np.rot90(pixels, -picture.rotate // 90)])

    def frame_crc32(self) -> int:
        """CRC-32 of :attr:`screen`'s bytes; 0 without a screen."""
        return zlib.crc32(self.screen.tobytes()) if self.board.picture else 0

    @property
    def sound(self) -> npt.NDArray[np.int16]:
        """Samples of the last frame, 16-bit mono at the board's rate."""
        speaker = self.board.speaker
        if speaker is None:
            return np.zeros(0, np.int16)
        count = int(self.arena[f"{speaker.device.name}.{speaker.count}"][0])
        samples = self.arena[f"{speaker.device.name}.{speaker.samples}"]
        return samples[:count].copy()

    def press(self, name: str, pressed: bool = True) -> None:
        """Press or release the button *name*."""
        self.check_input(name)
        self._press(name, pressed)
        if self.heard is not None:
            self.heard("press", name, "1" if pressed else "0")

    def check_input(self, name: str) -> None:
        """:class:`MachineError` if there is no button *name*."""
        if name not in self.board.inputs:
            known = ", ".join(self.board.inputs) or "none"
            raise MachineError(f"{self.board.name} has no input {name!r}; it has {known}")

    def _press(self, name: str, pressed: bool) -> None:
        button = self.board.inputs[name]
        self._bits(button.device, button.field, button.mask, pressed != button.active_low)

    def set_switch(self, name: str, setting: str) -> None:
        """Set the DIP switches *name* to the setting of that name."""
        self._set_switch(self.check_switch(name, setting), setting)
        if self.heard is not None:
            self.heard("switch", name, setting)

    def _field(self, switch: Switch) -> npt.NDArray[Any]:
        return self.arena[f"{switch.device.name}.{switch.field}"]

    def _set_switch(self, switch: Switch, setting: str) -> None:
        field = self._field(switch)
        field[0] = (int(field[0]) & ~switch.mask) | switch.settings[setting]

    def check_switch(self, name: str, setting: str) -> Switch:
        """The DIP switches *name*; :class:`MachineError` if they have no such setting."""
        switch = self.board.switches.get(name)
        if switch is None or setting not in switch.settings:
            known = ", ".join(
                f"{s.name}={'|'.join(s.settings)}" for s in self.board.switches.values()
            )
            raise MachineError(f"no setting {name}={setting}; there are: {known or 'none'}")
        return switch

    def type(self, text: bytes) -> None:
        """Type *text* on the console; :class:`MachineError` beyond :meth:`keyboard_room`."""
        if len(text) > self.keyboard_room():
            raise MachineError(f"{self.board.name} has no room for {len(text)} typed characters")
        self._type(text)
        if self.heard is not None:
            self.heard("type", "", text.decode("latin-1"))

    @property
    def waiting(self) -> bool:
        """Whether a program waits for a key to be typed, and does nothing else."""
        return False

    def keyboard_room(self) -> int:
        """How many characters can be typed now; 0 for ever if there is no keyboard."""
        return 0

    def _type(self, text: bytes) -> None:
        """A machine with a keyboard puts *text* into its buffer here."""

    def _bits(self, device: Device, field: str, mask: int, on: bool) -> None:
        word = self.arena[f"{device.name}.{field}"]
        word[0] = int(word[0]) | mask if on else int(word[0]) & ~mask

    def state_sha256(self) -> str:
        """Hash of all state."""
        return self.arena.sha256()


def tables_at(cpu: type[Any]) -> int:
    """Distance of a CPU's page tables from its base: behind its registers."""
    return -(-size(cpu) // 64) * 64
