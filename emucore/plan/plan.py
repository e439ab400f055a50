"""Where everything of a board is in the arena, and the tables that the kernel runs on.

A plan follows from the board alone: machines made as copies of each other share one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emucore.board import AddressMap, Board, BoardError, CpuPart
from emucore.board.slot import Slot
from emucore.device import Device
from emucore.kernel import layout as k
from emucore.language.registers import RegFile, storage
from emucore.plan.arena import Layout, Sheet
from emucore.plan.cpu_layout import HEADER, offsets, size
from emucore.plan.sharing import Sharing

#: Entries of the table that tells where an address's rows begin, at most.
FIRSTS_MOST = 1024
#: Bits of an address space: its tables must fit the arena.
SPACE_BITS_MOST = 40

#: Sections of the arena by the roles of fields; of others it is ``state``.
SECTIONS = {
    "fixed": "const",
    "content": "content",
    "output": "output",
    "heard": "heard",
    "drawn": "derived",
    "bus": "derived",
    "audio": "derived",
}


@dataclass(frozen=True)
class View:
    """An address space as one master sees it: a CPU's, or that of a device's port."""

    master: CpuPart | Device
    name: str
    map: AddressMap

    @property
    def path(self) -> str:
        """Its name in the arena."""
        return f"{self.master.name}.{self.name}"


class Plan:
    """The layout of *board*, and the device functions that its tables name by number."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.layout = Layout()
        self.functions: list[tuple[Device, str]] = []
        #: All devices, parts too.
        self.devices = board.all_devices()
        self.views = _views(board, self.devices)
        #: Every map once, in the order of its first view.
        self.maps = list(dict.fromkeys(view.map for view in self.views))
        self.sharing = Sharing(board, self.devices)
        self._build()

    def _build(self) -> None:
        board, add = self.board, self.layout.add
        if board.quantum < 0:
            raise BoardError(f"{board.name} has a quantum of {board.quantum} ticks")
        add("kernel", ("i8", (k.HEADER_WORDS,)), "derived")
        sinks = {(w.to, w.line) for w in board.wires}
        ranges = [r for m in self.maps for r in m.ranges]
        tables = {
            "cpus": len(board.cpus) * k.CPU_ROW,
            "pends": len(board.cpus) * k.PEND_ROW,
            "steals": len(board.steals) * k.STEAL_ROW,
            "lines": sum(len(p.lines()) for p in board.cpus) * k.LINE_ROW,
            "spaces": len(self.views) * k.SPACE_ROW,
            "firsts": sum(1 << self.first_bits(m)[1] for m in self.maps),
            "ranges": len(ranges) * k.RANGE_ROW,
            "devices": len(self.devices) * k.DEVICE_ROW,
            "links": len(self.devices) + 2 * len(board.wires) * k.WIRE_MOST + 2 * len(ranges),
            "events": (self._dues() + len(sinks)) * k.EVENT_ROW,
            "catches": len(self.devices) * k.CATCH_ROW,
            "wires": len(sinks) * k.WIRE_ROW,
            "banks": sum(r.bank is not None for r in ranges) * k.BANK_ROW,
            "runs": sum(self.run_count(view) for view in self.views) * k.RUN_ROW,
            "hooked": len(self.views) * k.HOOKED_MOST * k.HOOKED_ROW,
            "hits": k.HIT_MOST * k.HIT_ROW,
            "drawn": sum(s.role == "drawn" for d in self.devices for s in d.fields.values()),
        }
        for name, words in tables.items():
            add(f"table.{name}", ("i8", (max(1, words),)), "derived")
        add("machine.frame", "i8", "state")
        add("machine.ends", "i8", "derived")
        add("machine.unseen", "i8", "derived")  # 1 in a frame that is not drawn
        add("machine.zero", "i8", "derived")
        if any(s.role == "frame" for d in self.devices for s in d.fields.values()):
            add("machine.begins", "i8", "state")
        add("machine.latches", ("i8", (max(1, len(sinks)),)), "state")
        for part in board.cpus:
            self._place_cpu(part)
        for name, device in board.devices.items():
            record = add(name, device.dtype(), "device")
            self._place_device(device, record.offset)
        for view in self.views:
            space = view.map.space
            if isinstance(view.master, Device):
                for which in ("reads", "writes"):
                    add(f"{view.path}.{which}", ("i8", (space.pages,)), "derived")
            elif self.keeps(view):
                for which in ("kept_reads", "kept_writes"):
                    add(f"{view.path}.{which}", ("i8", (max(1, space.pages),)), "derived")
        for name, (memory, section) in board.memories.items():
            add(name, ("u1", (memory.size,)), section)
        add("machine.unwired", ("u1", (1 << 4,)), "derived")  # what unwired outputs are written to
        self.layout.media = [_sheet(self.layout, slot) for slot in board.slots.values()]
        # a mark for each byte before: see kernel.PROGRAM
        add("kernel.marks", ("u1", (self.layout.size,)), "derived")

    def _place_device(self, device: Device, base: int) -> None:
        """Name the fields of a record, and of its parts' in it."""
        speaker = self.board.speaker
        for name, spec in device.fields.items():
            section = SECTIONS.get(spec.role, "state")
            if speaker is not None and (speaker.device, speaker.samples) == (device, name):
                section = "heard"
            self.layout.add(
                f"{device.name}.{name}", spec.dtype, section, at=base + device.field_offset(name)
            )
        for name in device.parts:
            part, at = getattr(device, name), base + device.field_offset(name)
            self.layout.add(part.name, part.dtype(), "device", at=at)
            self._place_device(part, at)

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
        for name, m in part.spaces.items():
            for which in ("reads", "writes"):
                pages = ("i8", (max(1, m.space.pages),))
                at = add(f"{part.name}.{name}.{which}", pages, "derived", at=at).end

    # -- what the tables are made of --------------------------------------------------------

    def _dues(self) -> int:
        return sum(s.role == "due" for d in self.devices for s in d.fields.values())

    @staticmethod
    def first_bits(m: AddressMap) -> tuple[int, int]:
        """Bits of an address that choose nothing, and that choose, among a map's first rows."""
        most = FIRSTS_MOST.bit_length() - 1
        chosen = min(m.space.bits, most) if len(m.ranges) > 1 else 0
        return m.space.bits - chosen, chosen

    def keeps(self, view: View) -> bool:
        """Whether page tables are kept as they are when nobody takes cycles from the CPU."""
        return any(steal.cpu is view.master for steal in self.board.steals)

    @staticmethod
    def run_count(view: View) -> int:
        """Runs of pages that the banks of a view have, at most: one a mirror."""
        ranges = [r for r in view.map.ranges if r.bank is not None]
        pages = view.map.space.pages
        return sum(min(pages, 1 << r.mirror.bit_count()) + 2 * len(view.map.ranges) for r in ranges)

    def base(self, part: CpuPart) -> int:
        """Byte offset of a CPU's header and registers."""
        return self.layout.fields[f"{part.name}.header"].offset

    def word(self, name: str) -> int:
        """Word offset of a field."""
        return self.layout.fields[name].offset // 8

    def heeded(self, device: Device) -> tuple[int, ...]:
        """Offsets in the record of *device* of what the kernel must heed when it changes: its
        outputs that are wired, its due times, and registers that choose a bank.  Of its parts too:
        its functions call theirs."""
        found: list[int] = []
        for part in device.all_parts():
            base = self.layout.fields[part.name].offset - self.layout.fields[device.name].offset
            names = {n for n, s in part.fields.items() if s.role in ("due", "frame", "wants")}
            for m in self.maps:
                banks = [r.bank for r in m.ranges if r.bank is not None and r.bank.device is part]
                names |= {n for b in banks for n in (b.register, b.enable) if n}
            found += [base + part.field_offset(name) for name in names]
            wired = {(w.source, w.element) for w in self.board.wires if w.device is part}
            found += [base + part.field_offset(source) + 8 * element for source, element in wired]
        return tuple(sorted(set(found)))

    def function(self, device: Device, name: str | None) -> int:
        """Number of a device's function; -1 for None and for no name."""
        if not name:
            return -1
        if name not in device.functions:
            raise BoardError(f"{type(device).__name__} has no function {name}")
        if (device, name) not in self.functions:
            self.functions.append((device, name))
        return self.functions.index((device, name))


def _views(board: Board, devices: list[Device]) -> list[View]:
    """The spaces of CPUs, in order, and those of devices' ports."""
    views = [View(part, name, m) for part in board.cpus for name, m in part.spaces.items()]
    for device in devices:
        for name, spec in device.fields.items():
            if spec.role == "bus":
                views.append(View(device, name, getattr(device, name)))
    for view in views:
        if view.map.space.bits > SPACE_BITS_MOST and view.map.space.page_bits == 0:
            raise BoardError(f"{view.path}: {view.map.space.bits} address bits are too many")
    return views


def tables_at(cpu: type[Any]) -> int:
    """Distance of a CPU's page tables from its base: behind its registers."""
    return -(-size(cpu) // 64) * 64


def _sheet(layout: Layout, slot: Slot) -> Sheet:
    """Where what is in *slot* lies in the arena."""
    fields, name = layout.fields, slot.device.name
    places = fields[f"{name}.content"], fields[f"{name}.identity"], fields.get(f"{name}.written")
    return Sheet(slot.name, *places, slot.unit)
